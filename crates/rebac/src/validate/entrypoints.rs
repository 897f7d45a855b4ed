//! Some tuple must be able to begin a relation, and no relation may follow from itself on the same object.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::invalid_relation;
use crate::model::{AuthorizationModel, ReferenceKind, Userset};
use crate::model_error::ModelError;

/// How far relations may follow from one another, which protects the stack; and how many steps all of a model's relations
/// may take together, since a hostile model can make them many. No model that means something comes near either.
const DEEPEST: usize = 200;
const MOST_STEPS: usize = 2_000_000;

/// What a model's relations have taken so far.
#[derive(Default)]
pub struct Effort(Cell<usize>);

impl Effort {
    fn spend(&self, depth: usize) -> Result<(), ModelError> {
        self.0.set(self.0.get() + 1);
        if depth > DEEPEST || self.0.get() > MOST_STEPS {
            return Err(ModelError::limit(
                "the relations of the model lead on to one another in too many ways",
            ));
        }
        Ok(())
    }
}

/// The relations that were followed, and whether a tuple can begin them by itself. Parts of a rewrite share what they follow
/// in types that were met before they parted, so that what one part has followed may lead the next nowhere. This refuses
/// a few models that do have a beginning; OpenFGA refuses them, and a model must not be taken here that cannot be taken
/// there.
#[derive(Clone, Default)]
struct Visited<'a>(BTreeMap<&'a str, Rc<RefCell<BTreeMap<&'a str, bool>>>>);

impl<'a> Visited<'a> {
    fn find(&self, type_name: &str, relation: &str) -> Option<bool> {
        self.0.get(type_name).and_then(|relations| relations.borrow().get(relation).copied())
    }

    fn set(&mut self, type_name: &'a str, relation: &'a str, begins: bool) {
        self.0.entry(type_name).or_default().borrow_mut().insert(relation, begins);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Found,
    None,
    /// None, and a relation led back to itself.
    Loop,
}

pub fn check(
    model: &AuthorizationModel,
    type_name: &str,
    relation: &str,
    effort: &Effort,
) -> Result<(), ModelError> {
    let refused = |cause| Err(invalid_relation(type_name, relation, cause));
    let start = Search { model, effort, depth: 0, type_name, relation, visited: Visited::default() };
    match start.of_relation()? {
        Entry::None => return refused("no entrypoints defined"),
        Entry::Loop => return refused("potential loop"),
        Entry::Found => {}
    }
    if (Circle { model, effort, type_name, around: BTreeSet::new(), done: BTreeSet::new() }).of(relation)? {
        return refused("an authorization model cannot contain a cycle");
    }
    Ok(())
}

/// One relation with what was followed before it.
struct Search<'a> {
    model: &'a AuthorizationModel,
    effort: &'a Effort,
    depth: usize,
    type_name: &'a str,
    relation: &'a str,
    visited: Visited<'a>,
}

impl<'a> Search<'a> {
    fn of_relation(&self) -> Result<Entry, ModelError> {
        self.effort.spend(self.depth)?;
        let (type_name, relation) = (self.type_name, self.relation);
        let Some(definition) = self.model.find_relation(type_name, relation) else {
            return Err(ModelError::invalid(format!(
                "undefined type definition for '{type_name}#{relation}'"
            )));
        };
        self.of_rewrite(&definition.rewrite)
    }

    fn onwards(
        &self,
        type_name: &'a str,
        relation: &'a str,
        visited: Visited<'a>,
    ) -> Result<Entry, ModelError> {
        let (model, effort, depth) = (self.model, self.effort, self.depth + 1);
        Search { model, effort, depth, type_name, relation, visited }.of_relation()
    }

    fn of_rewrite(&self, rewrite: &'a Userset) -> Result<Entry, ModelError> {
        let mut visited = self.visited.clone();
        visited.set(self.type_name, self.relation, false);
        match rewrite {
            Userset::This => self.of_list(visited),
            Userset::Computed(relation) => match visited.find(self.type_name, relation) {
                Some(true) => Ok(Entry::Found),
                Some(false) => Ok(Entry::Loop),
                None => self.onwards(self.type_name, relation, visited),
            },
            Userset::TupleToUserset { tupleset, computed } => self.of_parents(tupleset, computed, &visited),
            Userset::Union(children) => self.of_any(children),
            Userset::Intersection(children) => self.of_all(children.iter()),
            Userset::Difference { base, subtract } => self.of_all([&**base, &**subtract].into_iter()),
        }
    }

    fn of_any(&self, children: &'a [Userset]) -> Result<Entry, ModelError> {
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

    fn of_all(&self, children: impl Iterator<Item = &'a Userset>) -> Result<Entry, ModelError> {
        for child in children {
            let entry = self.of_rewrite(child)?;
            if entry != Entry::Found {
                return Ok(entry);
            }
        }
        Ok(Entry::Found)
    }

    fn of_list(&self, mut visited: Visited<'a>) -> Result<Entry, ModelError> {
        let definition = self.model.find_relation(self.type_name, self.relation);
        for reference in definition.iter().flat_map(|definition| &definition.assignable) {
            let ReferenceKind::Userset(relation) = &reference.kind else {
                visited.set(self.type_name, self.relation, true);
                return Ok(Entry::Found);
            };
            let type_name = &reference.type_name;
            if visited.find(type_name, relation).is_none()
                && self.onwards(type_name, relation, visited.clone())? == Entry::Found
            {
                return Ok(Entry::Found);
            }
        }
        Ok(Entry::None)
    }

    fn of_parents(
        &self,
        tupleset: &str,
        computed: &'a str,
        visited: &Visited<'a>,
    ) -> Result<Entry, ModelError> {
        let definition = self.model.find_relation(self.type_name, tupleset);
        for parent in definition.iter().flat_map(|definition| &definition.assignable) {
            if self.model.find_relation(&parent.type_name, computed).is_none() {
                continue;
            }
            let begins = match visited.find(&parent.type_name, computed) {
                Some(begins) => begins,
                None => self.onwards(&parent.type_name, computed, visited.clone())? == Entry::Found,
            };
            if begins {
                return Ok(Entry::Found);
            }
        }
        Ok(Entry::None)
    }
}

/// Does a relation follow from itself? Through relations of the same object alone: tuples in between make it a matter of
/// data.
struct Circle<'a> {
    model: &'a AuthorizationModel,
    effort: &'a Effort,
    type_name: &'a str,
    /// What is being followed.
    around: BTreeSet<&'a str>,
    /// What was followed to its end.
    done: BTreeSet<&'a str>,
}

impl<'a> Circle<'a> {
    fn of(&mut self, relation: &'a str) -> Result<bool, ModelError> {
        let type_name = self.type_name;
        if self.around.contains(relation) {
            return Ok(true);
        }
        if self.done.contains(relation) {
            return Ok(false);
        }
        self.effort.spend(self.around.len())?;
        let Some(definition) = self.model.find_relation(type_name, relation) else {
            return Err(ModelError::invalid(format!("'{type_name}#{relation}' relation is undefined")));
        };
        self.around.insert(relation);
        let mut computed = Vec::new();
        collect_computed(&definition.rewrite, &mut computed);
        for other in computed {
            if self.of(other)? {
                return Ok(true);
            }
        }
        self.around.remove(relation);
        self.done.insert(relation);
        Ok(false)
    }
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
