//! What is asked, and about which version.

use super::bound::{Bound, PlanId};
use super::compiled::Compiled;
use super::graph::{Graph, Named};
use super::overlay::Overlay;
use super::registry::{Kind, TypeId};
use super::session::Session;
use super::subjects::User;
use crate::fault::Unanswered;
use crate::tuple::{Context, Tuple, TupleKey};

/// Everything a question rests on. Each method answers one, at the version of the graph.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    pub model: &'a Compiled,
    pub graph: &'a Graph,
    /// Tuples that count as stored, for this question alone. They must fit the model.
    pub contextual: &'a [Tuple],
    /// What conditions read besides the context stored with a tuple.
    pub context: &'a Context,
    /// Whether the time is over; asked now and then.
    pub over: &'a dyn Fn() -> bool,
}

impl Question<'_> {
    /// Whether the user has the relation to the object.
    pub fn check(&self, key: &TupleKey) -> Result<bool, Unanswered> {
        let inner = &*self.graph.inner;
        self.model.within(&inner.registry, |bound| {
            let mut overlay = Overlay::new(inner, self.contextual);
            let (plan, object) = self.object(bound, &mut overlay, &key.object, &key.relation)?;
            let user = self.user(bound, &mut overlay, &key.user)?;
            Session::new(self, bound, &overlay, user).check(plan, object)
        })
    }

    pub(super) fn object(
        &self,
        bound: &Bound,
        overlay: &mut Overlay,
        object: &str,
        relation: &str,
    ) -> Result<(PlanId, u32), Unanswered> {
        let Some((type_name, id)) = object.split_once(':').filter(|(_, id)| !id.is_empty()) else {
            return Err(Unanswered::Invalid(format!("invalid 'object' field format: '{object}'")));
        };
        let (sort, plan) = self.relation(bound, type_name, relation)?;
        Ok((plan, overlay.number(&self.graph.inner, sort, id)))
    }

    pub(super) fn relation(
        &self,
        bound: &Bound,
        type_name: &str,
        relation: &str,
    ) -> Result<(TypeId, PlanId), Unanswered> {
        let Some(sort) = bound.types.get(type_name) else {
            return Err(Unanswered::Invalid(format!("type '{type_name}' not found")));
        };
        let Some(plan) = sort.relations.get(relation) else {
            return Err(Unanswered::Invalid(format!("relation '{type_name}#{relation}' not found")));
        };
        Ok((sort.sort, *plan))
    }

    pub(super) fn user(&self, bound: &Bound, overlay: &mut Overlay, user: &str) -> Result<User, Unanswered> {
        let Some(named) = Named::parse(user) else {
            return Err(Unanswered::Invalid(format!("the 'user' field is malformed: '{user}'")));
        };
        let Some(sort) = bound.types.get(named.type_name) else {
            return Err(Unanswered::Invalid(format!("type '{}' not found", named.type_name)));
        };
        let relation_id = |relation: &str| {
            let plan = bound.plan(*sort.relations.get(relation)?)?;
            plan.includes.first().copied()
        };
        let Some(kind) = named.kind(relation_id) else {
            let relation = named.relation.unwrap_or_default();
            return Err(Unanswered::Invalid(format!("relation '{}#{relation}' not found", named.type_name)));
        };
        let bit = if matches!(kind, Kind::Userset(_)) { u128::MAX } else { sort.bit };
        Ok(User { sort: sort.sort, id: overlay.number(&self.graph.inner, sort.sort, named.id), kind, bit })
    }
}
