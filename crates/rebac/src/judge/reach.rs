//! Which relations can lead to which kind of user at all, by the model alone. Where OpenFGA looks ahead like this, a
//! condition on a tuple that can lead nowhere keeps no question from being answered.

use std::collections::BTreeSet;

use crate::model::{AuthorizationModel, ReferenceKind, TypeReference, Userset};
use crate::names::User;

/// A kind of user: objects of a type, everybody of it, or a userset of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub type_name: String,
    pub kind: ReferenceKind,
}

impl Target {
    pub fn of(user: &User<'_>) -> Self {
        let kind = match user {
            User::Object(_) => ReferenceKind::Object,
            User::Wildcard(_) => ReferenceKind::Wildcard,
            User::Userset(_, relation) => ReferenceKind::Userset((*relation).to_owned()),
        };
        Self { type_name: user.type_name().to_owned(), kind }
    }

    /// May a tuple that keeps to the reference name such a user, or a wildcard that covers it?
    fn is_named_by(&self, reference: &TypeReference) -> bool {
        self.type_name == reference.type_name
            && (self.kind == reference.kind
                || (self.kind == ReferenceKind::Object && reference.kind == ReferenceKind::Wildcard))
    }
}

/// The types and relations from which tuples may lead to the target.
#[derive(Debug, Default)]
pub struct Leading<'a>(BTreeSet<(&'a str, &'a str)>);

impl<'a> Leading<'a> {
    /// Adds relations that lead to those found before, until there are no more.
    pub fn to(model: &'a AuthorizationModel, target: &Target) -> Self {
        let mut found = Self::default();
        loop {
            let before = found.0.len();
            for one in &model.types {
                for (name, relation) in &one.relations {
                    let is_itself =
                        target.type_name == one.name && target.kind == ReferenceKind::Userset(name.clone());
                    let search =
                        Search { model, target, type_name: &one.name, assignable: &relation.assignable };
                    if is_itself || search.leads(&relation.rewrite, &found) {
                        found.0.insert((&one.name, name));
                    }
                }
            }
            if found.0.len() == before {
                return found;
            }
        }
    }

    pub fn contains(&self, type_name: &str, relation: &str) -> bool {
        self.0.contains(&(type_name, relation))
    }
}

struct Search<'a> {
    model: &'a AuthorizationModel,
    target: &'a Target,
    type_name: &'a str,
    assignable: &'a [TypeReference],
}

impl Search<'_> {
    fn leads(&self, rewrite: &Userset, found: &Leading<'_>) -> bool {
        match rewrite {
            Userset::This => self.assignable.iter().any(|reference| {
                self.target.is_named_by(reference)
                    || matches!(&reference.kind, ReferenceKind::Userset(relation)
                        if found.contains(&reference.type_name, relation))
            }),
            Userset::Computed(relation) => found.contains(self.type_name, relation),
            Userset::TupleToUserset { tupleset, computed } => {
                let parents = self.model.find_relation(self.type_name, tupleset);
                let parents = parents.map_or(&[][..], |parents| &parents.assignable);
                parents.iter().any(|parent| found.contains(&parent.type_name, computed))
            }
            Userset::Union(children) => children.iter().any(|child| self.leads(child, found)),
            Userset::Intersection(children) => children.iter().all(|child| self.leads(child, found)),
            Userset::Difference { base, .. } => self.leads(base, found),
        }
    }
}
