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
            self.reach_for(bound, key);
            let mut overlay = Overlay::new(inner, self.contextual);
            let (plan, object) = self.object(bound, &mut overlay, &key.object, &key.relation)?;
            let user = self.user(bound, &mut overlay, &key.user)?;
            Session::new(self, bound, &overlay, user).check(plan, object)
        })
    }

    /// Has what a check will look at come into the processor's cache, all at once rather than one after the other: at
    /// millions of tuples, waiting for memory is most of the work.
    #[inline]
    fn reach_for(&self, bound: &Bound, key: &TupleKey) {
        let inner = &*self.graph.inner;
        let named = |text: &str| {
            let (type_name, id) = text.split_once(':')?;
            let sort = bound.types.get(type_name)?;
            let names = inner.names(sort.sort)?;
            Some((sort, names, names.reach_for(id)))
        };
        let (object, user) = (named(&key.object), named(&key.user));
        let guessed = user.and_then(|(sort, names, hash)| Some((sort, names.guess(hash)?)));
        if let Some((sort, names, hash)) = object
            && let Some(number) = names.guess(hash)
        {
            inner.reach_for(sort.sort, number);
        }
        if let Some((sort, id)) = guessed {
            bound.cache.reach_for(User { sort: sort.sort, id, kind: Kind::Object, bit: sort.bit });
        }
    }

    /// An object in numbers, a new one if the graph does not know it.
    pub(super) fn object(
        &self,
        bound: &Bound,
        overlay: &mut Overlay,
        object: &str,
        relation: &str,
    ) -> Result<(PlanId, u32), Unanswered> {
        let (plan, sort, id) = self.named_object(bound, object, relation)?;
        Ok((plan, overlay.number(&self.graph.inner, sort, id)))
    }

    #[inline]
    pub(super) fn named_object<'b>(
        &self,
        bound: &Bound,
        object: &'b str,
        relation: &str,
    ) -> Result<(PlanId, TypeId, &'b str), Unanswered> {
        let Some((type_name, id)) = object.split_once(':').filter(|(_, id)| !id.is_empty() && *id != "*")
        else {
            return Err(Unanswered::Invalid("invalid 'object' field format".to_owned()));
        };
        let (sort, plan) = self.relation(bound, type_name, relation)?;
        Ok((plan, sort, id))
    }

    pub(super) fn relation(
        &self,
        bound: &Bound,
        type_name: &str,
        relation: &str,
    ) -> Result<(TypeId, PlanId), Unanswered> {
        let Some(sort) = bound.types.get(type_name) else {
            return Err(Unanswered::TypeNotFound(type_name.to_owned()));
        };
        let Some(plan) = sort.relations.get(relation) else {
            let (type_name, relation) = (type_name.to_owned(), relation.to_owned());
            return Err(Unanswered::RelationNotFound { type_name, relation });
        };
        Ok((sort.sort, *plan))
    }

    pub(super) fn user(&self, bound: &Bound, overlay: &mut Overlay, user: &str) -> Result<User, Unanswered> {
        let Some(named) = Named::parse(user) else {
            return Err(Unanswered::Invalid("the 'user' field is malformed".to_owned()));
        };
        let Some(sort) = bound.types.get(named.type_name) else {
            return Err(Unanswered::TypeNotFound(named.type_name.to_owned()));
        };
        let relation_id = |relation: &str| {
            let plan = bound.plan(*sort.relations.get(relation)?)?;
            plan.includes.first().copied()
        };
        let Some(kind) = named.kind(relation_id) else {
            let relation = named.relation.unwrap_or_default().to_owned();
            return Err(Unanswered::RelationNotFound { type_name: named.type_name.to_owned(), relation });
        };
        let bit = if matches!(kind, Kind::Userset(_)) { u128::MAX } else { sort.bit };
        Ok(User { sort: sort.sort, id: overlay.number(&self.graph.inner, sort.sort, named.id), kind, bit })
    }
}
