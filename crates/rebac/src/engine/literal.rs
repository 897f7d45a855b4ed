//! Checking to the letter, where relations go round in a circle through `and` or `but not`.
//!
//! There an answer depends on the way that led to it: what comes back to itself on one way may be decided on another. So
//! every way is tried, each with its own memory of where it has been, as the judge does; only what rests on no such
//! memory (a yes, or a certain no) is remembered. OpenFGA's next resolution refuses such models, so speed is no matter here,
//! but time is: the walk ends when the question's time is over.

use std::collections::HashMap;

use super::bound::{Action, What};
use super::hash::HashKey;
use super::names::STAR;
use super::registry::{Class, ClassId, Kind, TypeId, Words};
use super::session::{MOST_STEPS, Session, Verdict, either};
use crate::fault::Unanswered;
use crate::model::{AuthorizationModel, ReferenceKind, TypeDefinition, TypeReference, Userset};

pub(super) struct Literal<'s, 'a> {
    session: &'s mut Session<'a>,
    model: &'a AuthorizationModel,
    words: &'s Words,
    path: Vec<Place<'a>>,
    known: HashMap<Place<'a>, Verdict, HashKey>,
}

type Place<'a> = (TypeId, u32, &'a str);

/// Where we are, and how many tuples led here.
#[derive(Clone, Copy)]
struct Here<'a> {
    definition: &'a TypeDefinition,
    place: Place<'a>,
    steps: u32,
}

impl<'s, 'a> Literal<'s, 'a> {
    pub(super) fn new(session: &'s mut Session<'a>, model: &'a AuthorizationModel, words: &'s Words) -> Self {
        let known = HashMap::with_hasher(session.bound.key);
        Self { session, model, words, path: Vec::new(), known }
    }

    pub(super) fn visit(&mut self, sort: TypeId, object: u32, relation: &str, steps: u32) -> Verdict {
        let Some(definition) = self.model.find_type(self.words.type_name(sort)) else { return Verdict::No };
        // A parent whose type has no such relation grants nothing.
        let Some((relation, found)) = definition.relations.get_key_value(relation) else {
            return Verdict::No;
        };
        let place = (sort, object, relation.as_str());
        if steps >= MOST_STEPS {
            return self.session.fail(Unanswered::TooComplex);
        }
        if self.session.is_over() {
            return self.session.fail(Unanswered::Deadline);
        }
        if self.path.contains(&place) {
            let plan = self.session.bound.types.get(definition.name.as_str());
            let plan = plan.and_then(|one| one.relations.get(relation.as_str()).copied());
            return plan.map_or(Verdict::Cycle, |plan| self.session.round(plan));
        }
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        if self.is_asked(place) {
            return Verdict::Yes;
        }
        self.path.push(place);
        let verdict = self.follow(&found.rewrite, Here { definition, place, steps });
        self.path.pop();
        if matches!(verdict, Verdict::Yes | Verdict::No) {
            self.known.insert(place, verdict);
        }
        verdict
    }

    fn is_asked(&self, (sort, object, relation): Place<'_>) -> bool {
        let user = self.session.user;
        let Kind::Userset(of) = user.kind else { return false };
        (user.sort, user.id) == (sort, object) && self.words.relation_name(of) == relation
    }

    fn follow(&mut self, rewrite: &'a Userset, here: Here<'a>) -> Verdict {
        match rewrite {
            Userset::This => self.direct(here),
            Userset::Computed(other) => self.visit(here.place.0, here.place.1, other, here.steps),
            Userset::TupleToUserset { tupleset, computed } => self.through(here, tupleset, computed),
            Userset::Union(children) => {
                children.iter().fold(Verdict::No, |all, child| either(all, self.follow(child, here)))
            }
            Userset::Intersection(children) => {
                children.iter().fold(Verdict::Yes, |all, child| both(all, self.follow(child, here)))
            }
            Userset::Difference { base, subtract } => {
                let base = self.follow(base, here);
                match (base, self.follow(subtract, here)) {
                    (Verdict::Cycle, _) | (_, Verdict::Cycle) => Verdict::Cycle,
                    (Verdict::No, _) | (_, Verdict::Yes) => Verdict::No,
                    (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
                    (Verdict::Yes, Verdict::No) => Verdict::Yes,
                }
            }
        }
    }

    fn direct(&mut self, here: Here<'a>) -> Verdict {
        let user = self.session.user;
        let mut result = Verdict::No;
        for (reference, class, id) in self.classes(here, here.place.2) {
            let same = class.subject == user.sort;
            let named = match class.kind {
                Kind::Object if same && user.kind == Kind::Object => Some(user.id),
                Kind::Wildcard if same && !matches!(user.kind, Kind::Userset(_)) => Some(STAR),
                Kind::Userset(_) if same && user.kind == class.kind => Some(user.id),
                _ => None,
            };
            let action = acting(class, id);
            for (subject, context, verdict) in self.tuples(here, &action) {
                let next = match &reference.kind {
                    _ if named == Some(subject) => verdict,
                    ReferenceKind::Userset(of) => {
                        self.beyond(verdict, (class.subject, subject, of), here.steps)
                    }
                    ReferenceKind::Object | ReferenceKind::Wildcard => continue,
                };
                result = either(result, self.blamed(next, verdict, &action, (here, subject, context)));
            }
        }
        result
    }

    fn through(&mut self, here: Here<'a>, tupleset: &str, computed: &str) -> Verdict {
        let mut result = Verdict::No;
        for (_, class, id) in self.classes(here, tupleset) {
            let action = acting(class, id);
            for (subject, context, verdict) in self.tuples(here, &action) {
                let next = self.beyond(verdict, (class.subject, subject, computed), here.steps);
                result = either(result, self.blamed(next, verdict, &action, (here, subject, context)));
            }
        }
        result
    }

    /// What a tuple comes to that leads on, by whether it counts.
    fn beyond(&mut self, counts: Verdict, (sort, object, relation): Place<'_>, steps: u32) -> Verdict {
        match counts {
            Verdict::Yes => self.visit(sort, object, relation, steps + 1),
            Verdict::Unknown if self.session.membership_first => {
                match self.visit(sort, object, relation, steps + 1) {
                    Verdict::Yes => Verdict::Unknown,
                    verdict => verdict,
                }
            }
            verdict => verdict,
        }
    }

    /// Notes the tuple whose condition leaves an answer open.
    fn blamed(
        &mut self,
        next: Verdict,
        counts: Verdict,
        action: &Action,
        (here, subject, context): (Here<'a>, u32, u32),
    ) -> Verdict {
        match (next, counts) {
            (Verdict::Unknown, Verdict::Unknown) => {
                self.session.blame(action, here.place.1, subject, context)
            }
            _ => next,
        }
    }

    /// The tuples of a class, each with its context and whether it counts.
    fn tuples(&mut self, here: Here<'a>, action: &Action) -> Vec<(u32, u32, Verdict)> {
        let (inner, overlay, id) = (self.session.inner, self.session.overlay, action.class);
        let (sort, object, _) = here.place;
        let mut tuples = Vec::new();
        let stored = inner.forward(sort, object).members(id);
        let brought =
            overlay.forward(sort, object).find(|entry| entry.class == id).map(|entry| entry.members);
        for (members, stored) in [(stored, true), (brought, false)] {
            for (subject, context) in members.into_iter().flat_map(|members| members.each()) {
                let counts = self.session.holds(action, object, subject, context, stored);
                tuples.push((subject, context, counts));
            }
        }
        tuples
    }

    fn classes(&self, here: Here<'a>, relation: &str) -> Vec<(&'a TypeReference, Class, ClassId)> {
        let words = self.words;
        let assignable =
            here.definition.relations.get(relation).map_or(&[][..], |relation| &relation.assignable);
        let numbered = |reference: &'a TypeReference| {
            let class = Class::of(words, here.place.0, relation, reference)?;
            Some((reference, class, words.class_id(&class)?))
        };
        assignable.iter().filter_map(numbered).collect()
    }
}

/// A class of tuples as that which brings somebody by it.
fn acting(class: Class, id: ClassId) -> Action {
    Action { class: id, subject: class.subject, condition: class.condition, what: What::Object }
}

/// What is left of two sides that are both needed: a denial, whatever the other is; else a fault.
fn both(a: Verdict, b: Verdict) -> Verdict {
    match (a, b) {
        (Verdict::Cycle, _) | (_, Verdict::Cycle) => Verdict::Cycle,
        (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Yes, Verdict::Yes) => Verdict::Yes,
    }
}
