//! What is asked, and about which version.

use super::answers::Text;
use super::bound::{Bound, PlanId};
use super::compiled::Compiled;
use super::graph::{Graph, Inner, Named, split_type};
use super::names::{Bucket, Names};
use super::overlay::Overlay;
use super::page::{Record, SLOTS};
use super::quick::{Quick, reach_above};
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
        self.model.within(&self.graph.inner.registry, |bound| {
            if !self.contextual.is_empty() {
                return self.check_anew(bound, key);
            }
            let plain = self.plainly(bound, key);
            let plain = plain.as_ref();
            let hash = plain.map_or_else(|| Text::hash(key, bound.key), Plain::hash);
            if bound.answers.meet(hash) {
                self.check_again(bound, key, hash, plain)
            } else {
                self.check_first(bound, key, plain)
            }
        })
    }

    /// What is asked not for the first time is answered from memory.
    fn check_again(
        &self,
        bound: &Bound,
        key: &TupleKey,
        hash: u64,
        plain: Option<&Plain<'_>>,
    ) -> Result<bool, Unanswered> {
        let find = || key.object.split_once(':').and_then(|(sort, _)| bound.find(sort, &key.relation));
        let plan = plain.map_or_else(find, |plain| bound.plan(plain.plan));
        let (Some(plan), Some(text)) = (plan.filter(|plan| plan.is_remembered()), Text::of(key)) else {
            return self.check_first(bound, key, plain);
        };
        let stamp = plan.stamp(&self.graph.inner);
        if let Some(known) = bound.answers.get(hash, &text, stamp) {
            debug_assert!(
                bears_out(&self.check_anew(bound, key), known),
                "an answer is not what the tuples say"
            );
            return Ok(known);
        }
        let answer = self.check_first(bound, key, plain)?;
        bound.answers.put(hash, text, stamp, answer);
        Ok(answer)
    }

    fn check_first(
        &self,
        bound: &Bound,
        key: &TupleKey,
        plain: Option<&Plain<'_>>,
    ) -> Result<bool, Unanswered> {
        let inner = &*self.graph.inner;
        let found =
            plain.and_then(|plain| Some((plain, bound.plan(plain.plan)?, plain.guess(bound, inner)?)));
        let Some((plain, plan, guess)) = found else { return self.check_anew(bound, key) };
        reach_above(bound, plan, guess.record);
        let quick = Quick::plain(bound, inner, guess.user).check(plan, guess.record);
        // Only now, when the names have had the time to come: what was found counts if they are these.
        if !plain.is(&guess) {
            return self.check_anew(bound, key);
        }
        let Some(answer) = quick else { return self.walk(bound, plain.plan, &guess) };
        debug_assert!(bears_out(&self.check_anew(bound, key), answer), "the short way leads elsewhere");
        Ok(answer)
    }

    fn walk(&self, bound: &Bound, plan: PlanId, guess: &Guess<'_>) -> Result<bool, Unanswered> {
        Session::new(self, bound, &Overlay::default(), guess.user).check(plan, guess.object)
    }

    fn check_anew(&self, bound: &Bound, key: &TupleKey) -> Result<bool, Unanswered> {
        let mut overlay = Overlay::new(&self.graph.inner, self.contextual);
        let (plan, object) = self.object(bound, &mut overlay, &key.object, &key.relation)?;
        let user = self.user(bound, &mut overlay, &key.user)?;
        Session::new(self, bound, &overlay, user).check(plan, object)
    }

    /// The question, if it is about an object as its user, with the hashes of its names.
    #[inline]
    fn plainly<'q>(&'q self, bound: &'q Bound, key: &'q TupleKey) -> Option<Plain<'q>> {
        let inner = &*self.graph.inner;
        let ((object_type, object), (user_type, user)) = (split_type(&key.object)?, split_type(&key.user)?);
        if matches!(object, "" | "*") || matches!(user, "" | "*") || user.as_bytes().contains(&b'#') {
            return None;
        }
        let (object_type, user_type) = (bound.types.get(object_type)?, bound.types.get(user_type)?);
        let (objects, users) = (inner.names(object_type.sort)?, inner.names(user_type.sort)?);
        let (object, user) = (Sought::new(objects, object), Sought::new(users, user));
        let plan = *object_type.relations.get(key.relation.as_str())?;
        let asker = User { sort: user_type.sort, id: 0, kind: Kind::Object, bit: user_type.bit };
        Some(Plain { plan, sort: object_type.sort, object, asker, user })
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

/// Whether the long way comes to the same answer as a short one; it may run out of time where that did not.
pub(super) fn bears_out(found: &Result<bool, Unanswered>, answer: bool) -> bool {
    matches!(found, Err(Unanswered::Deadline)) || *found == Ok(answer)
}

/// An odd number that spreads what it is multiplied with over all bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A question about two names that are looked up.
struct Plain<'q> {
    plan: PlanId,
    sort: TypeId,
    object: Sought<'q>,
    /// But for its number.
    asker: User,
    user: Sought<'q>,
}

impl<'q> Plain<'q> {
    /// Of the whole question; where it is kept follows from it.
    #[inline]
    fn hash(&self) -> u64 {
        let words = u64::from(self.plan) << 32 | u64::from(self.asker.sort);
        self.object.hash ^ self.user.hash.rotate_left(23) ^ words.wrapping_mul(SPREAD)
    }

    /// The numbers that the names most likely have, and the object's record. All that will be looked at is on the way into the
    /// processor's cache then: at millions of tuples, waiting for memory is most of the work. What is one step away is asked for
    /// together, since the processor does not look far beyond what it waits for.
    #[inline]
    fn guess(&self, bound: &Bound, inner: &'q Inner) -> Option<Guess<'q>> {
        let (objects, users) = (self.object.bucket()?, self.user.bucket()?);
        let (object, id) = (self.object.guess(objects)?, self.user.guess(users)?);
        let user = User { id, ..self.asker };
        let (page, names, user_names) =
            (inner.page(self.sort, object), self.object.names.page(object), self.user.names.page(id));
        bound.near_users.reach_for(user.slot());
        let at = object as usize % SLOTS;
        page.inspect(|page| page.reach_for(at));
        names.inspect(|names| names.reach_for(object));
        user_names.inspect(|names| names.reach_for(id));
        let record = page.map(|page| page.record(at)).unwrap_or_default();
        record.reach_for();
        names.inspect(|names| names.reach_for_text(object));
        user_names.inspect(|names| names.reach_for_text(id));
        Some(Guess { object, user, record })
    }

    /// Whether these are the numbers of the names.
    #[inline]
    fn is(&self, guess: &Guess<'_>) -> bool {
        self.object.is(guess.object) && self.user.is(guess.user.id)
    }
}

/// Whom a plain question is most likely about.
struct Guess<'q> {
    object: u32,
    user: User,
    record: Record<'q>,
}

/// A name whose number is looked up.
struct Sought<'q> {
    names: &'q Names,
    name: &'q str,
    hash: u64,
}

impl<'q> Sought<'q> {
    #[inline]
    fn new(names: &'q Names, name: &'q str) -> Self {
        Self { names, name, hash: names.hash(name) }
    }

    /// Where it is to be found, on the way into the processor's cache.
    #[inline]
    fn bucket(&self) -> Option<&'q Bucket> {
        self.names.bucket(self.hash).inspect(|bucket| bucket.reach_for())
    }

    #[inline]
    fn guess(&self, bucket: &Bucket) -> Option<u32> {
        self.names.guess_in(bucket, self.hash)
    }

    #[inline]
    fn is(&self, number: u32) -> bool {
        self.names.is(number, self.name)
    }
}
