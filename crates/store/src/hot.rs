//! Hot facts: everything a decision reads, in memory. The writer lane changes them right after the commit that
//! changed the database, before the caller gets its answer; decisions never touch the disk to read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chancery_kernel::{
    AgentId, AppId, AssignmentId, ClientId, FolderId, GroupId, OrgId, ScopeSet, Timestamp, UserId,
};
use chancery_model::{
    Agent, Application, Approval, Assignment, Client, Connection, Endpoint, Folder, Grant, Group, Mark,
    MarkKey, Membership, Organization, Principal, Reach, Store, User,
};

use crate::fault::DbFault;
use crate::keyed::{Grouped, Keyed};
use crate::mixer::ById;
use crate::relations::{Relations, Turn};
pub use crate::shelf::Shelf;
use crate::sql::Sql;
use crate::tables;

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
    /// A live one; `Remove` says that it ended.
    Approval(Arc<Approval>),
    Folder(Arc<Folder>),
    Reach(Arc<Reach>),
    Store(Arc<Store>),
    Endpoint(Arc<Endpoint>),
}

/// A change of hot facts, queued in a write and applied after its commit.
#[derive(Clone, Debug)]
pub enum Delta {
    Put(Record),
    Remove(Record),
    Join(Membership),
    Leave(Membership),
    Mark(Mark, MarkKey),
    /// A write of tuples. The next one finds it in the deltas of its commit.
    Turn(Arc<Turn>),
}

impl Delta {
    /// Whether something became of a store: of its tuples, its keys, or all of it.
    pub(crate) const fn turns(&self) -> bool {
        matches!(self, Self::Turn(_) | Self::Put(Record::Store(_)) | Self::Remove(Record::Store(_)))
    }

    /// Whether a decision reads it from the hot facts, so that the next write has to see it there. Approvals are read
    /// from the database wherever a write rests on them.
    pub(crate) const fn decides(&self) -> bool {
        !matches!(self, Self::Put(Record::Approval(_)) | Self::Remove(Record::Approval(_)) | Self::Turn(_))
    }
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
    pub folders: Shelf<Folder>,
    pub reaches: Shelf<Reach>,
    pub stores: Shelf<Store>,
    pub relations: Relations,
    pub endpoints: Shelf<Endpoint>,
    pub approvals: crate::asked::Asked,
    slugs: HashMap<String, OrgId>,
    resources: HashMap<(OrgId, String), AppId>,
    emails: HashMap<(OrgId, String), BTreeSet<UserId>>,
    groups_of: ById<UserId, BTreeSet<GroupId>>,
    members_of: ById<GroupId, BTreeSet<UserId>>,
    assigned: Keyed<Assignment, (Principal, AppId)>,
    connected: Keyed<Connection, (AgentId, AppId)>,
    principals: Grouped<Assignment, Principal, AssignmentId>,
    faces: Grouped<Client, AgentId, ClientId>,
    granted: ById<UserId, Vec<Arc<Grant>>>,
    /// People who named somebody for the time they are away, by whom they named.
    named: ById<UserId, BTreeSet<UserId>>,
    places: HashMap<(OrgId, String), FolderId>,
    reaching: HashMap<Principal, Vec<Arc<Reach>>>,
    marks: HashMap<MarkKey, HeldMark>,
    /// How many marks this node has applied for each organization: the sequence of the feed.
    mark_seq: ById<OrgId, u64>,
}

impl Default for Hot {
    fn default() -> Self {
        Self {
            organizations: Shelf::default(),
            users: Shelf::default(),
            groups: Shelf::default(),
            applications: Shelf::default(),
            agents: Shelf::default(),
            clients: Shelf::default(),
            assignments: Shelf::default(),
            connections: Shelf::default(),
            grants: Shelf::default(),
            folders: Shelf::default(),
            reaches: Shelf::default(),
            stores: Shelf::default(),
            relations: Relations::default(),
            endpoints: Shelf::default(),
            approvals: Default::default(),
            slugs: HashMap::new(),
            resources: HashMap::new(),
            emails: HashMap::new(),
            groups_of: ById::default(),
            members_of: ById::default(),
            assigned: Keyed::by(|a| (a.principal, a.application)),
            connected: Keyed::by(|c| (c.agent, c.application)),
            principals: Grouped::by(|a| Some(a.principal), |a| a.id),
            faces: Grouped::by(|c| c.agent, |c| c.id),
            granted: ById::default(),
            named: ById::default(),
            places: HashMap::new(),
            reaching: HashMap::new(),
            marks: HashMap::new(),
            mark_seq: ById::default(),
        }
    }
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
    /// Reads everything from the database, but for tuples that are known.
    pub fn load(sql: &mut Sql<'_>, known: &Relations) -> Result<Self, DbFault> {
        let mut hot = Self { relations: tables::relations::load(sql, known)?, ..Self::default() };
        tables::nouns::load_all(sql, &mut |record| hot.apply(Delta::Put(record)))?;
        tables::approvals::load_live(sql, &mut |record| hot.apply(Delta::Put(record)))?;
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
            Delta::Turn(turn) => self.relations.take(&turn),
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
                self.forget_name(r.id);
                if let Some(away) = &r.away {
                    self.named.entry(away.stand_in).or_default().insert(r.id);
                }
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
                if let Some(old) = self.clients.find_anywhere(r.id) {
                    self.faces.remove(old);
                }
                self.faces.put(r.clone());
                self.clients.put(r);
            }
            Record::Assignment(r) => {
                if let Some(old) = self.assignments.find_anywhere(r.id) {
                    self.principals.remove(old);
                }
                self.principals.put(r.clone());
                self.assigned.put(r.clone());
                self.assignments.put(r);
            }
            Record::Connection(r) => {
                self.connected.put(r.clone());
                self.connections.put(r);
            }
            Record::Grant(r) => {
                let list = self.granted.entry(r.user).or_default();
                list.retain(|g| g.id != r.id);
                list.push(r.clone());
                self.grants.put(r);
            }
            Record::Approval(r) => self.approvals.put(r),
            Record::Folder(r) => {
                // Its path is its name, and never changes.
                self.places.insert((r.org, Folder::path(&r.resource_group, &r.project)), r.id);
                self.folders.put(r);
            }
            Record::Reach(r) => {
                let list = self.reaching.entry(r.principal).or_default();
                list.retain(|held| held.id != r.id);
                list.push(r.clone());
                self.reaches.put(r);
            }
            Record::Store(r) => {
                self.relations.open(r.id);
                self.stores.put(r);
            }
            Record::Endpoint(r) => self.endpoints.put(r),
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
                self.forget_name(r.id);
                self.users.remove(&r);
            }
            Record::Group(r) => self.groups.remove(&r),
            Record::Application(r) => {
                self.resources.remove(&(r.org, r.resource.clone()));
                self.applications.remove(&r);
            }
            Record::Agent(r) => self.agents.remove(&r),
            Record::Client(r) => {
                self.faces.remove(&r);
                self.clients.remove(&r);
            }
            Record::Assignment(r) => {
                self.principals.remove(&r);
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
            Record::Approval(r) => self.approvals.remove(&r),
            Record::Folder(r) => {
                self.places.remove(&(r.org, Folder::path(&r.resource_group, &r.project)));
                self.folders.remove(&r);
            }
            Record::Reach(r) => {
                if let Some(list) = self.reaching.get_mut(&r.principal) {
                    list.retain(|held| held.id != r.id);
                }
                self.reaches.remove(&r);
            }
            Record::Store(r) => {
                self.relations.close(r.id);
                self.stores.remove(&r);
            }
            Record::Endpoint(r) => self.endpoints.remove(&r),
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

    fn forget_name(&mut self, user: UserId) {
        let away = self.users.find_anywhere(user).and_then(|old| old.away.as_ref());
        let Some(stand_in) = away.map(|away| away.stand_in) else { return };
        if let Some(named) = self.named.get_mut(&stand_in) {
            named.remove(&user);
        }
    }

    /// People who named this one for a time they are away, whenever that is.
    pub fn named_by(&self, stand_in: UserId) -> impl Iterator<Item = &Arc<User>> + Clone {
        self.named.get(&stand_in).into_iter().flatten().filter_map(|id| self.users.find_anywhere(*id))
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
        self.principals.of(principal).filter(move |a| a.org == org)
    }

    pub fn connection(&self, agent: AgentId, app: AppId) -> Option<&Arc<Connection>> {
        self.connected.get(&(agent, app))
    }

    /// The clients through which people and servers meet this agent.
    pub fn clients_of(&self, agent: AgentId) -> impl Iterator<Item = &Arc<Client>> {
        self.faces.of(agent)
    }

    pub fn grants_of(&self, user: UserId) -> &[Arc<Grant>] {
        self.granted.get(&user).map_or(&[], Vec::as_slice)
    }

    /// The folder of the vault at this path.
    pub fn folder_at(&self, org: OrgId, resource_group: &str, project: &str) -> Option<&Arc<Folder>> {
        let id = self.places.get(&(org, Folder::path(resource_group, project)))?;
        self.folders.find(org, *id)
    }

    /// What a principal may reach of the vault.
    pub fn reaches_of(&self, principal: Principal) -> &[Arc<Reach>] {
        self.reaching.get(&principal).map_or(&[], Vec::as_slice)
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
