//! Whom a relation of an object leads to.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::members::Members;
use super::reach::{Leading, Target};
use super::reading::Reading;
use super::{DEEPEST, UserFilter, parsed};
use crate::fault::Unanswered;
use crate::model::{ReferenceKind, Userset};
use crate::names::User;

type Answer = Result<Members, Unanswered>;

pub fn list(
    facts: &Facts<'_>,
    object: &str,
    relation: &str,
    filter: &UserFilter,
    reading: Reading,
) -> Result<BTreeSet<String>, Unanswered> {
    let kind = filter.relation.clone().map_or(ReferenceKind::Object, ReferenceKind::Userset);
    let target = Target { type_name: filter.type_name.clone(), kind };
    let of_type = object.split_once(':').map_or("", |(type_name, _)| type_name);
    if reading.looks_ahead && !Leading::to(facts.model, &target).contains(of_type, relation) {
        return Ok(BTreeSet::new());
    }
    let at_all = Leading::at_all(facts.model, &target);
    // Not even a condition that cannot be evaluated is looked at then.
    if !at_all.contains(of_type, relation) {
        return Ok(BTreeSet::new());
    }
    let search = Search { facts, filter, at_all, reading };
    let members = search.visit(object, relation, &mut Vec::new())?;
    Ok(members.listed(&format!("{}:*", filter.type_name)))
}

struct Search<'a> {
    facts: &'a Facts<'a>,
    filter: &'a UserFilter,
    /// Elsewhere nobody of those who are asked for is, wherever tuples lead there.
    at_all: Leading<'a>,
    reading: Reading,
}

/// The objects and relations that led here, each reached by a tuple.
type Path = Vec<(String, String)>;

impl Search<'_> {
    fn visit(&self, object: &str, relation: &str, path: &mut Path) -> Answer {
        // Here, other than in a check, OpenFGA counts every step, also those within one object.
        if path.len() >= DEEPEST {
            return Err(Unanswered::TooComplex);
        }
        let here = (object.to_owned(), relation.to_owned());
        if path.contains(&here) {
            let is_no = self.reading.cycles_are_no || !self.leads(object, relation);
            return Ok(if is_no { Members::default() } else { Members::undecided() });
        }
        path.push(here);
        let mut found = match self.facts.rewrite(object, relation) {
            Some(rewrite) => self.follow(rewrite, object, relation, path)?,
            None => Members::default(),
        };
        path.pop();
        let type_name = object.split_once(':').map(|(type_name, _)| type_name);
        if type_name == Some(&self.filter.type_name) && self.filter.relation.as_deref() == Some(relation) {
            found.name(&format!("{object}#{relation}"));
        }
        Ok(found)
    }

    fn leads(&self, object: &str, relation: &str) -> bool {
        let of_type = object.split_once(':').map_or("", |(type_name, _)| type_name);
        self.at_all.contains(of_type, relation)
    }

    fn follow(&self, rewrite: &Userset, object: &str, relation: &str, path: &mut Path) -> Answer {
        match rewrite {
            Userset::This => self.direct(object, relation, path),
            Userset::Computed(relation) => self.visit(object, relation, path),
            Userset::TupleToUserset { tupleset, computed } => self.through(object, tupleset, computed, path),
            Userset::Union(children) => {
                let each = children.iter().map(|child| self.follow(child, object, relation, path));
                Ok(each.collect::<Result<Vec<_>, _>>()?.into_iter().fold(Members::default(), Members::or))
            }
            Userset::Intersection(children) => {
                let each = children.iter().map(|child| self.follow(child, object, relation, path));
                let each = each.collect::<Result<Vec<_>, _>>()?;
                Ok(each.into_iter().reduce(Members::and).unwrap_or_default())
            }
            Userset::Difference { base, subtract } => {
                let base = self.follow(base, object, relation, path)?;
                Ok(base.but_not(self.follow(subtract, object, relation, path)?))
            }
        }
    }

    fn direct(&self, object: &str, relation: &str, path: &mut Path) -> Answer {
        let mut found = Members::default();
        for tuple in self.facts.of(object, relation) {
            if !self.facts.holds(tuple)? {
                continue;
            }
            let user = parsed(&tuple.key.user)?;
            let is_asked_for = self.filter.relation.is_none() && self.filter.type_name == user.type_name();
            match user {
                User::Object(_) if is_asked_for => found.name(&tuple.key.user),
                User::Wildcard(_) if is_asked_for => found.open(),
                User::Object(_) | User::Wildcard(_) => {}
                User::Userset(..) => {
                    if let Some((object, relation)) = tuple.key.user.split_once('#') {
                        found = found.or(self.visit(object, relation, path)?);
                    }
                }
            }
        }
        Ok(found)
    }

    fn through(&self, object: &str, tupleset: &str, computed: &str, path: &mut Path) -> Answer {
        let mut found = Members::default();
        for tuple in self.facts.of(object, tupleset) {
            if self.facts.holds(tuple)? {
                found = found.or(self.visit(&tuple.key.user, computed, path)?);
            }
        }
        Ok(found)
    }
}
