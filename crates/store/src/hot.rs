//! Hot facts: everything a decision reads, in memory. The writer lane changes them right after the commit that
//! changed the database, before the caller gets its answer; decisions never touch the disk to read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chancery_kernel::{
    AgentId, AppId, ClientId, Cursor, GroupId, OrgId, Page, PageRequest, ScopeSet, Timestamp, UserId,
};
use chancery_model::{
    Agent, Application, Assignment, Client, Connection, Grant, Group, Mark, MarkKey, Membership, Noun,
    Organization, Principal, User,
};

use crate::fault::DbFault;
use crate::sql::Sql;
use crate::tables;

/// All records of one noun, by id and, for lists, in order within their organization.
pub struct Shelf<N: Noun> {
    by_id: HashMap<N::Id, Arc<N>>,
    order: BTreeSet<(OrgId, N::Id)>,
}

impl<N: Noun> Default for Shelf<N> {
    fn default() -> Self {
        Self { by_id: HashMap::new(), order: BTreeSet::new() }
    }
}

impl<N: Noun> Shelf<N> {
    /// The record, if it belongs to this organization: unknown and foreign look the same.
    pub fn find(&self, org: OrgId, id: N::Id) -> Option<&Arc<N>> {
        self.by_id.get(&id).filter(|n| n.org() == org)
    }

    /// The record whatever its organization: for ids that a credential proved, such as an authenticated client's.
    pub fn find_anywhere(&self, id: N::Id) -> Option<&Arc<N>> {
        self.by_id.get(&id)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// All records of one organization, oldest first.
    pub fn of(&self, org: OrgId) -> impl Iterator<Item = &Arc<N>> {
        self.after(org, None)
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<N>> {
        self.by_id.values()
    }

    fn after(&self, org: OrgId, after: Option<N::Id>) -> impl Iterator<Item = &Arc<N>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let first = <N::Id as chancery_kernel::Id>::from_uuid(Default::default());
        let from = Excluded((org, after.unwrap_or(first)));
        self.order
            .range((from, Unbounded))
            .take_while(move |(o, _)| *o == org)
            .filter_map(|(_, id)| self.by_id.get(id))
    }

    /// One page of an organization's records that pass the filter.
    pub fn page(&self, org: OrgId, request: &PageRequest, keep: impl Fn(&N) -> bool) -> Option<Page<Arc<N>>>
    where
        N::Id: std::str::FromStr,
    {
        let after = match &request.after {
            Some(cursor) => Some(cursor.0.parse::<N::Id>().ok()?),
            None => None,
        };
        let mut items: Vec<Arc<N>> =
            self.after(org, after).filter(|n| keep(n)).take(request.limit + 1).cloned().collect();
        let more = items.len() > request.limit;
        items.truncate(request.limit);
        let next = items.last().filter(|_| more).map(|n| Cursor(n.id().to_string()));
        Some(Page { items, next })
    }

    fn put(&mut self, record: Arc<N>) {
        self.order.insert((record.org(), record.id()));
        self.by_id.insert(record.id(), record);
    }

    fn remove(&mut self, record: &N) {
        self.order.remove(&(record.org(), record.id()));
        self.by_id.remove(&record.id());
    }
}

/// One record of any noun, as deltas carry it.
#[derive(Clone, Debug)]
pub enum Record {
    Organization(Arc<Organization>),
    User(Arc<User>),
    Group(Arc<Group>),
    Application(Arc<Application>),
    Agent(Arc<Agent>),
    Client(Arc<Client>),
    Assignment(Arc<Assignment>),
    Connection(Arc<Connection>),
    Grant(Arc<Grant>),
}

/// A change of hot facts, queued in a write and applied after its commit.
#[derive(Clone, Debug)]
pub enum Delta {
    Put(Record),
    Remove(Record),
    Join(Membership),
    Leave(Membership),
    Mark(Mark, MarkKey),
}

/// A mark as decisions read it.
#[derive(Clone, Copy, Debug)]
pub struct HeldMark {
    pub org: OrgId,
    pub pos: i64,
    pub at: Timestamp,
    pub until: Timestamp,
}

/// The facts themselves.
#[derive(Default)]
pub struct Hot {
    pub organizations: Shelf<Organization>,
    pub users: Shelf<User>,
    pub groups: Shelf<Group>,
    pub applications: Shelf<Application>,
    pub agents: Shelf<Agent>,
    pub clients: Shelf<Client>,
    pub assignments: Shelf<Assignment>,
    pub connections: Shelf<Connection>,
    pub grants: Shelf<Grant>,
    slugs: HashMap<String, OrgId>,
    resources: HashMap<(OrgId, String), AppId>,
    emails: HashMap<(OrgId, String), BTreeSet<UserId>>,
    groups_of: HashMap<UserId, BTreeSet<GroupId>>,
    members_of: HashMap<GroupId, BTreeSet<UserId>>,
    assigned: HashMap<(Principal, AppId), Arc<Assignment>>,
    connected: HashMap<(AgentId, AppId), Arc<Connection>>,
    faces: HashMap<AgentId, BTreeSet<ClientId>>,
    granted: HashMap<UserId, Vec<Arc<Grant>>>,
    marks: HashMap<MarkKey, HeldMark>,
    /// How many marks this node has applied for each organization: the sequence of the feed.
    mark_seq: HashMap<OrgId, u64>,
}

/// Whether somebody is assigned, and to which scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assigned {
    No,
    /// To all scopes of the application.
    Fully,
    To(ScopeSet),
}

impl Hot {
    /// Reads everything from the database.
    pub fn load(sql: &mut Sql<'_>) -> Result<Self, DbFault> {
        let mut hot = Self::default();
        tables::nouns::load_all(sql, &mut |record| hot.apply(Delta::Put(record)))?;
        for membership in tables::memberships::all(sql)? {
            hot.apply(Delta::Join(membership));
        }
        for mark in tables::marks::all(sql)? {
            if let Ok(key) = mark.key.parse() {
                hot.apply(Delta::Mark(mark, key));
            }
        }
        Ok(hot)
    }

    /// Applies one change. The writer lane calls it after the commit, in commit order.
    pub fn apply(&mut self, delta: Delta) {
        match delta {
            Delta::Put(record) => self.put(record),
            Delta::Remove(record) => self.remove(record),
            Delta::Join(m) => {
                self.groups_of.entry(m.user).or_default().insert(m.group);
                self.members_of.entry(m.group).or_default().insert(m.user);
            }
            Delta::Leave(m) => {
                if let Some(groups) = self.groups_of.get_mut(&m.user) {
                    groups.remove(&m.group);
                }
                if let Some(members) = self.members_of.get_mut(&m.group) {
                    members.remove(&m.user);
                }
            }
            Delta::Mark(mark, key) => {
                *self.mark_seq.entry(mark.org).or_default() += 1;
                self.marks.retain(|_, held| held.until > mark.at);
                self.marks
                    .insert(key, HeldMark { org: mark.org, pos: mark.pos, at: mark.at, until: mark.until });
            }
        }
    }

    fn put(&mut self, record: Record) {
        match record {
            Record::Organization(r) => {
                self.slugs.insert(r.slug.clone(), r.id);
                self.organizations.put(r);
            }
            Record::User(r) => {
                self.forget_email(r.id);
                self.emails.entry((r.org, r.email.clone())).or_default().insert(r.id);
                self.users.put(r);
            }
            Record::Group(r) => self.groups.put(r),
            Record::Application(r) => {
                if let Some(old) = self.applications.find_anywhere(r.id) {
                    self.resources.remove(&(old.org, old.resource.clone()));
                }
                self.resources.insert((r.org, r.resource.clone()), r.id);
                self.applications.put(r);
            }
            Record::Agent(r) => self.agents.put(r),
            Record::Client(r) => {
                if let Some(agent) = self.clients.find_anywhere(r.id).and_then(|old| old.agent) {
                    self.faces.entry(agent).or_default().remove(&r.id);
                }
                if let Some(agent) = r.agent {
                    self.faces.entry(agent).or_default().insert(r.id);
                }
                self.clients.put(r);
            }
            Record::Assignment(r) => {
                self.assigned.insert((r.principal, r.application), r.clone());
                self.assignments.put(r);
            }
            Record::Connection(r) => {
                self.connected.insert((r.agent, r.application), r.clone());
                self.connections.put(r);
            }
            Record::Grant(r) => {
                let list = self.granted.entry(r.user).or_default();
                list.retain(|g| g.id != r.id);
                list.push(r.clone());
                self.grants.put(r);
            }
        }
    }

    fn remove(&mut self, record: Record) {
        match record {
            Record::Organization(r) => {
                self.slugs.remove(&r.slug);
                self.organizations.remove(&r);
            }
            Record::User(r) => {
                self.forget_email(r.id);
                self.users.remove(&r);
            }
            Record::Group(r) => self.groups.remove(&r),
            Record::Application(r) => {
                self.resources.remove(&(r.org, r.resource.clone()));
                self.applications.remove(&r);
            }
            Record::Agent(r) => self.agents.remove(&r),
            Record::Client(r) => {
                if let Some(faces) = r.agent.and_then(|agent| self.faces.get_mut(&agent)) {
                    faces.remove(&r.id);
                }
                self.clients.remove(&r);
            }
            Record::Assignment(r) => {
                self.assigned.remove(&(r.principal, r.application));
                self.assignments.remove(&r);
            }
            Record::Connection(r) => {
                self.connected.remove(&(r.agent, r.application));
                self.connections.remove(&r);
            }
            Record::Grant(r) => {
                if let Some(list) = self.granted.get_mut(&r.user) {
                    list.retain(|g| g.id != r.id);
                }
                self.grants.remove(&r);
            }
        }
    }

    fn forget_email(&mut self, user: UserId) {
        let Some(old) = self.users.find_anywhere(user) else { return };
        let key = (old.org, old.email.clone());
        if let Some(held) = self.emails.get_mut(&key) {
            held.remove(&user);
            if held.is_empty() {
                self.emails.remove(&key);
            }
        }
    }

    /// Whose address this is. One person's, but for records from before addresses had to be unique.
    pub fn by_email(&self, org: OrgId, email: &str) -> impl Iterator<Item = UserId> {
        self.emails.get(&(org, email.to_owned())).into_iter().flatten().copied()
    }

    pub fn org_by_slug(&self, slug: &str) -> Option<OrgId> {
        self.slugs.get(slug).copied()
    }

    /// The application whose resource URI is exactly this text (RFC 8707 §2).
    pub fn application_by_resource(&self, org: OrgId, resource: &str) -> Option<&Arc<Application>> {
        // Two look-ups of a borrowed pair would need an owned key; resources are short and few.
        let id = self.resources.get(&(org, resource.to_owned()))?;
        self.applications.find(org, *id)
    }

    pub fn groups_of(&self, user: UserId) -> impl Iterator<Item = GroupId> {
        self.groups_of.get(&user).into_iter().flatten().copied()
    }

    pub fn members_of(&self, group: GroupId) -> impl Iterator<Item = UserId> {
        self.members_of.get(&group).into_iter().flatten().copied()
    }

    pub fn is_member(&self, group: GroupId, user: UserId) -> bool {
        self.members_of.get(&group).is_some_and(|m| m.contains(&user))
    }

    pub fn assignment(&self, principal: Principal, app: AppId) -> Option<&Arc<Assignment>> {
        self.assigned.get(&(principal, app))
    }

    /// A person's assignment to an application: directly, or through any of their groups; scopes add up.
    pub fn assigned_user(&self, user: UserId, app: AppId) -> Assigned {
        let direct = self.assignment(Principal::User(user), app);
        let through = self.groups_of(user).filter_map(|g| self.assignment(Principal::Group(g), app));
        let mut sum = Assigned::No;
        for assignment in direct.into_iter().chain(through) {
            sum = match (sum, &assignment.scopes) {
                (Assigned::Fully, _) | (_, None) => Assigned::Fully,
                (Assigned::No, Some(scopes)) => Assigned::To(scopes.clone()),
                (Assigned::To(have), Some(scopes)) => Assigned::To(have.union(scopes)),
            };
        }
        sum
    }

    /// Everybody assigned to an application.
    pub fn assignments_to(&self, org: OrgId, app: AppId) -> impl Iterator<Item = &Arc<Assignment>> {
        self.assignments.of(org).filter(move |a| a.application == app)
    }

    /// Every assignment of one principal.
    pub fn assignments_of(&self, org: OrgId, principal: Principal) -> impl Iterator<Item = &Arc<Assignment>> {
        self.assignments.of(org).filter(move |a| a.principal == principal)
    }

    pub fn connection(&self, agent: AgentId, app: AppId) -> Option<&Arc<Connection>> {
        self.connected.get(&(agent, app))
    }

    /// The clients through which people and servers meet this agent.
    pub fn clients_of(&self, agent: AgentId) -> impl Iterator<Item = &Arc<Client>> {
        self.faces.get(&agent).into_iter().flatten().filter_map(|id| self.clients.find_anywhere(*id))
    }

    pub fn grants_of(&self, user: UserId) -> &[Arc<Grant>] {
        self.granted.get(&user).map_or(&[], Vec::as_slice)
    }

    /// The first mark that kills a token of this position with these keys.
    pub fn killed_by(&self, keys: &[MarkKey], pos: i64) -> Option<(&MarkKey, HeldMark)> {
        if self.marks.is_empty() {
            return None;
        }
        keys.iter().find_map(|key| {
            self.marks.get_key_value(key).filter(|(_, held)| held.pos > pos).map(|(k, held)| (k, *held))
        })
    }

    /// All marks of one organization that still matter, and the sequence they stand at.
    pub fn marks_of(&self, org: OrgId, now: Timestamp) -> (u64, Vec<(MarkKey, HeldMark)>) {
        let marks = self.marks.iter().filter(|(_, m)| m.org == org && m.until > now);
        (self.mark_seq(org), marks.map(|(k, m)| (k.clone(), *m)).collect())
    }

    pub fn mark_seq(&self, org: OrgId) -> u64 {
        self.mark_seq.get(&org).copied().unwrap_or(0)
    }
}
