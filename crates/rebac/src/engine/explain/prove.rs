//! A way that allows: by breadth over the places where the user is allowed, so that it is one of the shortest; only `and` and
//! `but not` begin new searches, as they do in a check.

use std::collections::BTreeSet;

use super::{Because, Cited, Explained, MOST, MOST_LOOKS, Place, Telling, type_of};
use crate::model::{AuthorizationModel, Userset};
use crate::tuple::TupleKey;

/// How one place leads to the next.
enum Link {
    Computed,
    Tuple(Cited),
}

/// A place that was reached, and from which one of the list.
struct Reached {
    place: Place,
    from: Option<(usize, Link)>,
}

struct Search<'a> {
    /// What the first place is asked for.
    rewrite: &'a Userset,
    model: &'a AuthorizationModel,
    reached: Vec<Reached>,
    met: BTreeSet<Place>,
}

impl<'a> Search<'a> {
    /// A place, and the ways of its union, however that is nested.
    fn ways(&self, at: usize) -> Option<(Place, Vec<&'a Userset>)> {
        let place = self.reached.get(at)?.place.clone();
        let rewrite = match at {
            0 => self.rewrite,
            _ => &self.model.find_relation(type_of(&place.0), &place.1)?.rewrite,
        };
        let mut ways = Vec::new();
        flatten(rewrite, &mut ways);
        Some((place, ways))
    }
}

impl Telling<'_> {
    /// Why a rewrite allows on an object; nothing if it does not, or if the search was given up.
    pub(super) fn prove(&mut self, rewrite: &Userset, object: &str, relation: &str) -> Option<Because> {
        let model = self.question.model.model().clone();
        let start = (object.to_owned(), relation.to_owned());
        let met = BTreeSet::from([start.clone()]);
        let reached = vec![Reached { place: start, from: None }];
        let mut search = Search { rewrite, model: &model, reached, met };
        // Places as many steps from tuple to tuple away.
        let mut level = vec![0];
        while !level.is_empty() {
            self.compute(&mut search, &mut level);
            // What needs no tuple goes before what does.
            if let Some(at) = level.iter().find(|at| self.is_end(&search, **at)) {
                return Some(traced(search, *at, Because::Itself));
            }
            for at in &level {
                if let Some(end) = self.end(&search, *at) {
                    return Some(traced(search, *at, end));
                }
            }
            level = self.step(&mut search, &level);
        }
        None
    }

    /// Adds what follows from each without a step.
    fn compute(&mut self, search: &mut Search<'_>, level: &mut Vec<usize>) {
        let mut next = 0;
        while let Some(at) = level.get(next).copied() {
            next += 1;
            let Some((place, ways)) = search.ways(at) else { continue };
            for way in ways {
                if let Userset::Computed(other) = way {
                    level.extend(self.reach(search, at, (place.0.clone(), other.clone()), Link::Computed));
                }
            }
        }
    }

    /// Whether a place that was led to is the very userset that is asked about.
    fn is_end(&self, search: &Search<'_>, at: usize) -> bool {
        let place = search.reached.get(at).filter(|_| at > 0).map(|reached| &reached.place);
        place.is_some_and(|(object, relation)| self.is_asked(object, relation))
    }

    /// The reason if a place allows by itself.
    fn end(&mut self, search: &Search<'_>, at: usize) -> Option<Because> {
        let ((object, relation), ways) = search.ways(at)?;
        if ways.contains(&&Userset::This) {
            let named = self.naming(&object, &relation);
            if let Some(cited) = named.into_iter().find(|cited| self.holds(cited)) {
                return Some(Because::Named(cited));
            }
        }
        self.path.push((object.clone(), relation.clone()));
        let found = ways.into_iter().find_map(|way| self.prove_boolean(way, &object, &relation));
        self.path.pop();
        found
    }

    fn step(&mut self, search: &mut Search<'_>, level: &[usize]) -> Vec<usize> {
        let mut further = Vec::new();
        for at in level {
            let Some((place, ways)) = search.ways(*at) else { continue };
            for way in ways {
                let (tupleset, onwards) = match way {
                    Userset::This => (&place.1, None),
                    Userset::TupleToUserset { tupleset, computed } => (tupleset, Some(computed.as_str())),
                    _ => continue,
                };
                for (cited, to) in self.leading(&place.0, tupleset, onwards) {
                    if self.holds(&cited) {
                        further.extend(self.reach(search, *at, to, Link::Tuple(cited)));
                    }
                }
            }
        }
        further
    }

    fn prove_boolean(&mut self, boolean: &Userset, object: &str, relation: &str) -> Option<Because> {
        match boolean {
            Userset::Intersection(sides) => {
                let all = sides.iter().map(|side| self.prove(side, object, relation));
                Some(Because::Every(all.collect::<Option<_>>()?))
            }
            Userset::Difference { base, subtract } => {
                let base = self.prove(base, object, relation)?;
                let subtract = self.side(subtract, object, relation);
                let denied = subtract.allows() == Some(false);
                denied.then(|| Because::ButNot(Box::new(base), Box::new(subtract)))
            }
            _ => None,
        }
    }

    /// The place in the list, if it is new and the user is allowed there.
    fn reach(&mut self, search: &mut Search<'_>, from: usize, place: Place, link: Link) -> Option<usize> {
        let known = self.path.contains(&place) || search.met.contains(&place);
        if known || self.looks >= MOST_LOOKS || (self.question.over)() {
            return None;
        }
        self.looks += 1;
        search.met.insert(place.clone());
        let allowed = self.question.check(&TupleKey::new(&place.0, &place.1, self.user)) == Ok(true);
        let at = search.reached.len();
        allowed.then(|| search.reached.push(Reached { place, from: Some((from, link)) }))?;
        Some(at)
    }
}

/// The ways of a union, however it is nested.
fn flatten<'a>(rewrite: &'a Userset, ways: &mut Vec<&'a Userset>) {
    match rewrite {
        Userset::Union(children) => children.iter().for_each(|child| flatten(child, ways)),
        one => ways.push(one),
    }
}

/// The way from the beginning to the place that allows by itself. Of a very long one, the beginning.
fn traced(search: Search<'_>, end: usize, because: Because) -> Because {
    let mut way = Vec::new();
    let mut reached: Vec<Option<Reached>> = search.reached.into_iter().map(Some).collect();
    let mut at = end;
    while let Some(Reached { place, from: Some((from, link)) }) = reached.get_mut(at).and_then(Option::take) {
        way.push((place, link));
        at = from;
    }
    let over = way.len().saturating_sub(MOST);
    let because = if over > 0 { Because::Cut } else { because };
    way.into_iter().skip(over).fold(because, |because, ((object, relation), link)| {
        let place = Box::new(Explained { object, relation, allowed: Some(true), because });
        match link {
            Link::Computed => Because::Computed(place),
            Link::Tuple(cited) => Because::Through(cited, place),
        }
    })
}
