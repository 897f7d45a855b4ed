//! The "drive" data: users, agents, nested groups, forests of folders, documents. Seeded; the same counts at every size.

use std::collections::BTreeMap;

use chancery_rebac::engine::Change;
use chancery_rebac::model::{
    AuthorizationModel, Condition, ParameterType, ReferenceKind, Relation, Schema, TypeDefinition,
    TypeReference, Userset,
};
use chancery_rebac::tuple::{Tuple, TupleCondition, TupleKey};

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(n.max(1))) >> 64) as u64
    }

    pub fn chance(&mut self, share: f64) -> bool {
        (self.roll() >> 11) as f64 / ((1u64 << 53) as f64) < share
    }

    /// A rank below `n`; small ones more often, as 1/rank^1.1.
    pub fn zipf(&mut self, n: u64) -> u64 {
        let u = (self.roll() >> 11) as f64 / ((1u64 << 53) as f64);
        let s = -0.1f64;
        let top = (n as f64).powf(s);
        (((u * (top - 1.0) + 1.0).powf(1.0 / s)) as u64).clamp(1, n) - 1
    }
}

#[derive(Clone, Copy)]
pub struct Sizes {
    pub users: u64,
    pub agents: u64,
    pub groups: u64,
    pub folders: u64,
    pub documents: u64,
}

impl Sizes {
    /// For about so many tuples.
    pub fn of(tuples: u64) -> Self {
        let scaled = |at_a_million: u64| (at_a_million * tuples / 1_000_000).max(8);
        Self {
            users: scaled(50_000),
            agents: scaled(2_000),
            groups: scaled(5_000),
            folders: scaled(50_000),
            documents: scaled(500_000),
        }
    }
}

/// Hands out the tuples in lots, so that nobody needs to hold them all.
pub fn tuples(sizes: Sizes, seed: u64, lot: usize, mut take: impl FnMut(&[Change])) {
    let mut dice = Dice(seed);
    let mut out = Vec::with_capacity(lot + 8);
    let mut give =
        |object: String, relation: &str, user: String, condition: Option<TupleCondition>, flush: bool| {
            if !object.is_empty() {
                let key = TupleKey { object, relation: relation.to_owned(), user };
                out.push(Change::Write(Tuple { key, condition }, 1_700_000_000_000_000));
            }
            if out.len() >= lot || flush {
                take(&out);
                out.clear();
            }
        };
    let person = |dice: &mut Dice| format!("user:u{}", dice.below(sizes.users));
    let group = |dice: &mut Dice| format!("group:g{}#member", dice.zipf(sizes.groups));
    for _ in 0..sizes.groups * 20 {
        let member = if dice.chance(0.04) {
            format!("agent:a{}", dice.below(sizes.agents))
        } else {
            person(&mut dice)
        };
        give(format!("group:g{}", dice.zipf(sizes.groups)), "member", member, None, false);
    }
    for one in 0..sizes.groups {
        // Four layers by number: a group's parent is of the layer above.
        if one % 4 != 0 && dice.chance(0.6) {
            let parent = (dice.below(sizes.groups) / 4 * 4 + one % 4 - 1).min(sizes.groups - 1);
            give(format!("group:g{parent}"), "member", format!("group:g{one}#member"), None, false);
        }
    }
    for one in 0..sizes.folders {
        let folder = || format!("folder:f{one}");
        if let Some(parent) = parent_folder(one) {
            give(folder(), "parent", format!("folder:f{parent}"), None, false);
        }
        give(folder(), "owner", person(&mut dice), None, false);
        for _ in 0..2 {
            let who = if dice.chance(0.7) { group(&mut dice) } else { person(&mut dice) };
            give(folder(), "viewer", who, None, false);
        }
    }
    for one in 0..sizes.documents {
        let document = || format!("document:d{one}");
        give(document(), "parent", format!("folder:f{}", dice.below(sizes.folders)), None, false);
        if dice.chance(0.3) {
            give(document(), "viewer", person(&mut dice), None, false);
        }
        if dice.chance(0.1) {
            give(document(), "viewer", group(&mut dice), None, false);
        }
        if dice.chance(0.002) {
            give(document(), "viewer", "user:*".to_owned(), None, false);
        }
        if dice.chance(0.002) {
            give(document(), "blocked", person(&mut dice), None, false);
        }
        if dice.chance(0.01) {
            let expires =
                serde_json::json!({ "expires_at": format!("2027-01-01T00:{:02}:00Z", dice.below(60)) });
            let context = expires.as_object().cloned().unwrap_or_default();
            let condition = Some(TupleCondition { name: "non_expired".to_owned(), context });
            give(document(), "can_read_now", person(&mut dice), condition, false);
        }
    }
    give(String::new(), "", String::new(), None, true);
}

/// Forests of 8 children each: trees of 1 + 8 + 64 + 512 + 4096 folders.
pub fn parent_folder(one: u64) -> Option<u64> {
    let (tree, within) = (one / 4681, one % 4681);
    (within > 0).then(|| tree * 4681 + (within - 1) / 8)
}

pub fn model() -> AuthorizationModel {
    let viewer = || {
        relation(
            Userset::Union(vec![Userset::This, computed("owner"), from("parent", "viewer")]),
            &["user", "agent", "user:*", "group#member"],
        )
    };
    let direct = |who: &[&str]| relation(Userset::This, who);
    let except =
        Userset::Difference { base: Box::new(computed("viewer")), subtract: Box::new(computed("blocked")) };
    let mut now = relation(Userset::Union(vec![Userset::This, computed("can_read")]), &["user"]);
    now.assignable.iter_mut().for_each(|one| one.condition = Some("non_expired".to_owned()));
    let types = vec![
        one("user", vec![]),
        one("agent", vec![]),
        one("group", vec![("member", direct(&["user", "agent", "group#member"]))]),
        one(
            "folder",
            vec![("parent", direct(&["folder"])), ("owner", direct(&["user"])), ("viewer", viewer())],
        ),
        one(
            "document",
            vec![
                ("parent", direct(&["folder"])),
                ("owner", direct(&["user"])),
                ("viewer", viewer()),
                ("blocked", direct(&["user", "agent"])),
                ("can_read", relation(except, &[])),
                ("can_read_now", now),
            ],
        ),
    ];
    let parameters = ["current_time", "expires_at"].map(|name| (name.to_owned(), ParameterType::Timestamp));
    let condition = Condition {
        name: "non_expired".to_owned(),
        expression: "current_time < expires_at".to_owned(),
        parameters: parameters.into_iter().collect(),
        source: None,
    };
    let conditions = BTreeMap::from([("non_expired".to_owned(), condition)]);
    AuthorizationModel { schema: Schema::V1_1, types, conditions }
}

fn one(name: &str, relations: Vec<(&str, Relation)>) -> TypeDefinition {
    let relations = relations.into_iter().map(|(name, one)| (name.to_owned(), one)).collect();
    TypeDefinition { name: name.to_owned(), relations, source: None }
}

fn relation(rewrite: Userset, assignable: &[&str]) -> Relation {
    let reference = |text: &&str| {
        let (type_name, kind) = match (text.split_once('#'), text.strip_suffix(":*")) {
            (Some((type_name, relation)), _) => (type_name, ReferenceKind::Userset(relation.to_owned())),
            (None, Some(type_name)) => (type_name, ReferenceKind::Wildcard),
            (None, None) => (*text, ReferenceKind::Object),
        };
        TypeReference { type_name: type_name.to_owned(), kind, condition: None }
    };
    Relation { rewrite, assignable: assignable.iter().map(reference).collect(), source: None }
}

fn computed(name: &str) -> Userset {
    Userset::Computed(name.to_owned())
}

fn from(tupleset: &str, computed: &str) -> Userset {
    Userset::TupleToUserset { tupleset: tupleset.to_owned(), computed: computed.to_owned() }
}
