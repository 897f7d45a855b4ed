//! The relations that may change: those that rest on one of the tuples, and those that rest on these in turn.

use std::collections::BTreeSet;

use super::{Bound, Change, MOST_PLACES, Place, type_of};
use crate::engine::Filter;
use crate::model::{AuthorizationModel, Userset};

pub(super) fn find(change: &Change<'_>, bound: &mut Bound) -> BTreeSet<Place> {
    let model = change.with.model.model().clone();
    let mut search = Search { change, model: &model, bound, met: BTreeSet::new(), waiting: Vec::new() };
    for key in change.tuples.iter().map(|tuple| &tuple.key) {
        search.meet(&key.object, &key.relation);
        // The tuple may lead to a parent.
        for relation in search.resting_on(type_of(&key.object), &|part| part.goes_through(&key.relation)) {
            search.meet(&key.object, &relation);
        }
    }
    while let Some((object, relation)) = search.waiting.pop() {
        search.go_on(&object, &relation);
    }
    search.met
}

struct Search<'a> {
    change: &'a Change<'a>,
    model: &'a AuthorizationModel,
    bound: &'a mut Bound,
    met: BTreeSet<Place>,
    waiting: Vec<Place>,
}

impl Search<'_> {
    fn meet(&mut self, object: &str, relation: &str) {
        let place = (object.to_owned(), relation.to_owned());
        let known = self.model.find_relation(type_of(object), relation).is_some();
        if known && !self.met.contains(&place) && self.bound.has_room(&self.met, MOST_PLACES) {
            self.met.insert(place.clone());
            self.waiting.push(place);
        }
    }

    /// What rests on this relation of this object.
    fn go_on(&mut self, object: &str, relation: &str) {
        for other in self
            .resting_on(type_of(object), &|part| matches!(part, Userset::Computed(one) if one == relation))
        {
            self.meet(object, &other);
        }
        let of = |user: String| Filter { user: Some(user), ..Filter::default() };
        let granted = self.bound.read(self.change.graph(), &of(format!("{object}#{relation}")));
        for stored in granted {
            self.meet(&stored.tuple.key.object, &stored.tuple.key.relation);
        }
        if !self.leads_from_parents(relation) {
            return;
        }
        for stored in self.bound.read(self.change.graph(), &of(object.to_owned())) {
            let key = stored.tuple.key;
            let leads = |part: &Userset| {
                matches!(part, Userset::TupleToUserset { tupleset, computed }
                    if *tupleset == key.relation && computed == relation)
            };
            for other in self.resting_on(type_of(&key.object), &leads) {
                self.meet(&key.object, &other);
            }
        }
    }

    fn leads_from_parents(&self, relation: &str) -> bool {
        let leads =
            |part: &Userset| matches!(part, Userset::TupleToUserset { computed, .. } if computed == relation);
        self.model.types.iter().any(|one| one.relations.values().any(|of| of.rewrite.has(&leads)))
    }

    /// The relations of a type with such a part in their rewrites.
    fn resting_on(&self, type_name: &str, part: &dyn Fn(&Userset) -> bool) -> Vec<String> {
        let relations = self.model.find_type(type_name).into_iter().flat_map(|one| &one.relations);
        relations.filter(|(_, of)| of.rewrite.has(part)).map(|(name, _)| name.clone()).collect()
    }
}

impl Userset {
    /// Whether a part of it is such.
    pub(super) fn has(&self, part: &dyn Fn(&Self) -> bool) -> bool {
        part(self)
            || match self {
                Self::Union(children) | Self::Intersection(children) => {
                    children.iter().any(|child| child.has(part))
                }
                Self::Difference { base, subtract } => base.has(part) || subtract.has(part),
                Self::This | Self::Computed(_) | Self::TupleToUserset { .. } => false,
            }
    }

    fn goes_through(&self, relation: &str) -> bool {
        matches!(self, Self::TupleToUserset { tupleset, .. } if tupleset == relation)
    }
}
