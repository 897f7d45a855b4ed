//! Does a tuple fit a model? Asked when one is written or comes with a question, in OpenFGA's order and words; and again
//! whenever one is read, because a store's tuples outlive its models.

use crate::condition;
use crate::model::{AuthorizationModel, ReferenceKind, TypeReference, Userset};
use crate::names::{self, Object, User};
use crate::size;
use crate::tuple::{Tuple, TupleCondition, TupleKey};

/// Why a tuple does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("the 'user' field is malformed")]
    MalformedUser,
    #[error(
        "the 'user' field must be an object (e.g. document:1) or an 'object#relation' or a typed wildcard (e.g. group:*)"
    )]
    UserWithoutType,
    #[error("type '{0}' not found")]
    UnknownType(String),
    #[error("relation '{type_name}#{relation}' not found")]
    UnknownRelation { type_name: String, relation: String },
    #[error("invalid 'object' field format")]
    MalformedObject,
    #[error("the 'object' field cannot reference a typed wildcard")]
    WildcardObject,
    #[error("the 'relation' field is malformed")]
    MalformedRelation,
    #[error("unexpected wildcard relationship with tupleset relation '{0}'")]
    WildcardInTupleset(String),
    #[error("unexpected user '{user}' with tupleset relation '{relation}'")]
    UsersetInTupleset { user: String, relation: String },
    #[error("type '{user}' is not an allowed type restriction for '{relation}'")]
    TypeNotAllowed { user: String, relation: String },
    #[error("'{user}' is not an allowed type restriction for '{relation}'")]
    UsersetNotAllowed { user: String, relation: String },
    #[error("the typed wildcard '{user}' is not an allowed type restriction for '{relation}'")]
    WildcardNotAllowed { user: String, relation: String },
    #[error("condition is missing")]
    ConditionMissing,
    #[error("condition name contains forbidden characters")]
    ForbiddenCondition,
    #[error("undefined condition")]
    UndefinedCondition,
    #[error("invalid condition for type restriction")]
    ConditionNotAllowed,
    #[error("{0}")]
    Context(String),
    #[error("cannot write a tuple that is implicit")]
    Implicit,
    #[error("condition context size limit exceeded: {found} bytes exceeds {most} bytes")]
    ContextTooLarge { found: usize, most: usize },
}

impl Reason {
    /// Such reasons name the tuple with its condition.
    pub fn is_about_condition(&self) -> bool {
        matches!(
            self,
            Self::ConditionMissing
                | Self::ForbiddenCondition
                | Self::UndefinedCondition
                | Self::ConditionNotAllowed
                | Self::Context(_)
        )
    }

    /// The whole sentence of the answer.
    pub fn sentence(&self, tuple: &Tuple) -> String {
        match &tuple.condition {
            Some(condition) if self.is_about_condition() => {
                format!("Invalid tuple '{} (condition {})'. Reason: {self}", tuple.key, condition.name)
            }
            _ => format!("Invalid tuple '{}'. Reason: {self}", tuple.key),
        }
    }
}

/// May the tuple be used with the model: well-formed, of known types and relations, allowed there, its condition the
/// right one with a context that fits?
pub fn check(model: &AuthorizationModel, tuple: &Tuple) -> Result<(), Reason> {
    check_user(model, &tuple.key.user)?;
    check_object_and_relation(model, &tuple.key.object, &tuple.key.relation)?;
    check_fit(model, tuple)
}

/// The three parts of a question, in the order in which OpenFGA looks at them.
pub fn check_key(model: &AuthorizationModel, key: &TupleKey) -> Result<(), Reason> {
    check_user(model, &key.user)?;
    check_object_and_relation(model, &key.object, &key.relation)
}

pub fn check_user(model: &AuthorizationModel, user: &str) -> Result<(), Reason> {
    let user = match User::parse(user) {
        Some(user) => user,
        None => return Err(misnamed(user)),
    };
    if let User::Userset(object, relation) = user {
        check_relation(model, object.type_name, relation)?;
    }
    match model.find_type(user.type_name()) {
        Some(_) => Ok(()),
        None => Err(Reason::UnknownType(user.type_name().to_owned())),
    }
}

/// What is wrong with the name of a user that is none.
fn misnamed(user: &str) -> Reason {
    if names::is_user_id(user) { Reason::UserWithoutType } else { Reason::MalformedUser }
}

pub fn check_object_and_relation(
    model: &AuthorizationModel,
    object: &str,
    relation: &str,
) -> Result<(), Reason> {
    let found = Object::parse(object).filter(|_| names::is_storable_object(object));
    let found = found.ok_or(Reason::MalformedObject)?;
    if found.is_wildcard() {
        return Err(Reason::WildcardObject);
    }
    if model.find_type(found.type_name).is_none() {
        return Err(Reason::UnknownType(found.type_name.to_owned()));
    }
    if !names::is_relation(relation) {
        return Err(Reason::MalformedRelation);
    }
    check_relation(model, found.type_name, relation)
}

fn check_relation(model: &AuthorizationModel, type_name: &str, relation: &str) -> Result<(), Reason> {
    let Some(found) = model.find_type(type_name) else {
        return Err(Reason::UnknownType(type_name.to_owned()));
    };
    if found.relations.contains_key(relation) {
        return Ok(());
    }
    Err(Reason::UnknownRelation { type_name: type_name.to_owned(), relation: relation.to_owned() })
}

/// What is asked of every tuple that is read: those that were written under another model and do not fit this one are as
/// if they were not there.
pub fn check_fit(model: &AuthorizationModel, tuple: &Tuple) -> Result<(), Reason> {
    let (Some(user), Some(object)) = (User::parse(&tuple.key.user), Object::parse(&tuple.key.object)) else {
        return Err(Reason::MalformedUser);
    };
    let relation = &tuple.key.relation;
    let Some(definition) = model.find_relation(object.type_name, relation) else {
        let type_name = object.type_name.to_owned();
        return Err(Reason::UnknownRelation { type_name, relation: relation.clone() });
    };
    let place = format!("{}#{relation}", object.type_name);
    if is_tupleset(model, object.type_name, relation) {
        check_tupleset(&user, &tuple.key.user, &place)?;
    }
    if !definition.assignable.iter().any(|reference| allows(reference, &user)) {
        return Err(not_allowed(&user, &tuple.key.user, place));
    }
    check_condition(model, &definition.assignable, &user, tuple.condition.as_ref())
}

/// Does a relation of the type say "… from" this one?
pub fn is_tupleset(model: &AuthorizationModel, type_name: &str, relation: &str) -> bool {
    let Some(definition) = model.find_type(type_name) else { return false };
    definition.relations.values().any(|one| names_tupleset(&one.rewrite, relation))
}

fn names_tupleset(rewrite: &Userset, relation: &str) -> bool {
    match rewrite {
        Userset::This | Userset::Computed(_) => false,
        Userset::TupleToUserset { tupleset, .. } => tupleset == relation,
        Userset::Union(children) | Userset::Intersection(children) => {
            children.iter().any(|child| names_tupleset(child, relation))
        }
        Userset::Difference { base, subtract } => {
            names_tupleset(base, relation) || names_tupleset(subtract, relation)
        }
    }
}

fn check_tupleset(user: &User<'_>, named: &str, place: &str) -> Result<(), Reason> {
    match user {
        User::Object(_) => Ok(()),
        User::Wildcard(_) => Err(Reason::WildcardInTupleset(place.to_owned())),
        User::Userset(..) => {
            Err(Reason::UsersetInTupleset { user: named.to_owned(), relation: place.to_owned() })
        }
    }
}

/// Does the restriction admit such a user, conditions aside?
pub fn allows(reference: &TypeReference, user: &User<'_>) -> bool {
    reference.type_name == user.type_name()
        && match (&reference.kind, user) {
            (ReferenceKind::Object, User::Object(_)) | (ReferenceKind::Wildcard, User::Wildcard(_)) => true,
            (ReferenceKind::Userset(relation), User::Userset(_, of)) => relation == of,
            _ => false,
        }
}

fn not_allowed(user: &User<'_>, named: &str, relation: String) -> Reason {
    match user {
        User::Object(object) => Reason::TypeNotAllowed { user: object.type_name.to_owned(), relation },
        User::Userset(object, of) => {
            Reason::UsersetNotAllowed { user: format!("{}#{of}", object.type_name), relation }
        }
        User::Wildcard(_) => Reason::WildcardNotAllowed { user: named.to_owned(), relation },
    }
}

/// The restriction that admits the user must also agree with the tuple's condition, or with its having none.
fn check_condition(
    model: &AuthorizationModel,
    assignable: &[TypeReference],
    user: &User<'_>,
    condition: Option<&TupleCondition>,
) -> Result<(), Reason> {
    let name = condition.map(|one| one.name.as_str());
    let agrees = assignable.iter().any(|one| one.condition.as_deref() == name && allows(one, user));
    let Some(named) = condition else {
        return if agrees { Ok(()) } else { Err(Reason::ConditionMissing) };
    };
    if named.name.contains(char::is_control) {
        return Err(Reason::ForbiddenCondition);
    }
    let Some(definition) = model.conditions.get(&named.name) else {
        return Err(Reason::UndefinedCondition);
    };
    if !agrees {
        return Err(Reason::ConditionNotAllowed);
    }
    condition::check_tuple_context(definition, &named.context).map_err(Reason::Context)
}

/// What is asked besides when a tuple is stored: that it says something, and how much it says.
pub fn check_stored(model: &AuthorizationModel, tuple: &Tuple, most_context: usize) -> Result<(), Reason> {
    check(model, tuple)?;
    if tuple.key.user == format!("{}#{}", tuple.key.object, tuple.key.relation) {
        return Err(Reason::Implicit);
    }
    let found = tuple.condition.as_ref().map_or(0, |condition| size::of_context(&condition.context));
    if found > most_context {
        return Err(Reason::ContextTooLarge { found, most: most_context });
    }
    Ok(())
}
