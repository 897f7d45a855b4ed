//! A small world for tests: ids that count, a pen that signs, events with everything in them.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chancery_kernel::*;

use crate::checkpoint::{NoteSigner, SignFault, VerifierKey};
use crate::evidence::{AgentFacts, Decision, Evidence, Person, Target, Task, Verdict};
use crate::fields::Text;
use crate::json::Json;
use crate::kind::{EventKind, Shape};
use crate::{Actor, Envelope, Event};

pub(crate) const NOON: i64 = 1_790_000_000_000_000;

/// The n-th id of its kind.
pub(crate) fn id<I: Id + std::str::FromStr<Err = BadId>>(n: u32) -> I {
    format!("{}_{n:026}", I::PREFIX).parse().unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text)
}

pub(crate) fn envelope(seq: i64) -> Envelope {
    Envelope {
        seq,
        id: id(seq as u32),
        at: Timestamp::from_micros(NOON + seq * 1_000),
        log: id(1),
        actor: Actor::Client(id(2)),
        request: Some(id(seq as u32)),
    }
}

pub(crate) fn evidence() -> Evidence {
    Evidence {
        user: Person::Acting { user: id(3), login: text("alice@corp.example"), asked_by: None },
        agent: AgentFacts { agent: id(4), name: text("sales-assistant"), client: id(2), chain: vec![] },
        target: Target { organization: id(1), application: Some(id(5)), name: text("crm") },
        resource: text("https://crm.example/api"),
        task: Task { run: Some(id(6)), scopes: ScopeSet::parse("contacts.read").unwrap() },
        decision: Decision { verdict: Verdict::Allow, by: text("connection con_1, tier auto") },
        outcome: text("issued"),
    }
}

pub(crate) fn decided() -> Event {
    Event::TokenDecided {
        jti: Some(text("0191d5c0e4b07d3c9f1a2b3c4d5e6f70")),
        source_jti: Some(text("0191d5c0e4b07d3c9f1a2b3c4d5e6f71")),
        evidence: evidence(),
        grant_type: text("urn:ietf:params:oauth:grant-type:token-exchange"),
        audience: text("https://crm.example/api"),
        profile: text("rfc8693"),
        expires: Some(Timestamp::from_micros(NOON + 300_000_000)),
        reasons: vec![text("user and agent may both use contacts.read")],
        mend: None,
        rests_on: None,
    }
}

/// The line of a kind with every field filled, or only the mandatory ones.
pub(crate) fn line_of(kind: &EventKind, optional: bool) -> Vec<u8> {
    let mut data: Vec<_> = kind.fields.iter().filter(|field| optional || !field.shape.optional).collect();
    data.sort_by_key(|field| field.name);
    let data = data.into_iter().map(|field| (field.name.to_owned(), value_of(field.shape))).collect();
    let members = [
        ("actor", Json::Text("system".into())),
        ("at", Json::Integer(NOON)),
        ("data", Json::Object(data)),
        ("id", Json::Text(id::<EventId>(1).to_string())),
        ("kind", Json::Text(kind.name.into())),
        ("log", Json::Text(id::<OrgId>(1).to_string())),
        ("seq", Json::Integer(1)),
    ];
    Json::Object(members.map(|(name, value)| (name.to_owned(), value)).to_vec()).show().into_bytes()
}

fn value_of(shape: Shape) -> Json {
    let one = match shape.name {
        "Text" => Json::Text("a \"quoted\" text\n".into()),
        "ScopeSet" => Json::Text("a b".into()),
        "Digest" => Json::Text(crate::note::base64(&[9; 32])),
        "Timestamp" | "i64" => Json::Integer(-5),
        "bool" => Json::Bool(true),
        "Party" => Json::Text(id::<GroupId>(7).to_string()),
        "Evidence" => {
            let mut out = crate::canon::Canon::with_capacity(0);
            evidence().write_members(&mut out);
            serde_json::from_slice(&out.finish()).unwrap()
        }
        id => Json::Text(format!("{}_{:026}", prefix_of(id), 8)),
    };
    if shape.many { Json::List(vec![one.clone(), one]) } else { one }
}

fn prefix_of(id: &str) -> &'static str {
    match id {
        "AgentId" => "agt",
        "ApprovalId" => "apr",
        "AssignmentId" => "asg",
        "EventId" => "evt",
        "GrantId" => "grt",
        "GroupId" => "grp",
        "LeaseId" => "lse",
        "ReachId" => "rch",
        "RequestId" => "rqt",
        "UserId" => "usr",
        _ => PREFIXES
            .iter()
            .find(|prefix| id.to_lowercase().starts_with(**prefix))
            .expect("a sample of every fact"),
    }
}

/// Signs with a key made of one repeated byte.
pub(crate) struct Pen(&'static str, Ed25519KeyPair);

impl Pen {
    pub(crate) fn new(name: &'static str, seed: u8) -> Self {
        Self(name, Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    pub(crate) fn key(&self) -> VerifierKey {
        VerifierKey::of(self).unwrap()
    }
}

impl NoteSigner for Pen {
    fn name(&self) -> &str {
        self.0
    }
    fn public_key(&self) -> [u8; 32] {
        self.1.public_key().as_ref().try_into().unwrap()
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        Ok(self.1.sign(message).as_ref().to_vec())
    }
}
