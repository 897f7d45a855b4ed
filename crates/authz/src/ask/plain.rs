//! What the fast engine does not answer yet, by the judge over all tuples.

use chancery_rebac::engine::Question;
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::{Judge, Tree, UserFilter};
use chancery_rebac::tuple::{Tuple, TupleKey};

use super::Asked;

impl Asked {
    fn judged<T>(&self, work: impl FnOnce(&Judge<'_>) -> T) -> T {
        let tuples: Vec<Tuple> = self.graph.all().map(|stored| stored.tuple).collect();
        let (model, contextual, context) = (&*self.model.source, &*self.contextual, &self.context);
        work(&Judge { model, tuples: &tuples, contextual, context })
    }

    pub(crate) fn check_plainly(&self, key: &TupleKey) -> Result<bool, Unanswered> {
        self.judged(|judge| judge.check(key))
    }

    /// By the engine, and by the judge where the engine leaves conditions to it for now.
    pub(crate) fn check_either(&self, question: &Question<'_>, key: &TupleKey) -> Result<bool, Unanswered> {
        match question.check(key) {
            Err(Unanswered::Condition { .. }) => self.check_plainly(key),
            answer => answer,
        }
    }

    pub(super) fn list_plainly(
        &self,
        type_name: &str,
        relation: &str,
        user: &str,
    ) -> Result<Vec<String>, Unanswered> {
        self.judged(|judge| judge.list_objects(type_name, relation, user))
    }

    pub(super) fn expand(&self, object: &str, relation: &str) -> Result<Tree, Unanswered> {
        self.judged(|judge| judge.expand(object, relation))
    }

    pub(super) fn list_users(
        &self,
        object: &str,
        relation: &str,
        filter: &UserFilter,
    ) -> Result<Vec<String>, Unanswered> {
        Ok(self.judged(|judge| judge.list_users(object, relation, filter))?.into_iter().collect())
    }
}
