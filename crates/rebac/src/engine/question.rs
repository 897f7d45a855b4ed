//! What is asked, and about which version.

use super::bound::{Bound, PlanId};
use super::compiled::Compiled;
use super::graph::{Graph, Named};
use super::overlay::Overlay;
use super::registry::{Kind, TypeId};
use super::seen::pair;
use super::session::Session;
use super::subjects::User;
use crate::fault::Unanswered;
use crate::tuple::{Context, Tuple, TupleKey};

/// Where an answer rests on more classes of tuples, it is not remembered: looking whether it still holds takes as long.
const MOST_CLASSES: usize = 48;

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
            if let Some((plan, object, user)) = self.plainly(bound, key) {
                return self.check_plainly(bound, plan, object, user);
            }
            let mut overlay = Overlay::new(inner, self.contextual);
            let (plan, object) = self.object(bound, &mut overlay, &key.object, &key.relation)?;
            let user = self.user(bound, &mut overlay, &key.user)?;
            Session::new(self, bound, &overlay, user).check(plan, object)
        })
    }

    /// The question in numbers, if it brings no tuples and everything it names is known; all that it will look at is on the
    /// way into the processor's cache then, at once rather than one after the other. At millions of tuples, waiting
    /// for memory is most of the work.
    #[inline]
    fn plainly(&self, bound: &Bound, key: &TupleKey) -> Option<(PlanId, u32, User)> {
        let inner = &*self.graph.inner;
        let ((object_type, object), (user_type, user)) =
            (key.object.split_once(':')?, key.user.split_once(':')?);
        if !self.contextual.is_empty()
            || matches!(object, "" | "*")
            || matches!(user, "" | "*")
            || user.contains('#')
        {
            return None;
        }
        let (object_type, user_type) = (bound.types.get(object_type)?, bound.types.get(user_type)?);
        let plan = *object_type.relations.get(key.relation.as_str())?;
        let (objects, users) = (inner.names(object_type.sort)?, inner.names(user_type.sort)?);
        let (object_hash, user_hash) = (objects.reach_for(object), users.reach_for(user));
        let (object_guess, user_guess) = (objects.guess(object_hash)?, users.guess(user_hash)?);
        inner.reach_for(object_type.sort, object_guess);
        let asker = |id| User { sort: user_type.sort, id, kind: Kind::Object, bit: user_type.bit };
        bound.users.reach_for(asker(user_guess).slot());
        let object = objects.confirm(object, object_hash, object_guess)?;
        Some((plan, object, asker(users.confirm(user, user_hash, user_guess)?)))
    }

    /// A check whose answer may be known from before.
    fn check_plainly(
        &self,
        bound: &Bound,
        plan: PlanId,
        object: u32,
        user: User,
    ) -> Result<bool, Unanswered> {
        let overlay = Overlay::default();
        let ask = || Session::new(self, bound, &overlay, user).check(plan, object);
        let Some(kept) =
            bound.plan(plan).filter(|plan| !plan.conditional && plan.rests_on.len() <= MOST_CLASSES)
        else {
            return ask();
        };
        let (key, stamp) = ((pair(user.sort, user.id), pair(plan, object)), kept.stamp(&self.graph.inner));
        let at = (key.0 ^ key.1.rotate_left(20)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        if let Some(known) = bound.answers.get(at as usize, &key, stamp) {
            debug_assert_eq!(ask(), Ok(known), "the cache of answers is not what the tuples say");
            return Ok(known);
        }
        let answer = ask()?;
        bound.answers.put(at as usize, key, stamp, answer);
        Ok(answer)
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
