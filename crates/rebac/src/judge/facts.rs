//! The tuples that count, and whether they hold in the context of the question.

use super::Judge;
use crate::condition::Program;
use crate::fault::Unanswered;
use crate::model::{AuthorizationModel, Userset};
use crate::names::{Object, User};
use crate::tuple::{Context, Tuple};
use crate::write_rules;

pub struct Facts<'a> {
    pub model: &'a AuthorizationModel,
    tuples: Vec<&'a Tuple>,
    context: &'a Context,
}

impl<'a> Facts<'a> {
    pub fn new(judge: &Judge<'a>) -> Self {
        let mut tuples: Vec<&Tuple> = Vec::new();
        for tuple in judge.contextual.iter().chain(judge.tuples) {
            let shadowed = tuples.iter().any(|one| one.key == tuple.key) && names_object(tuple);
            // What was written under another model and does not fit this one is passed over.
            if !shadowed && write_rules::check_fit(judge.model, tuple).is_ok() {
                tuples.push(tuple);
            }
        }
        Self { model: judge.model, tuples, context: judge.context }
    }

    /// The tuples of one relation of one object.
    pub fn of<'b>(&'b self, object: &'b str, relation: &'b str) -> impl Iterator<Item = &'a Tuple> + 'b {
        let asked = move |tuple: &&&Tuple| tuple.key.object == object && tuple.key.relation == relation;
        self.tuples.iter().filter(asked).copied()
    }

    /// Every object that a tuple says something about, some more than once.
    pub fn objects(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.tuples.iter().map(|tuple| tuple.key.object.as_str())
    }

    pub fn holds(&self, tuple: &Tuple) -> Result<bool, Unanswered> {
        let Some(named) = &tuple.condition else { return Ok(true) };
        let failed =
            |reason: String| Unanswered::Condition { condition: named.name.clone(), reason, open: None };
        let condition = self.model.conditions.get(&named.name);
        let condition = condition.ok_or_else(|| failed("the condition is not defined".to_owned()))?;
        let program = Program::compile(condition).map_err(|why| failed(why.to_string()))?;
        program
            .evaluate(&named.context, self.context)
            .map_err(|why| Unanswered::by_condition(&tuple.key, &named.name, &why))
    }

    pub fn rewrite(&self, object: &str, relation: &str) -> Option<&'a Userset> {
        let type_name = Object::parse(object)?.type_name;
        Some(&self.model.find_relation(type_name, relation)?.rewrite)
    }
}

fn names_object(tuple: &Tuple) -> bool {
    matches!(User::parse(&tuple.key.user), Some(User::Object(_)))
}
