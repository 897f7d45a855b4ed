//! Modules: each type has one owner, others may add relations to it. What is added carries its module and file.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::error::DslError;
use super::parser::{self, Parts, Place, Typed};
use crate::model::{AuthorizationModel, Condition, Schema, Source, TypeDefinition};

/// One file of a modular model.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

/// A file that was read.
pub struct Module {
    pub name: String,
    file: String,
    parts: Parts,
}

pub fn parse_module(file: File<'_>) -> Result<Module, Vec<DslError>> {
    let (name, parts) = parser::module(file.text)?;
    Ok(Module { name, file: file.name.to_owned(), parts })
}

/// Puts modules together; the mistakes of each file stand under its name.
pub fn compose(schema: Schema, modules: Vec<Module>) -> Result<AuthorizationModel, Vec<(String, DslError)>> {
    let mut composing = Composing::default();
    let mut extensions = Vec::new();
    for Module { name, file, parts } in modules {
        let source = Source { module: name, file };
        let Parts { types, conditions, places } = parts;
        for one in types {
            if one.extends { extensions.push((one, source.clone())) } else { composing.own(one, &source) }
        }
        for condition in conditions.into_values() {
            let place = places.conditions.get(&condition.name).copied().unwrap_or((1, 1));
            composing.condition(condition, place, &source);
        }
    }
    for (one, source) in extensions {
        composing.extend(one, &source);
    }
    if composing.errors.is_empty() {
        return Ok(AuthorizationModel { schema, types: composing.types, conditions: composing.conditions });
    }
    composing.errors.sort();
    Err(composing.errors)
}

#[derive(Default)]
struct Composing {
    types: Vec<TypeDefinition>,
    conditions: BTreeMap<String, Condition>,
    errors: Vec<(String, DslError)>,
}

impl Composing {
    fn own(&mut self, one: Typed, source: &Source) {
        let name = &one.definition.name;
        if self.types.iter().any(|other| other.name == *name) {
            let message =
                format!("type `{name}` is already defined: say `extend type {name}` to add relations");
            return self.wrong(source, one.place, message);
        }
        self.types.push(TypeDefinition { source: Some(source.clone()), ..one.definition });
    }

    fn extend(&mut self, one: Typed, source: &Source) {
        let name = one.definition.name;
        let Some(at) = self.types.iter().position(|other| other.name == name) else {
            let message = format!("extended type `{name}` does not exist: define it in one of the modules");
            return self.wrong(source, one.place, message);
        };
        for (relation, mut definition) in one.definition.relations {
            definition.source = Some(source.clone());
            let Some(owner) = self.types.get_mut(at) else { return };
            match owner.relations.entry(relation) {
                Entry::Vacant(place) => drop(place.insert(definition)),
                Entry::Occupied(there) => {
                    let relation = there.key();
                    let message =
                        format!("relation `{relation}` already exists on type `{name}`: rename one");
                    self.wrong(source, one.place, message);
                }
            }
        }
    }

    fn condition(&mut self, mut one: Condition, place: Place, source: &Source) {
        if self.conditions.contains_key(&one.name) {
            return self.wrong(
                source,
                place,
                format!("condition `{}` is already defined: rename one", one.name),
            );
        }
        one.source = Some(source.clone());
        self.conditions.insert(one.name.clone(), one);
    }

    fn wrong(&mut self, source: &Source, (line, column): Place, message: String) {
        self.errors.push((source.file.clone(), DslError { line, column, message }));
    }
}
