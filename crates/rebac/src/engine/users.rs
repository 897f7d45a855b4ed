//! Who may reach an object.
//!
//! A set of users may hold "everybody of the type but these". Such sets are closed under union, intersection and difference,
//! so that `user:* but not blocked` is exact.

use super::bits::Bits;
use super::bound::{Action, Boolean, Bound, PlanId, What};
use super::names::STAR;
use super::overlay::Overlay;
use super::page::Members;
use super::question::Question;
use super::registry::{Kind, TypeId, WordId};
use super::seen::{Seen, pair, parts};
use super::session::{Manner, Session, Verdict};
use super::subjects::User;
use crate::fault::Unanswered;
use crate::judge::UserFilter;

/// Users, and whether they are all there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedUsers {
    /// `type:id`, `type:*` or `type:id#relation`, sorted.
    pub users: Vec<String>,
    /// False where there are more than were wanted, or the time was over before all were found.
    pub complete: bool,
}

#[derive(Clone, Default)]
struct Set {
    /// Those a tuple names; never among `blocked`.
    named: Bits,
    everybody: bool,
    /// Taken out of everybody.
    blocked: Bits,
    /// A way led back to itself.
    undecided: bool,
}

/// Which users are asked for.
#[derive(Clone, Copy)]
struct Wanted {
    sort: TypeId,
    relation: Option<WordId>,
}

impl Question<'_> {
    /// At most so many users to whom tuples lead from the object. `type:*` stands for itself, also where some users are taken
    /// out of it again.
    pub fn list_users(
        &self,
        object: &str,
        relation: &str,
        filter: &UserFilter,
        most: usize,
    ) -> Result<ListedUsers, Unanswered> {
        let inner = &*self.graph.inner;
        self.model.within(&inner.registry, |bound| {
            let mut overlay = Overlay::new(inner, self.contextual);
            let (plan, number) = self.object(bound, &mut overlay, object, relation)?;
            let sort = bound.types.get(filter.type_name.as_str());
            let sort = sort.ok_or_else(|| Unanswered::TypeNotFound(filter.type_name.clone()))?;
            let relation = match &filter.relation {
                Some(name) => {
                    let (_, plan) = self.relation(bound, &filter.type_name, name)?;
                    bound.plan(plan).and_then(|plan| plan.includes.first().copied())
                }
                None => None,
            };
            let wanted = Wanted { sort: sort.sort, relation };
            let kind = relation.map_or(Kind::Object, Kind::Userset);
            let nobody = User { sort: sort.sort, id: u32::MAX, kind, bit: u128::MAX };
            let mut search =
                Search { session: Session::new(self, bound, &overlay, nobody), wanted, loose: false };
            let found = match bound.plan(plan) {
                Some(one) if one.knotted => self.one_by_one(&mut search, bound, plan, number),
                _ => search.union(plan, number, Manner { steps: 0, careful: false }),
            };
            match found.and_then(|found| search.named(filter, &found, most)) {
                Ok(listed) => Ok(listed),
                Err(Unanswered::Deadline) => Ok(ListedUsers::default()),
                // Whatever was in the way: none of them can be there.
                Err(_) if !search.session.leads(plan) => {
                    Ok(ListedUsers { complete: true, ..ListedUsers::default() })
                }
                Err(fault) => Err(fault),
            }
        })
    }

    /// Where `and` and `but not` go round in a circle: everybody a tuple names on any way, each by a check.
    fn one_by_one(
        &self,
        search: &mut Search<'_>,
        bound: &Bound,
        plan: PlanId,
        object: u32,
    ) -> Result<Set, Unanswered> {
        search.loose = true;
        let candidates = search.union(plan, object, Manner { steps: 0, careful: false })?;
        let Wanted { sort, relation } = search.wanted;
        let overlay = search.session.overlay;
        let allowed = |id: u32, kind: Kind| {
            let user = User { sort, id, kind, bit: u128::MAX };
            Session::new(self, bound, overlay, user).check(plan, object)
        };
        let mut found = Set::default();
        for user in candidates.named.iter() {
            if allowed(user, relation.map_or(Kind::Object, Kind::Userset))? {
                found.name(user);
            }
        }
        found.everybody = candidates.everybody && allowed(STAR, Kind::Wildcard)?;
        Ok(found)
    }
}

struct Search<'a> {
    session: Session<'a>,
    wanted: Wanted,
    /// Every side of `and` and `but not` counts as if it allowed.
    loose: bool,
}

impl<'a> Search<'a> {
    /// The first of them in the order of their names, of which there may be many more than are wanted.
    fn named(&mut self, filter: &UserFilter, found: &Set, most: usize) -> Result<ListedUsers, Unanswered> {
        let type_name = &filter.type_name;
        let relation = filter.relation.as_ref().map(|relation| format!("#{relation}")).unwrap_or_default();
        let mut users = Vec::new();
        for number in found.named.iter() {
            if self.session.is_over() {
                return Err(Unanswered::Deadline);
            }
            let name = self.session.overlay.name(self.session.inner, self.wanted.sort, number);
            users.extend(name.map(|name| [type_name, ":", name, &relation].concat()));
        }
        users.extend(found.everybody.then(|| format!("{type_name}:*")));
        let complete = users.len() <= most;
        if !complete {
            users.select_nth_unstable(most);
            users.truncate(most);
        }
        users.sort_unstable();
        Ok(ListedUsers { users, complete })
    }

    /// Everybody whom unions and tuples lead to.
    fn union(&mut self, plan: PlanId, object: u32, manner: Manner) -> Result<Set, Unanswered> {
        let mut seen = Seen::new(self.session.bound.key);
        seen.insert(pair(plan, object));
        let (mut next, mut level_end, mut manner) = (0, 1, manner);
        let mut found = Set::default();
        while let Some(place) = seen.list().get(next).copied() {
            if next == level_end {
                manner.steps += 1;
                level_end = seen.list().len();
            }
            next += 1;
            if self.session.is_over() {
                return Err(Unanswered::Deadline);
            }
            found = self.visit(place, manner, &mut seen, found)?;
        }
        Ok(found)
    }

    fn visit(
        &mut self,
        place: u64,
        manner: Manner,
        seen: &mut Seen,
        mut found: Set,
    ) -> Result<Set, Unanswered> {
        let (id, object) = parts(place);
        let Some(plan) = self.session.bound.plan(id) else { return Ok(found) };
        if plan.sort == self.wanted.sort
            && self.wanted.relation.is_some_and(|one| plan.includes.contains(&one))
        {
            found.name(object);
        }
        let (inner, overlay) = (self.session.inner, self.session.overlay);
        for action in &plan.actions {
            let stored = inner.forward(plan.sort, object).members(action.class);
            let brought = overlay.forward(plan.sort, object).find(|entry| entry.class == action.class);
            for (members, stored) in [(stored, true), (brought.map(|entry| entry.members), false)] {
                if let Some(members) = members {
                    self.follow(action, object, members, stored, seen, &mut found)?;
                }
            }
        }
        for boolean in &plan.booleans {
            found = found.or(self.boolean(boolean, object, manner)?);
        }
        Ok(found)
    }

    fn follow(
        &mut self,
        action: &Action,
        object: u32,
        members: Members<'_>,
        stored: bool,
        seen: &mut Seen,
        found: &mut Set,
    ) -> Result<(), Unanswered> {
        let asked = self.wanted.relation.is_none() && action.subject == self.wanted.sort;
        for (subject, context) in members.each() {
            if self.session.is_over() {
                return Err(Unanswered::Deadline);
            }
            match self.session.holds(action, object, subject, context, stored) {
                Verdict::Yes => {}
                Verdict::No | Verdict::Cycle => continue,
                Verdict::Unknown => {
                    self.session.blame(action, object, subject, context);
                    return Err(self.session.take_fault());
                }
            }
            match action.what {
                What::Object if asked => found.name(subject),
                What::Wildcard if asked => found.open(),
                What::Object | What::Wildcard => {}
                What::Userset { plan, .. } | What::Parent { plan } => {
                    seen.insert(pair(plan, subject));
                }
            }
        }
        Ok(())
    }

    fn boolean(&mut self, boolean: &'a Boolean, object: u32, manner: Manner) -> Result<Set, Unanswered> {
        if self.loose {
            return self.any_side(boolean, object, manner);
        }
        match boolean {
            Boolean::All(operands) => {
                let mut all: Option<Set> = None;
                for operand in operands {
                    let one = self.operand(*operand, object, manner)?;
                    all = Some(match all {
                        Some(all) => all.and(&one),
                        None => one,
                    });
                }
                Ok(all.unwrap_or_default())
            }
            Boolean::Except { base, subtract } => {
                let base = self.operand(*base, object, manner)?;
                Ok(base.but_not(&self.operand(*subtract, object, Manner { careful: true, ..manner })?))
            }
        }
    }

    fn any_side(&mut self, boolean: &'a Boolean, object: u32, manner: Manner) -> Result<Set, Unanswered> {
        let sides = match boolean {
            Boolean::All(operands) => operands.clone(),
            Boolean::Except { base, subtract } => vec![*base, *subtract],
        };
        let mut any = Set::default();
        for side in sides {
            any = any.or(self.operand(side, object, manner)?);
        }
        Ok(any)
    }

    fn operand(&mut self, plan: PlanId, object: u32, manner: Manner) -> Result<Set, Unanswered> {
        let place = pair(plan, object);
        if self.session.path.contains(&place) {
            return Ok(Set { undecided: self.session.leads(plan), ..Set::default() });
        }
        if self.session.is_too_deep(manner) {
            return Err(Unanswered::TooComplex);
        }
        self.session.path.push(place);
        let found = self.union(plan, object, manner);
        let circular = self.session.bound.plan(plan).is_some_and(|plan| plan.circular);
        let mut found = found?;
        if !self.loose && manner.careful && circular && self.session.certain(place) != Verdict::No {
            found.undecided = true;
        }
        self.session.path.pop();
        Ok(found)
    }
}

impl Set {
    fn name(&mut self, user: u32) {
        self.named.insert(user);
        self.blocked.remove(user);
    }

    fn open(&mut self) {
        self.everybody = true;
    }

    fn has(&self, user: u32) -> bool {
        self.named.contains(user) || (self.everybody && !self.blocked.contains(user))
    }

    fn or(self, other: Self) -> Self {
        if other.named.is_empty() && !other.everybody {
            return Self { undecided: self.undecided || other.undecided, ..self };
        }
        self.combined(&other, |here, there| here || there)
    }

    fn and(&self, other: &Self) -> Self {
        self.combined(other, |here, there| here && there)
    }

    fn but_not(&self, other: &Self) -> Self {
        if other.undecided {
            return Self { undecided: true, ..Self::default() };
        }
        self.combined(other, |here, there| here && !there)
    }

    /// Everybody that either side speaks of is decided one by one; all the others are decided as the wildcard is.
    fn combined(&self, other: &Self, rule: impl Fn(bool, bool) -> bool) -> Self {
        let mut combined = Self {
            everybody: rule(self.everybody, other.everybody),
            undecided: self.undecided || other.undecided,
            ..Self::default()
        };
        for user in
            [&self.named, &self.blocked, &other.named, &other.blocked].into_iter().flat_map(Bits::iter)
        {
            let is_named = self.named.contains(user) || other.named.contains(user) || !combined.everybody;
            match rule(self.has(user), other.has(user)) {
                true if is_named => combined.named.insert(user),
                false if combined.everybody => combined.blocked.insert(user),
                _ => false,
            };
        }
        combined
    }
}
