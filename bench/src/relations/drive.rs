//! A drive: people, agents and groups in groups, folders in folders with shares, documents; some of them public, some
//! closed to somebody, some open for a time. Grown from a seed, and small enough to know every answer by itself.

use super::random::{Random, Zipf};
use super::rows::Rows;

pub const MODEL: &str = include_str!("drive.json");
/// Seconds since the epoch: when every grant for a time began, and how long each holds.
pub const GRANTED: i64 = 1_767_225_600;
pub const HOLDS: i64 = 3_600;
const NESTING: u32 = 4;
const DEPTH: u32 = 8;
const BRANCHING: u32 = 8;
const NONE: u32 = u32::MAX;

/// How many there are of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    pub users: usize,
    pub agents: usize,
    pub groups: usize,
    pub folders: usize,
    pub documents: usize,
}

impl Sizes {
    /// For about so many tuples.
    pub fn of(tuples: usize) -> Self {
        let share = |per_million: usize| (tuples * per_million / 1_000_000).max(8);
        Self {
            users: share(50_000),
            agents: share(2_000),
            groups: share(5_000),
            folders: share(50_000),
            documents: share(500_000),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    User(u32),
    Agent(u32),
}

#[derive(Debug)]
pub struct Drive {
    pub sizes: Sizes,
    /// Members of groups: people, agents; and the group whose members those of a group are too.
    pub members: Rows,
    pub agents: Rows,
    pub above: Vec<u32>,
    pub folder_parent: Vec<u32>,
    pub folder_owner: Vec<u32>,
    pub folder_users: Rows,
    pub folder_groups: Rows,
    pub document_folder: Vec<u32>,
    pub document_users: Rows,
    pub document_groups: Rows,
    pub public: Vec<u32>,
    pub blocked: Rows,
    /// Who may read a document for a time.
    pub timed: Rows,
    /// Turned around, for the answers.
    pub(super) groups_of_user: Rows,
    pub(super) groups_of_agent: Rows,
    pub(super) documents_of_user: Rows,
    pub(super) documents_of_group: Rows,
    pub(super) folders_of_user: Rows,
    pub(super) folders_of_group: Rows,
    pub(super) documents_in: Rows,
    pub(super) folders_in: Rows,
}

impl Drive {
    pub fn grow(sizes: Sizes, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let random = &mut random;
        let Sizes { users, agents, groups, folders, documents } = sizes;
        let members = Rows::new(groups, memberships(sizes, random));
        let agent_members = Rows::new(groups, some(random, agents * 3, (groups, agents)));
        let above = tree(random, groups, 0.4, NESTING, NONE);
        let folder_parent = tree(random, folders, 0.02, DEPTH, BRANCHING);
        let folder_users = Rows::new(folders, some(random, folders * 6 / 10, (folders, users)));
        let folder_groups = Rows::new(folders, some(random, folders * 14 / 10, (folders, groups)));
        let document_folder: Vec<u32> = (0..documents).map(|_| below(random, folders)).collect();
        let document_users = Rows::new(documents, some(random, documents * 3 / 10, (documents, users)));
        let document_groups = Rows::new(documents, some(random, documents / 10, (documents, groups)));
        let mut public: Vec<u32> = (0..documents / 500).map(|_| below(random, documents)).collect();
        public.sort_unstable();
        public.dedup();
        Self {
            groups_of_user: members.turned(users),
            groups_of_agent: agent_members.turned(agents),
            documents_of_user: document_users.turned(users),
            documents_of_group: document_groups.turned(groups),
            folders_of_user: folder_users.turned(users),
            folders_of_group: folder_groups.turned(groups),
            documents_in: Rows::new(folders, pairs(&document_folder)),
            folders_in: Rows::new(folders, pairs(&folder_parent)),
            folder_owner: (0..folders).map(|_| below(random, users)).collect(),
            blocked: Rows::new(documents, some(random, documents / 500, (documents, users))),
            timed: Rows::new(documents, some(random, documents / 100, (documents, users))),
            agents: agent_members,
            sizes,
            members,
            above,
            folder_parent,
            folder_users,
            folder_groups,
            document_folder,
            document_users,
            document_groups,
            public,
        }
    }

    /// Every tuple: object, relation, user, and whether it holds for a time only. In the order in which a company would
    /// have come to them: people, then what they share.
    pub fn tuples(&self) -> impl Iterator<Item = Fact> + '_ {
        use Kind::{Agent, Document, Folder, Group, Members, User};
        let each = |rows: &'_ Rows| rows.pairs().collect::<Vec<_>>();
        let list = |of: &[u32]| pairs(of).into_iter().map(|(up, down)| (down, up)).collect::<Vec<_>>();
        let owners = self.folder_owner.iter().enumerate().map(|(n, user)| (n as u32, *user)).collect();
        let everybody = self.public.iter().map(|document| (*document, NONE)).collect();
        [
            (Group, "member", User, each(&self.members)),
            (Group, "member", Agent, each(&self.agents)),
            (Group, "member", Members, pairs(&self.above)),
            (Folder, "parent", Folder, list(&self.folder_parent)),
            (Folder, "owner", User, owners),
            (Folder, "viewer", User, each(&self.folder_users)),
            (Folder, "viewer", Members, each(&self.folder_groups)),
            (Document, "parent", Folder, list(&self.document_folder)),
            (Document, "viewer", User, each(&self.document_users)),
            (Document, "viewer", Members, each(&self.document_groups)),
            (Document, "viewer", User, everybody),
            (Document, "blocked", User, each(&self.blocked)),
            (Document, "can_read_now", User, each(&self.timed)),
        ]
        .into_iter()
        .flat_map(|(object, relation, user, pairs)| {
            pairs.into_iter().map(move |(from, to)| Fact {
                object: (object, from),
                relation,
                user: (user, to),
            })
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    User,
    Agent,
    Group,
    /// Whoever belongs to a group.
    Members,
    Folder,
    Document,
}

/// One tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub object: (Kind, u32),
    pub relation: &'static str,
    pub user: (Kind, u32),
}

impl Fact {
    pub fn timed(&self) -> bool {
        is_timed(self.relation)
    }
}

/// Whether tuples of the relation hold for a time only.
pub fn is_timed(relation: &str) -> bool {
    relation == "can_read_now"
}

/// An id as it goes over the wire.
pub fn name((kind, n): (Kind, u32)) -> String {
    match kind {
        Kind::User if n == NONE => "user:*".to_owned(),
        Kind::User => format!("user:u{n}"),
        Kind::Agent => format!("agent:a{n}"),
        Kind::Group => format!("group:g{n}"),
        Kind::Members => format!("group:g{n}#member"),
        Kind::Folder => format!("folder:f{n}"),
        Kind::Document => format!("document:d{n}"),
    }
}

impl Subject {
    pub fn name(self) -> String {
        match self {
            Self::User(n) => name((Kind::User, n)),
            Self::Agent(n) => name((Kind::Agent, n)),
        }
    }
}

fn below(random: &mut Random, bound: usize) -> u32 {
    random.below(bound) as u32
}

/// So many pairs, evenly spread.
fn some(random: &mut Random, many: usize, (rows, items): (usize, usize)) -> Vec<(u32, u32)> {
    (0..many).map(|_| (below(random, rows), below(random, items))).collect()
}

/// Groups of twenty on the average, the largest of them very large.
fn memberships(sizes: Sizes, random: &mut Random) -> Vec<(u32, u32)> {
    let zipf = Zipf::new(sizes.groups, 1.1);
    let all = sizes.groups as f64 * 20.0;
    let size = |group: usize| ((all * zipf.share(group)) as usize).clamp(1, sizes.users / 2);
    (0..sizes.groups)
        .flat_map(|group| (0..size(group)).map(move |_| group as u32))
        .map(|group| (group, below(random, sizes.users)))
        .collect()
}

/// Who stands above whom: some at the top, nobody deeper than `depth`, nobody with more than `branching` below.
fn tree(random: &mut Random, many: usize, at_the_top: f64, depth: u32, branching: u32) -> Vec<u32> {
    let (mut depths, mut below_it) = (vec![0_u32; many], vec![0_u32; many]);
    (0..many)
        .map(|n| {
            if n == 0 || random.chance(at_the_top) {
                return NONE;
            }
            for _ in 0..64 {
                let up = random.below(n);
                let (Some(deep), Some(children)) = (depths.get(up).copied(), below_it.get_mut(up)) else {
                    continue;
                };
                if deep + 1 < depth && *children < branching {
                    *children += 1;
                    if let Some(own) = depths.get_mut(n) {
                        *own = deep + 1;
                    }
                    return up as u32;
                }
            }
            NONE
        })
        .collect()
}

/// Pairs of what stands above and what below.
fn pairs(above: &[u32]) -> Vec<(u32, u32)> {
    let all = above.iter().enumerate().map(|(n, up)| (*up, n as u32));
    all.filter(|(up, _)| *up != NONE).collect()
}

/// What stands above, if anything does.
pub(super) fn up(above: &[u32], n: u32) -> Option<u32> {
    above.get(n as usize).copied().filter(|up| *up != NONE)
}
