//! The users whose answers may change: those to whom one of the tuples leads.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bound, Change, MOST_USERS, Place, Whom, type_of};
use crate::engine::Filter;
use crate::model::{AuthorizationModel, Userset};
use crate::names::User;
use crate::tuple::TupleKey;

pub(super) fn find(change: &Change<'_>, places: &BTreeSet<Place>, bound: &mut Bound) -> BTreeSet<Whom> {
    let model = change.with.model.model().clone();
    let (found, met, links) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut search = Search { change, model: &model, bound, only: None, found, met, links };
    for key in change.tuples.iter().map(|tuple| &tuple.key) {
        search.named(&key.user);
        search.parent(key);
    }
    // Whom everybody includes may be named elsewhere, and so be another case than everybody else.
    let everybody: BTreeSet<String> = search.found.iter().filter_map(Whom::others).collect();
    // Where a tuple leads back to what rests on it, it closes a circle, and it may lead to one; below an exclusion that is an
    // answer less for whoever is led to by another way.
    let is_circle = search.met.iter().any(|place| places.contains(place)) || go_round(&search.links);
    if is_circle || !everybody.is_empty() {
        (search.only, search.met) = ((!is_circle).then_some(everybody), BTreeSet::new());
        for (object, relation) in places {
            search.walk(object, relation);
        }
    }
    search.found
}

impl Whom {
    fn others(&self) -> Option<String> {
        match self {
            Self::One(_) => None,
            Self::Others(type_name) => Some(type_name.clone()),
        }
    }
}

struct Search<'a> {
    change: &'a Change<'a>,
    model: &'a AuthorizationModel,
    bound: &'a mut Bound,
    /// Users of these types alone.
    only: Option<BTreeSet<String>>,
    found: BTreeSet<Whom>,
    met: BTreeSet<Place>,
    /// Each place that was met, with one that it leads to.
    links: Vec<(Place, Place)>,
}

impl Search<'_> {
    /// Whom a tuple names.
    fn named(&mut self, user: &str) {
        match User::parse(user) {
            None => {}
            Some(User::Userset(_, relation)) => {
                let object = user.split_once('#').map_or(user, |(object, _)| object);
                self.walk(object, relation);
            }
            Some(User::Object(_)) => self.add(Whom::One(user.to_owned())),
            Some(User::Wildcard(type_name)) => self.add(Whom::Others(type_name.to_owned())),
        }
    }

    fn add(&mut self, whom: Whom) {
        let type_name = match &whom {
            Whom::One(name) => type_of(name),
            Whom::Others(type_name) => type_name,
        };
        let wanted = self.only.as_ref().is_none_or(|only| only.contains(type_name));
        if wanted && !self.found.contains(&whom) && self.bound.has_room(&self.found, MOST_USERS) {
            self.found.insert(whom);
        }
    }

    /// Everybody to whom a relation of an object may lead, conditions and exclusions aside.
    fn walk(&mut self, object: &str, relation: &str) {
        let mut waiting = vec![(object.to_owned(), relation.to_owned())];
        while let Some(place) = waiting.pop() {
            let Some(definition) = self.model.find_relation(type_of(&place.0), &place.1) else { continue };
            if !self.met.insert(place.clone()) {
                continue;
            }
            // Whoever has it, as one: that is asked about too.
            self.add(Whom::One(format!("{}#{}", place.0, place.1)));
            let before = waiting.len();
            self.follow(&definition.rewrite, &place, &mut waiting);
            let next = waiting.get(before..).unwrap_or_default();
            self.links.extend(next.iter().map(|next| (place.clone(), next.clone())));
        }
    }

    fn follow(&mut self, rewrite: &Userset, (object, relation): &Place, waiting: &mut Vec<Place>) {
        match rewrite {
            Userset::This => {
                for user in self.users(object, relation) {
                    match user.split_once('#') {
                        Some((object, relation)) => waiting.push((object.to_owned(), relation.to_owned())),
                        None => self.named(&user),
                    }
                }
            }
            Userset::Computed(other) => waiting.push((object.clone(), other.clone())),
            Userset::TupleToUserset { tupleset, computed } => {
                let parents = self.users(object, tupleset).into_iter();
                waiting.extend(parents.map(|parent| (parent, computed.clone())));
            }
            Userset::Union(children) | Userset::Intersection(children) => {
                for child in children {
                    self.follow(child, &(object.clone(), relation.clone()), waiting);
                }
            }
            Userset::Difference { base, subtract } => {
                for side in [base, subtract] {
                    self.follow(side, &(object.clone(), relation.clone()), waiting);
                }
            }
        }
    }

    /// Whom tuples of a relation name, the changed ones included.
    fn users(&mut self, object: &str, relation: &str) -> Vec<String> {
        let filter = Filter {
            object_type: Some(type_of(object).to_owned()),
            object_id: object.split_once(':').map(|(_, id)| id.to_owned()),
            relation: Some(relation.to_owned()),
            user: None,
        };
        let stored = self.bound.read(self.change.graph(), &filter);
        let open = stored.iter().filter(|stored| !self.change.with.decides(&stored.tuple)).count();
        self.bound.undecided += open;
        let mut users: Vec<String> = stored.into_iter().map(|stored| stored.tuple.key.user).collect();
        let changed = self.change.tuples.iter().map(|tuple| &tuple.key);
        let of_it = changed.filter(|key| (key.object.as_str(), key.relation.as_str()) == (object, relation));
        users.extend(of_it.map(|key| key.user.clone()));
        users
    }

    /// The tuple may name a parent: whoever has what relations of its object take from there.
    fn parent(&mut self, key: &TupleKey) {
        let model = self.model;
        let relations =
            model.find_type(type_of(&key.object)).into_iter().flat_map(|one| one.relations.values());
        let mut taken = BTreeSet::new();
        relations.for_each(|one| gather(&one.rewrite, &key.relation, &mut taken));
        for relation in taken {
            self.walk(&key.user, relation);
        }
    }
}

/// Whether a way leads back to where it was: places from which all ways end are set aside until none is left, or a circle.
fn go_round(links: &[(Place, Place)]) -> bool {
    let mut ways: BTreeMap<&Place, usize> = BTreeMap::new();
    let mut before: BTreeMap<&Place, Vec<&Place>> = BTreeMap::new();
    for (from, to) in links {
        *ways.entry(from).or_default() += 1;
        ways.entry(to).or_default();
        before.entry(to).or_default().push(from);
    }
    let mut ended: Vec<&Place> =
        ways.iter().filter(|(_, many)| **many == 0).map(|(place, _)| *place).collect();
    let mut left = ways.len();
    while let Some(place) = ended.pop() {
        left -= 1;
        for from in before.get(place).into_iter().flatten() {
            if let Some(many) = ways.get_mut(from) {
                *many -= 1;
                ended.extend((*many == 0).then_some(*from));
            }
        }
    }
    left > 0
}

/// What a rewrite takes from the objects that a relation names.
fn gather<'a>(rewrite: &'a Userset, from: &str, taken: &mut BTreeSet<&'a str>) {
    match rewrite {
        Userset::TupleToUserset { tupleset, computed } if tupleset == from => drop(taken.insert(computed)),
        Userset::Union(children) | Userset::Intersection(children) => {
            children.iter().for_each(|child| gather(child, from, taken));
        }
        Userset::Difference { base, subtract } => {
            gather(base, from, taken);
            gather(subtract, from, taken);
        }
        Userset::This | Userset::Computed(_) | Userset::TupleToUserset { .. } => {}
    }
}
