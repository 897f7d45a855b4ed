//! Every implementor of [`Fact`], in one list.

use chancery_kernel::*;

use crate::canon::Canon;
use crate::evidence::Evidence;
use crate::fields::sealed::Written;
use crate::fields::{Digest, Fact, Party, Subject, Text};
use crate::json::Json;
use crate::kind::Shape;

/// Names of the facts that are neither options nor lists. A test compares them with what the sources implement.
pub const FACTS: &[&str] = &[
    "AgentId",
    "AppId",
    "ApprovalId",
    "AssignmentId",
    "ClientId",
    "ConnectionId",
    "EndpointId",
    "EventId",
    "FactorId",
    "FamilyId",
    "FolderId",
    "GrantId",
    "GroupId",
    "IncidentId",
    "KeyId",
    "LeaseId",
    "ModelId",
    "OrgId",
    "ReachId",
    "RequestId",
    "RunId",
    "SecretId",
    "SessionId",
    "StoreId",
    "UserId",
    "ScopeSet",
    "Text",
    "Digest",
    "Timestamp",
    "Party",
    "i64",
    "bool",
    "Evidence",
];

macro_rules! id_facts {
    ($($id:ident)*) => { $(
        impl Written for $id {
            fn write(&self, out: &mut Canon) {
                out.id(Self::PREFIX, self.uuid());
            }
            fn show(&self) -> String {
                self.to_string()
            }
            fn subjects(&self, found: &mut Vec<Subject>) {
                found.push(Subject::of(*self));
            }
        }
        impl Fact for $id {
            const SHAPE: Shape = Shape::one(stringify!($id));
            fn read(json: Option<&Json>) -> Option<Self> {
                json?.text()?.parse().ok()
            }
        }
    )* };
}

id_facts! {
    AgentId AppId ApprovalId AssignmentId ClientId ConnectionId EndpointId EventId FactorId FamilyId FolderId GrantId GroupId
    IncidentId KeyId LeaseId ModelId OrgId ReachId RequestId RunId SecretId SessionId StoreId UserId
}

/// A client may ask for any scope, so also for one that is a credential; such a set is written with digests instead.
fn withheld(set: &ScopeSet) -> Option<ScopeSet> {
    let suspect = |scope: &Scope| Text::holds_credential(scope.as_str());
    set.iter().any(suspect).then(|| {
        let shown = |scope: &Scope| {
            if suspect(scope) {
                Scope::new(&Text::withheld(scope.as_str(), ':')).ok()
            } else {
                Some(scope.clone())
            }
        };
        set.iter().filter_map(shown).collect()
    })
}

macro_rules! facts {
    ($($fact:ident { write: |$w:ident, $out:ident| $write:expr, read: |$json:ident| $read:expr, show: |$s:ident| $show:expr $(,)? })*) => { $(
        impl Written for $fact {
            fn write(&self, $out: &mut Canon) {
                let $w = self;
                $write
            }
            fn show(&self) -> String {
                let $s = self;
                $show
            }
        }
        impl Fact for $fact {
            const SHAPE: Shape = Shape::one(stringify!($fact));
            fn read(json: Option<&Json>) -> Option<Self> {
                let $json = json?;
                $read
            }
        }
    )* };
}

facts! {
    ScopeSet {
        write: |set, out| match withheld(set) {
            Some(set) => out.scopes(&set),
            None => out.scopes(set),
        },
        read: |json| ScopeSet::parse(json.text()?).ok(),
        show: |set| set.to_string(),
    }
    Text {
        write: |text, out| out.text(text.as_str()),
        read: |json| json.text().map(Text::new),
        show: |text| text.to_string(),
    }
    Digest {
        write: |digest, out| out.base64(&digest.0),
        read: |json| crate::note::unbase64(json.text()?)?.try_into().ok().map(Digest),
        show: |digest| digest.to_string(),
    }
    // Microseconds as an integer: one spelling per point in time, and no calendar on the hot path.
    Timestamp {
        write: |at, out| out.integer(at.micros()),
        read: |json| json.integer().map(Timestamp::from_micros),
        show: |at| at.to_string(),
    }
    i64 {
        write: |value, out| out.integer(*value),
        read: |json| json.integer(),
        show: |value| value.to_string(),
    }
    bool {
        write: |value, out| out.boolean(*value),
        read: |json| if let Json::Bool(value) = json { Some(*value) } else { None },
        show: |value| if *value { "yes" } else { "no" }.to_owned(),
    }
}

impl Written for Party {
    fn write(&self, out: &mut Canon) {
        let subject = self.subject();
        out.id(subject.prefix, Uuid::from_bytes(subject.uuid));
    }
    fn show(&self) -> String {
        self.subject().to_string()
    }
    fn subjects(&self, found: &mut Vec<Subject>) {
        found.push(self.subject());
    }
}

impl Fact for Party {
    const SHAPE: Shape = Shape::one("Party");
    fn read(json: Option<&Json>) -> Option<Self> {
        let text = json?.text()?;
        (text.parse().map(Self::User))
            .or_else(|_| text.parse().map(Self::Group))
            .or_else(|_| text.parse().map(Self::Agent))
            .or_else(|_| text.parse().map(Self::Client))
            .ok()
    }
}

impl Written for Evidence {
    fn write(&self, out: &mut Canon) {
        self.write_members(out);
    }
    fn show(&self) -> String {
        self.lines().join("; ")
    }
    fn subjects(&self, found: &mut Vec<Subject>) {
        self.named(found);
    }
    fn evidence(&self) -> Option<&Evidence> {
        Some(self)
    }
}

impl Fact for Evidence {
    const SHAPE: Shape = Shape::one("Evidence");
    fn read(json: Option<&Json>) -> Option<Self> {
        Self::from_members(json?)
    }
}

impl<F: Fact> Written for Option<F> {
    fn write(&self, out: &mut Canon) {
        match self {
            Some(fact) => fact.write(out),
            None => out.word("null"),
        }
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), Written::show)
    }
    fn present(&self) -> bool {
        self.is_some()
    }
    fn subjects(&self, found: &mut Vec<Subject>) {
        if let Some(fact) = self {
            fact.subjects(found);
        }
    }
    fn evidence(&self) -> Option<&Evidence> {
        self.as_ref().and_then(Written::evidence)
    }
}

impl<F: Fact> Fact for Option<F> {
    const SHAPE: Shape = Shape { optional: true, ..F::SHAPE };
    fn read(json: Option<&Json>) -> Option<Self> {
        if json.is_none() { Some(None) } else { F::read(json).map(Some) }
    }
}

impl<F: Fact> Written for Vec<F> {
    fn write(&self, out: &mut Canon) {
        out.byte(b'[');
        for fact in self {
            out.separate();
            fact.write(out);
        }
        out.byte(b']');
    }
    fn show(&self) -> String {
        self.iter().map(Written::show).collect::<Vec<_>>().join(", ")
    }
    fn subjects(&self, found: &mut Vec<Subject>) {
        self.iter().for_each(|fact| fact.subjects(found));
    }
}

impl<F: Fact> Fact for Vec<F> {
    const SHAPE: Shape = Shape { many: true, ..F::SHAPE };
    fn read(json: Option<&Json>) -> Option<Self> {
        json?.list()?.iter().map(|item| F::read(Some(item))).collect()
    }
}
