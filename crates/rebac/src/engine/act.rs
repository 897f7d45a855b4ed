//! What one entry of an object's tuples does for a plan.

use super::bound::{Action, PlanId, What};
use super::grants;
use super::names::STAR;
use super::overlay::Overlay;
use super::page::Members;
use super::registry::{Class, Kind};
use super::session::{Doubt, Front, Session, Verdict, either};
use crate::condition::EvalError;
use crate::fault::Unanswered;
use crate::tuple::TupleKey;

impl<'a> Session<'a> {
    #[inline]
    pub(super) fn act(
        &mut self,
        action: &'a Action,
        object: u32,
        members: Members<'_>,
        stored: bool,
        front: &mut Front<'a>,
    ) -> Verdict {
        let user = self.user;
        let same = action.subject == user.sort;
        match action.what {
            What::Object if same && user.kind == Kind::Object => {
                self.grant(action, object, user.id, members, stored)
            }
            What::Wildcard if same && !matches!(user.kind, Kind::Userset(_)) => {
                self.grant(action, object, STAR, members, stored)
            }
            What::Object | What::Wildcard => Verdict::No,
            What::Userset { relation, plan, group } => {
                let exact = same && user.kind == Kind::Userset(relation);
                let direct =
                    if exact { self.grant(action, object, user.id, members, stored) } else { Verdict::No };
                match (direct, group) {
                    (Verdict::Yes, _) => Verdict::Yes,
                    (_, Some(group)) if action.condition.is_none() => {
                        if self.subjects().meets(group, members) { Verdict::Yes } else { direct }
                    }
                    _ => either(direct, self.through(action, object, members, plan, stored, front)),
                }
            }
            What::Parent { plan } => self.through(action, object, members, plan, stored, front),
        }
    }

    #[inline]
    fn grant(
        &mut self,
        action: &Action,
        object: u32,
        subject: u32,
        members: Members<'_>,
        stored: bool,
    ) -> Verdict {
        match members.find(subject) {
            Some(context) => match self.holds(action, object, subject, context, stored) {
                Verdict::Unknown => self.blame(action, object, subject, context),
                verdict => verdict,
            },
            None => Verdict::No,
        }
    }

    /// Goes on to the objects that tuples name.
    #[inline]
    fn through(
        &mut self,
        action: &'a Action,
        object: u32,
        members: Members<'_>,
        plan: PlanId,
        stored: bool,
        front: &mut Front<'a>,
    ) -> Verdict {
        let mut result = Verdict::No;
        for (subject, context) in members.each() {
            match self.holds(action, object, subject, context, stored) {
                Verdict::Yes => match self.granted_above(plan, subject, front) {
                    Some(true) => return Verdict::Yes,
                    Some(false) => {}
                    None => self.push(front, plan, subject),
                },
                Verdict::Unknown if front.doubting => self.push(front, plan, subject),
                Verdict::Unknown if self.membership_first => {
                    front.doubts.push(Doubt { action, object, subject, context, plan });
                }
                Verdict::Unknown => {
                    result = either(result, self.blame(action, object, subject, context));
                }
                verdict => result = either(result, verdict),
            }
        }
        result
    }

    /// The answer of everything above, where there is a list of it.
    #[inline]
    fn granted_above(&mut self, plan: PlanId, object: u32, front: &Front<'a>) -> Option<bool> {
        let open = self.bound.plan(plan).is_some_and(|plan| plan.open);
        if !open || front.careful || self.user.kind != Kind::Object || !self.overlay.is_plain() {
            return None;
        }
        let (bound, inner, user) = (self.bound, self.inner, self.user);
        grants::reach_for(bound, plan, object);
        let subjects = self.subjects();
        grants::of_place(bound, inner, (plan, object), user, |group| subjects.has(group))
    }

    /// Whether a tuple counts: the question brings no other in its place, and its condition is met.
    #[inline]
    pub(super) fn holds(
        &mut self,
        action: &Action,
        object: u32,
        subject: u32,
        context: u32,
        stored: bool,
    ) -> Verdict {
        if stored && !self.overlay.is_empty() && self.is_shadowed(action, object, subject) {
            return Verdict::No;
        }
        match action.condition {
            None => Verdict::Yes,
            Some(condition) => match self.evaluated(condition, context) {
                Some(Ok(true)) => Verdict::Yes,
                Some(Ok(false)) => Verdict::No,
                Some(Err(_)) | None => Verdict::Unknown,
            },
        }
    }

    fn is_shadowed(&self, action: &Action, object: u32, subject: u32) -> bool {
        let words = self.inner.registry.words();
        words.class(action.class).is_some_and(|class| self.overlay.shadows(class, object, subject))
    }

    fn evaluated(&mut self, condition: u32, context: u32) -> Option<&Result<bool, EvalError>> {
        let place = (condition, context);
        if !self.evaluated.contains_key(&place) {
            let outcome = self.run(condition, context);
            self.evaluated.insert(place, outcome);
        }
        self.evaluated.get(&place)
    }

    /// The answer may rest on the condition of a tuple that cannot be evaluated.
    pub(super) fn blame(&mut self, action: &Action, object: u32, subject: u32, context: u32) -> Verdict {
        let Some(condition) = action.condition.filter(|_| !self.has_fault()) else { return Verdict::Unknown };
        let Some(Err(why)) = self.evaluated(condition, context).cloned() else { return Verdict::Unknown };
        let name = self.bound.conditions.get(&condition).map_or("", |one| one.name.as_str());
        self.fail(Unanswered::by_condition(&self.tuple(action, object, subject), name, &why))
    }

    fn run(&self, condition: u32, context: u32) -> Result<bool, EvalError> {
        let program = self.bound.conditions.get(&condition).and_then(|one| one.program.as_deref());
        let Some(program) = program else {
            return Err(EvalError::Failed("the condition is not defined".to_owned()));
        };
        let brought = Overlay::place(context).and_then(|at| self.contextual.get(at)?.condition.as_ref());
        match brought {
            Some(condition) => program.evaluate(&condition.context, self.context),
            None => program.evaluate(&self.inner.context(context), self.context),
        }
    }

    /// A tuple in words.
    pub(super) fn tuple(&self, action: &Action, object: u32, subject: u32) -> TupleKey {
        let words = self.inner.registry.words();
        let none = Class { object: 0, relation: 0, subject: 0, kind: Kind::Object, condition: None };
        let class = words.class(action.class).unwrap_or(&none);
        let name = |sort, number| {
            format!(
                "{}:{}",
                words.type_name(sort),
                self.overlay.name(self.inner, sort, number).unwrap_or_default()
            )
        };
        let (object, user) = (name(class.object, object), name(class.subject, subject));
        let relation = words.relation_name(class.relation);
        match class.kind {
            Kind::Userset(of) => {
                TupleKey::new(&object, relation, &format!("{user}#{}", words.relation_name(of)))
            }
            Kind::Object | Kind::Wildcard => TupleKey::new(&object, relation, &user),
        }
    }
}
