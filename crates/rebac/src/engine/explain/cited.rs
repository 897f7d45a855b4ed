//! The tuples that an explanation speaks of.

use super::{Because, Cited, Place, Telling, type_of};
use crate::condition::EvalError;
use crate::fault::Unanswered;
use crate::judge::{Leaf, Node};
use crate::tuple::{Tuple, TupleKey};
use crate::write_rules;

impl Telling<'_> {
    /// What counts under a key: of a user that is an object, one that comes with the question goes before the stored one.
    fn of_key(&self, key: &TupleKey) -> Vec<Cited> {
        let fits = |tuple: &Tuple| write_rules::check_fit(self.question.model.model(), tuple).is_ok();
        let brought = self.question.contextual.iter().filter(|tuple| tuple.key == *key);
        let mut all: Vec<_> = brought.cloned().map(|tuple| Cited { tuple, contextual: true }).collect();
        let is_object = !key.user.contains('#') && !key.user.ends_with(":*");
        if !is_object || all.is_empty() {
            let stored = self.question.graph.find(key).map(|stored| stored.tuple);
            all.extend(stored.map(|tuple| Cited { tuple, contextual: false }));
        }
        all.retain(|cited| fits(&cited.tuple));
        all
    }

    /// Tuples that name the user, or everybody of its type.
    pub(super) fn naming(&self, object: &str, relation: &str) -> Vec<Cited> {
        let mut all = self.of_key(&TupleKey::new(object, relation, self.user));
        let everybody = format!("{}:*", type_of(self.user));
        if !self.user.contains('#') && self.user != everybody {
            all.extend(self.of_key(&TupleKey::new(object, relation, &everybody)));
        }
        all
    }

    /// Tuples that lead on, each with the place it leads to: that of its userset, or `onwards` of the object it names.
    pub(super) fn leading(&self, object: &str, relation: &str, onwards: Option<&str>) -> Vec<(Cited, Place)> {
        let Ok(Node::Leaf(Leaf::Users(users))) = self.question.expand_direct(object, relation) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for user in users.iter().filter(|user| onwards.is_some() || **user != self.user) {
            let next = match onwards {
                Some(relation) => Some((user.as_str(), relation)),
                None => user.split_once('#'),
            };
            let Some((to, by)) = next.filter(|(to, by)| self.is_known(to, by)) else { continue };
            let cited = self.of_key(&TupleKey::new(object, relation, user)).into_iter();
            all.extend(cited.map(|cited| (cited, (to.to_owned(), by.to_owned()))));
        }
        all
    }

    fn is_known(&self, object: &str, relation: &str) -> bool {
        self.question.model.model().find_relation(type_of(object), relation).is_some()
    }

    pub(super) fn holds(&self, cited: &Cited) -> bool {
        self.unheld(cited).is_none()
    }

    /// Why the condition of a tuple is not met; nothing if it is, or if there is none.
    pub(super) fn unheld(&self, cited: &Cited) -> Option<Because> {
        let condition = cited.tuple.condition.as_ref()?;
        let unevaluated = |why, missing| Some(Because::Unevaluated { cited: cited.clone(), why, missing });
        let Some(program) = self.question.model.program(&condition.name) else {
            let (condition, reason) = (condition.name.clone(), "the condition is not defined".to_owned());
            return unevaluated(Unanswered::Condition { condition, reason, open: None }, Vec::new());
        };
        match program.evaluate(&condition.context, self.question.context) {
            Ok(true) => None,
            Ok(false) => Some(Because::Unmet(cited.clone())),
            Err(why) => {
                let unanswered = Unanswered::by_condition(&cited.tuple.key, &condition.name, &why);
                let missing = if let EvalError::Missing(names) = why { names } else { Vec::new() };
                unevaluated(unanswered, missing)
            }
        }
    }
}
