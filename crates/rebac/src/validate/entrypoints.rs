//! Some tuple must be able to begin a relation, and no relation may follow from itself on the same object.

use std::collections::BTreeSet;

use super::invalid_relation;
use crate::model::{AuthorizationModel, ReferenceKind, Userset};
use crate::model_error::ModelError;

/// The relations that are being followed.
type Visited<'a> = BTreeSet<(&'a str, &'a str)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Found,
    None,
    /// None, and a relation led back to itself.
    Loop,
}

pub fn check(model: &AuthorizationModel, type_name: &str, relation: &str) -> Result<(), ModelError> {
    let refused = |cause| Err(invalid_relation(type_name, relation, cause));
    match of_relation(model, type_name, relation, &Visited::new())? {
        Entry::None => return refused("no entrypoints defined"),
        Entry::Loop => return refused("potential loop"),
        Entry::Found => {}
    }
    if follows_from_itself(model, type_name, relation, &Visited::new()) {
        return refused("an authorization model cannot contain a cycle");
    }
    Ok(())
}

fn of_relation<'a>(
    model: &'a AuthorizationModel,
    type_name: &'a str,
    relation: &'a str,
    visited: &Visited<'a>,
) -> Result<Entry, ModelError> {
    let Some(definition) = model.find_relation(type_name, relation) else {
        return Err(ModelError::invalid(format!("undefined type definition for '{type_name}#{relation}'")));
    };
    let mut visited = visited.clone();
    visited.insert((type_name, relation));
    Search { model, type_name, relation, visited }.of_rewrite(&definition.rewrite)
}

struct Search<'a> {
    model: &'a AuthorizationModel,
    type_name: &'a str,
    relation: &'a str,
    visited: Visited<'a>,
}

impl<'a> Search<'a> {
    fn of_rewrite(&self, rewrite: &'a Userset) -> Result<Entry, ModelError> {
        match rewrite {
            Userset::This => self.of_list(),
            Userset::Computed(relation) if self.visited.contains(&(self.type_name, relation)) => {
                Ok(Entry::Loop)
            }
            Userset::Computed(relation) => of_relation(self.model, self.type_name, relation, &self.visited),
            Userset::TupleToUserset { tupleset, computed } => self.of_parents(tupleset, computed),
            Userset::Union(children) => {
                let mut entry = Entry::None;
                for child in children {
                    match self.of_rewrite(child)? {
                        Entry::Found => return Ok(Entry::Found),
                        Entry::Loop => entry = Entry::Loop,
                        Entry::None => {}
                    }
                }
                Ok(entry)
            }
            Userset::Intersection(children) => self.of_all(children.iter()),
            Userset::Difference { base, subtract } => self.of_all([&**base, &**subtract].into_iter()),
        }
    }

    fn of_all(&self, children: impl Iterator<Item = &'a Userset>) -> Result<Entry, ModelError> {
        for child in children {
            let entry = self.of_rewrite(child)?;
            if entry != Entry::Found {
                return Ok(entry);
            }
        }
        Ok(Entry::Found)
    }

    fn of_list(&self) -> Result<Entry, ModelError> {
        let definition = self.model.find_relation(self.type_name, self.relation);
        for reference in definition.iter().flat_map(|definition| &definition.assignable) {
            let ReferenceKind::Userset(relation) = &reference.kind else { return Ok(Entry::Found) };
            if self.leads_on(&reference.type_name, relation)? {
                return Ok(Entry::Found);
            }
        }
        Ok(Entry::None)
    }

    fn of_parents(&self, tupleset: &str, computed: &'a str) -> Result<Entry, ModelError> {
        let definition = self.model.find_relation(self.type_name, tupleset);
        for parent in definition.iter().flat_map(|definition| &definition.assignable) {
            let exists = self.model.find_relation(&parent.type_name, computed).is_some();
            if exists && self.leads_on(&parent.type_name, computed)? {
                return Ok(Entry::Found);
            }
        }
        Ok(Entry::None)
    }

    fn leads_on(&self, type_name: &'a str, relation: &'a str) -> Result<bool, ModelError> {
        if self.visited.contains(&(type_name, relation)) {
            return Ok(false);
        }
        Ok(of_relation(self.model, type_name, relation, &self.visited)? == Entry::Found)
    }
}

/// Through relations of the same object alone: tuples in between make it a matter of data.
fn follows_from_itself<'a>(
    model: &'a AuthorizationModel,
    type_name: &'a str,
    relation: &'a str,
    visited: &Visited<'a>,
) -> bool {
    if visited.contains(&(type_name, relation)) {
        return true;
    }
    let Some(definition) = model.find_relation(type_name, relation) else { return false };
    let mut visited = visited.clone();
    visited.insert((type_name, relation));
    let mut computed = Vec::new();
    collect_computed(&definition.rewrite, &mut computed);
    computed.into_iter().any(|other| follows_from_itself(model, type_name, other, &visited))
}

fn collect_computed<'a>(rewrite: &'a Userset, into: &mut Vec<&'a str>) {
    match rewrite {
        Userset::This | Userset::TupleToUserset { .. } => {}
        Userset::Computed(relation) => into.push(relation),
        Userset::Union(children) | Userset::Intersection(children) => {
            children.iter().for_each(|child| collect_computed(child, into));
        }
        Userset::Difference { base, subtract } => {
            collect_computed(base, into);
            collect_computed(subtract, into);
        }
    }
}
