//! Which relations can lead to which kind of user at all, by the model alone. Where OpenFGA looks ahead like this, a
//! condition on a tuple that can lead nowhere keeps no question from being answered, and a circle there denies nobody.

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

    /// Is it of the reference's kind, but for whether one is meant or everybody?
    fn is_akin_to(&self, reference: &TypeReference) -> bool {
        let alike = match (&self.kind, &reference.kind) {
            (ReferenceKind::Userset(mine), ReferenceKind::Userset(other)) => mine == other,
            (ReferenceKind::Userset(_), _) | (_, ReferenceKind::Userset(_)) => false,
            _ => true,
        };
        alike && self.type_name == reference.type_name
    }
}

/// The types and relations from which tuples may lead to the target.
#[derive(Debug, Default)]
pub struct Leading<'a>(BTreeSet<(&'a str, &'a str)>);

impl<'a> Leading<'a> {
    /// Those that could grant it.
    pub fn to(model: &'a AuthorizationModel, target: &Target) -> Self {
        Self::found(model, target, false)
    }

    /// Those that have anything to do with it: by either side of `but not`, and by any of `and`.
    pub fn at_all(model: &'a AuthorizationModel, target: &Target) -> Self {
        Self::found(model, target, true)
    }

    /// Adds relations that lead to those found before, until there are no more.
    fn found(model: &'a AuthorizationModel, target: &Target, at_all: bool) -> Self {
        let mut found = Self::default();
        loop {
            let before = found.0.len();
            for one in &model.types {
                for (name, relation) in &one.relations {
                    let is_itself =
                        target.type_name == one.name && target.kind == ReferenceKind::Userset(name.clone());
                    let assignable = &relation.assignable;
                    let search = Search { model, target, at_all, type_name: &one.name, assignable };
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
    at_all: bool,
    type_name: &'a str,
    assignable: &'a [TypeReference],
}

impl Search<'_> {
    fn leads(&self, rewrite: &Userset, found: &Leading<'_>) -> bool {
        match rewrite {
            Userset::This => self.assignable.iter().any(|reference| {
                self.names(reference)
                    || matches!(&reference.kind, ReferenceKind::Userset(relation)
                        if found.contains(&reference.type_name, relation))
            }),
            Userset::Computed(relation) => found.contains(self.type_name, relation),
            Userset::TupleToUserset { tupleset, computed } => {
                let parents = self.model.find_relation(self.type_name, tupleset);
                let parents = parents.map_or(&[][..], |parents| &parents.assignable);
                parents.iter().any(|parent| found.contains(&parent.type_name, computed))
            }
            Userset::Intersection(children) if !self.at_all => {
                children.iter().all(|child| self.leads(child, found))
            }
            Userset::Union(children) | Userset::Intersection(children) => {
                children.iter().any(|child| self.leads(child, found))
            }
            Userset::Difference { base, subtract } => {
                self.leads(base, found) || (self.at_all && self.leads(subtract, found))
            }
        }
    }

    fn names(&self, reference: &TypeReference) -> bool {
        if self.at_all { self.target.is_akin_to(reference) } else { self.target.is_named_by(reference) }
    }
}
