//! Worlds by chance: a model, tuples, contextual tuples, a context, and questions about them. A world grows from a list of
//! numbers, each a choice; a shorter list or smaller numbers make a simpler world, so whoever shrinks the list shrinks the
//! world.

mod models;
mod tuples;

use chancery_rebac::judge::UserFilter;
use chancery_rebac::model::{AuthorizationModel, ReferenceKind, TypeReference};
use chancery_rebac::tuple::{Context, Tuple, TupleKey};
use proptest::prelude::*;
use serde_json::json;

use models::PARENT;
pub use models::{any_model, fitting_model};

/// How many objects of a type there are.
pub const OBJECTS: usize = 3;

pub struct Choices<'a> {
    numbers: std::slice::Iter<'a, u16>,
}

impl<'a> Choices<'a> {
    pub fn new(numbers: &'a [u16]) -> Self {
        Self { numbers: numbers.iter() }
    }

    /// Below `most`; 0 when nothing is left to choose by.
    pub fn below(&mut self, most: usize) -> usize {
        self.numbers.next().map_or(0, |number| usize::from(*number) % most.max(1))
    }

    pub fn of<'b, T>(&mut self, options: &'b [T]) -> &'b T {
        &options[self.below(options.len())]
    }

    /// True in one of so many cases.
    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == many - 1
    }
}

/// Numbers to grow a world by.
pub fn choices() -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::vec(any::<u16>(), 60..700)
}

#[derive(Debug)]
pub struct World {
    pub model: AuthorizationModel,
    pub tuples: Vec<Tuple>,
    pub contextual: Vec<Tuple>,
    pub context: Context,
}

impl World {
    pub fn grow(numbers: &[u16]) -> Self {
        let mut choices = Choices::new(numbers);
        let model = fitting_model(&mut choices);
        Self::of(model, &mut choices)
    }

    /// One in which everybody may be named wherever somebody may, and mostly is.
    pub fn of_everybody(numbers: &[u16]) -> Self {
        let mut choices = Choices::new(numbers);
        let mut model = fitting_model(&mut choices);
        let plain = model.clone();
        for relation in model.types.iter_mut().flat_map(|one| one.relations.values_mut()) {
            let named: Vec<_> = relation.assignable.clone();
            let all = named.into_iter().filter(|one| one.kind == ReferenceKind::Object);
            relation.assignable.extend(all.map(|one| TypeReference { kind: ReferenceKind::Wildcard, ..one }));
        }
        // Nobody is everybody's parent.
        for (one, plain) in model.types.iter_mut().zip(plain.types) {
            for (name, relation) in plain.relations.into_iter().filter(|(name, _)| name == PARENT) {
                one.relations.insert(name, relation);
            }
        }
        assert_eq!(chancery_rebac::validate::check(&model), Ok(()));
        Self::of(model, &mut choices)
    }

    /// One of so many tuples, under a model that is made another first.
    pub fn dense(
        numbers: &[u16],
        other: impl Fn(AuthorizationModel) -> AuthorizationModel,
        tuples: usize,
    ) -> Self {
        let mut choices = Choices::new(numbers);
        let model = other(fitting_model(&mut choices));
        // What is left of the numbers is gone through again and again.
        let again: Vec<u16> = numbers
            .iter()
            .cycle()
            .take(tuples * 4)
            .enumerate()
            .map(|(at, n)| n.wrapping_add(at as u16))
            .collect();
        let mut all = tuples::grow(&model, &mut Choices::new(&again), tuples);
        let contextual = all.split_off(all.len() - all.len() / 8);
        Self { model, tuples: all, contextual, context: Context::new() }
    }

    fn of(model: AuthorizationModel, choices: &mut Choices<'_>) -> Self {
        let many = choices.below(24);
        let mut tuples = tuples::grow(&model, choices, many);
        let mut contextual = tuples.split_off(tuples.len() - choices.below(tuples.len() / 2 + 1));
        contextual.extend(tuples::shadows(&model, &tuples, choices));
        let context = match choices.below(4) {
            0 => json!({ "x": 9 }),
            1 => json!({ "x": 1 }),
            2 => json!({}),
            _ => json!({ "x": 5, "y": "b" }),
        };
        let context = context.as_object().cloned().unwrap_or_default();
        Self { model, tuples, contextual, context }
    }

    /// Without what is brought although it is stored: the `fga` command writes what a test brings.
    pub fn without_shadows(mut self) -> Self {
        self.contextual.retain(|brought| self.tuples.iter().all(|stored| stored.key != brought.key));
        self
    }

    /// Everything that is needed to see what an answer should be.
    pub fn picture(&self) -> String {
        let model = chancery_rebac::dsl::print(&self.model).unwrap_or_else(|why| why.to_string());
        let list = |tuples: &[Tuple]| -> String {
            tuples.iter().map(|one| format!("  {} {}\n", one.key, json!(one.condition))).collect()
        };
        let (stored, brought) = (list(&self.tuples), list(&self.contextual));
        format!("{model}\ntuples:\n{stored}contextual:\n{brought}context: {}", json!(self.context))
    }

    fn relations(&self) -> Vec<(&str, &str)> {
        self.model
            .types
            .iter()
            .flat_map(|one| one.relations.keys().map(move |relation| (one.name.as_str(), relation.as_str())))
            .collect()
    }

    /// Users that could be asked about.
    pub fn users(&self) -> Vec<String> {
        let types = self.model.types.iter();
        let mut users: Vec<String> = types.flat_map(|one| objects(&one.name)).collect();
        users.extend(self.model.types.iter().map(|one| format!("{}:*", one.name)));
        for (type_name, relation) in self.relations() {
            users.extend(objects(type_name).take(2).map(|object| format!("{object}#{relation}")));
        }
        users
    }

    pub fn checks(&self, choices: &mut Choices<'_>, many: usize) -> Vec<TupleKey> {
        let (relations, users) = (self.relations(), self.users());
        let mut check = || {
            let (type_name, relation) = *choices.of(&relations);
            let object = format!("{type_name}:{}", choices.below(OBJECTS));
            // Half of the questions are about plain users.
            let user = if choices.one_in(2) {
                choices.of(&users).clone()
            } else {
                format!("user:{}", choices.below(OBJECTS))
            };
            TupleKey::new(&object, relation, &user)
        };
        (0..many).map(|_| check()).collect()
    }

    /// Type, relation and user.
    pub fn object_lists(&self, choices: &mut Choices<'_>, many: usize) -> Vec<(String, String, String)> {
        let (relations, users) = (self.relations(), self.users());
        let mut list = || {
            let (type_name, relation) = *choices.of(&relations);
            let user = if choices.one_in(2) {
                choices.of(&users).clone()
            } else {
                format!("user:{}", choices.below(OBJECTS))
            };
            (type_name.to_owned(), relation.to_owned(), user)
        };
        (0..many).map(|_| list()).collect()
    }

    /// Object, relation and filter.
    pub fn user_lists(&self, choices: &mut Choices<'_>, many: usize) -> Vec<(String, String, UserFilter)> {
        let relations = self.relations();
        let mut list = || {
            let (type_name, relation) = *choices.of(&relations);
            let object = format!("{type_name}:{}", choices.below(OBJECTS));
            let filter = if choices.one_in(4) {
                let (type_name, relation) = *choices.of(&relations);
                UserFilter { type_name: type_name.to_owned(), relation: Some(relation.to_owned()) }
            } else {
                let type_name = choices.of(&self.model.types).name.clone();
                UserFilter { type_name, relation: None }
            };
            (object, relation.to_owned(), filter)
        };
        (0..many).map(|_| list()).collect()
    }
}

pub fn objects(type_name: &str) -> impl Iterator<Item = String> + '_ {
    (0..OBJECTS).map(move |at| format!("{type_name}:{at}"))
}
