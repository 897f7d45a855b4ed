//! The judge: answers by trying every rule on every tuple, slowly and plainly. Nothing in the product asks it; every fast
//! path is held to it by tests, and it is itself held to OpenFGA.
//!
//! The rules are those of OpenFGA today:
//! - A path that comes back to where it has been proves nothing. Below `and` and `but not` that is a denial, on either side:
//!   a subtraction that cannot be decided grants nothing.
//! - A condition that cannot be evaluated is an error only if the answer rests on it: "or" is true if another branch is. Here
//!   OpenFGA gives up where its lists do not: on a tuple that leads on to where the user is not, no condition matters,
//!   met or not. So where it has no answer, that is looked at too, and checks and lists say the same (ADR 41).
//! - Twenty-five steps from tuple to tuple are too many.
//! - A contextual tuple that names an object as its user replaces a stored one with the same key; of others both count.

mod expand;
mod facts;
mod members;
mod reach;
mod reading;
mod tree;
mod users;
mod walk;

use std::collections::BTreeSet;

use crate::fault::Unanswered;
use crate::model::AuthorizationModel;
use crate::names::{Object, User};
use crate::tuple::{Context, Tuple, TupleKey};
use crate::write_rules::{self, Reason};
use facts::Facts;
pub use reading::Reading;
pub use tree::{Leaf, Node, Tree};
use walk::{Outcome, Walk};

/// From tuple to tuple, after which OpenFGA gives up.
const DEEPEST: usize = 25;

/// Everything a question is answered from.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    pub model: &'a AuthorizationModel,
    pub tuples: &'a [Tuple],
    pub contextual: &'a [Tuple],
    pub context: &'a Context,
}

/// Which users are asked for: objects of a type, or usersets of a type and relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFilter {
    pub type_name: String,
    pub relation: Option<String>,
}

impl Judge<'_> {
    pub fn check(&self, key: &TupleKey) -> Result<bool, Unanswered> {
        write_rules::check_key(self.model, key).map_err(invalid)?;
        decide(&self.facts()?, &key.user, &key.object, &key.relation)
    }

    /// As OpenFGA may answer it.
    pub fn check_by(&self, key: &TupleKey, reading: Reading) -> Result<bool, Unanswered> {
        write_rules::check_key(self.model, key).map_err(invalid)?;
        let facts = self.facts()?;
        Ok(Walk::new(&facts, &key.user, reading)?.check(&key.object, &key.relation)? == Outcome::Yes)
    }

    /// The objects of a type that the user has the relation to, sorted: those that pass a check. One that cannot be decided
    /// keeps all from being listed.
    pub fn list_objects(
        &self,
        type_name: &str,
        relation: &str,
        user: &str,
    ) -> Result<Vec<String>, Unanswered> {
        let facts = self.facts()?;
        self.list(&facts, type_name, relation, user, |object| decide(&facts, user, object, relation))
    }

    /// As OpenFGA may list them.
    pub fn list_objects_by(
        &self,
        type_name: &str,
        relation: &str,
        user: &str,
        reading: Reading,
    ) -> Result<Vec<String>, Unanswered> {
        write_rules::check_user(self.model, user).map_err(invalid)?;
        let facts = self.facts()?;
        let walk = Walk::new(&facts, user, reading)?;
        let passes = |object: &str| Ok(walk.check(object, relation)? == Outcome::Yes);
        self.list(&facts, type_name, relation, user, passes)
    }

    fn list(
        &self,
        facts: &Facts<'_>,
        type_name: &str,
        relation: &str,
        user: &str,
        passes: impl Fn(&str) -> Result<bool, Unanswered>,
    ) -> Result<Vec<String>, Unanswered> {
        check_relation(self.model, type_name, relation)?;
        write_rules::check_user(self.model, user).map_err(invalid)?;
        let of_type = |text: &str| Object::parse(text).is_some_and(|object| object.type_name == type_name);
        let mut candidates: BTreeSet<&str> = facts.objects().filter(|object| of_type(object)).collect();
        // `group:1#member` has `member` to group:1, tuples or not.
        candidates.extend(user.split_once('#').map(|(object, _)| object).filter(|object| of_type(object)));
        let mut found = Vec::new();
        for object in candidates {
            if passes(object)? {
                found.push(object.to_owned());
            }
        }
        Ok(found)
    }

    /// Whom a path of tuples leads to, sorted; `user:*` stands for itself, also where some users are taken out of it again.
    /// Any condition on the way that cannot be evaluated keeps all from being listed.
    pub fn list_users(
        &self,
        object: &str,
        relation: &str,
        filter: &UserFilter,
    ) -> Result<BTreeSet<String>, Unanswered> {
        self.list_users_by(object, relation, filter, Reading::default())
    }

    pub fn list_users_by(
        &self,
        object: &str,
        relation: &str,
        filter: &UserFilter,
        reading: Reading,
    ) -> Result<BTreeSet<String>, Unanswered> {
        write_rules::check_object_and_relation(self.model, object, relation).map_err(named)?;
        match &filter.relation {
            Some(of) => check_relation(self.model, &filter.type_name, of)?,
            None => check_type(self.model, &filter.type_name)?,
        }
        users::list(&self.facts()?, object, relation, filter, reading)
    }

    /// One level of the relation's rewrite with what tuples say on it; conditions are not looked at.
    pub fn expand(&self, object: &str, relation: &str) -> Result<Tree, Unanswered> {
        write_rules::check_object_and_relation(self.model, object, relation).map_err(invalid)?;
        Ok(expand::expand(&self.facts()?, object, relation))
    }

    fn facts(&self) -> Result<Facts<'_>, Unanswered> {
        for tuple in self.contextual {
            write_rules::check(self.model, tuple)
                .map_err(|reason| Unanswered::InvalidTuple(reason.sentence(tuple)))?;
        }
        Ok(Facts::new(self))
    }
}

/// An error only where the answer rests on it.
fn decide(facts: &Facts<'_>, user: &str, object: &str, relation: &str) -> Result<bool, Unanswered> {
    let by = |membership_first| {
        let reading = Reading { membership_first, ..Reading::default() };
        Ok(Walk::new(facts, user, reading)?.check(object, relation)? == Outcome::Yes)
    };
    match by(false) {
        Err(Unanswered::Condition { .. } | Unanswered::Parameter { .. }) => by(true),
        answer => answer,
    }
}

fn check_type(model: &AuthorizationModel, type_name: &str) -> Result<(), Unanswered> {
    match model.find_type(type_name) {
        Some(_) => Ok(()),
        None => Err(Unanswered::TypeNotFound(type_name.to_owned())),
    }
}

fn check_relation(model: &AuthorizationModel, type_name: &str, relation: &str) -> Result<(), Unanswered> {
    check_type(model, type_name)?;
    match model.find_relation(type_name, relation) {
        Some(_) => Ok(()),
        None => Err(Unanswered::RelationNotFound {
            type_name: type_name.to_owned(),
            relation: relation.to_owned(),
        }),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn invalid(reason: Reason) -> Unanswered {
    Unanswered::Invalid(reason.to_string())
}

/// Lists have codes of their own for names the model does not have.
fn named(reason: Reason) -> Unanswered {
    match reason {
        Reason::UnknownType(type_name) => Unanswered::TypeNotFound(type_name),
        Reason::UnknownRelation { type_name, relation } => {
            Unanswered::RelationNotFound { type_name, relation }
        }
        other => invalid(other),
    }
}

/// A user that was checked before.
fn parsed(user: &str) -> Result<User<'_>, Unanswered> {
    User::parse(user).ok_or_else(|| invalid(Reason::MalformedUser))
}
