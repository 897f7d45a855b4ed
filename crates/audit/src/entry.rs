//! One line of the log: an envelope and an event, in one spelling (RFC 8785), so that its hash can be recomputed by
//! anyone from the line alone.
//!
//! `{"actor":…,"at":…,"data":{…},"evidence":{…},"id":…,"kind":…,"log":…,"request":…,"seq":…}`; `request` may be absent,
//! and `evidence` stands where an agent acted and `data` does not hold the seven facts itself. By the alphabet `seq`
//! comes last, which lets a verifier find it without reading the rest.

use std::fmt;
use std::str::FromStr;

use chancery_kernel::{AgentId, ClientId, EventId, OrgId, RequestId, Timestamp, UserId};

use crate::canon::Canon;
use crate::event::Event;
use crate::evidence::Evidence;
use crate::fields::sealed::Written;
use crate::fields::{Fact, Subject};
use crate::json::{Json, find};
use crate::kind::EventKind;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The server, of its own accord.
    System,
    /// Nobody that is known.
    Anonymous,
    User(UserId),
    Agent(AgentId),
    Client(ClientId),
}

impl Actor {
    pub fn subject(self) -> Option<Subject> {
        match self {
            Self::System | Self::Anonymous => None,
            Self::User(id) => Some(Subject::of(id)),
            Self::Agent(id) => Some(Subject::of(id)),
            Self::Client(id) => Some(Subject::of(id)),
        }
    }

    fn write(self, out: &mut Canon) {
        match self {
            Self::System => out.text("system"),
            Self::Anonymous => out.text("anonymous"),
            Self::User(id) => id.write(out),
            Self::Agent(id) => id.write(out),
            Self::Client(id) => id.write(out),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::User(id) => id.fmt(f),
            Self::Agent(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
        }
    }
}

impl FromStr for Actor {
    type Err = BadEntry;
    fn from_str(text: &str) -> Result<Self, BadEntry> {
        match text {
            "system" => Ok(Self::System),
            "anonymous" => Ok(Self::Anonymous),
            _ => (text.parse().map(Self::User))
                .or_else(|_| text.parse().map(Self::Agent))
                .or_else(|_| text.parse().map(Self::Client))
                .map_err(|_| BadEntry::Envelope("actor")),
        }
    }
}

/// What stands around every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Place in the log; the first is 1.
    pub seq: i64,
    pub id: EventId,
    pub at: Timestamp,
    /// The organization whose log this is.
    pub log: OrgId,
    pub actor: Actor,
    pub request: Option<RequestId>,
}

impl Envelope {
    fn write(&self, kind: &str, evidence: Option<&Evidence>, out: &mut Canon, data: impl FnOnce(&mut Canon)) {
        out.byte(b'{');
        out.name("actor");
        self.actor.write(out);
        out.name("at");
        self.at.write(out);
        out.name("data");
        data(out);
        if let Some(evidence) = evidence {
            out.name("evidence");
            evidence.write_members(out);
        }
        out.name("id");
        self.id.write(out);
        out.name("kind");
        out.text(kind);
        out.name("log");
        self.log.write(out);
        if let Some(request) = self.request {
            out.name("request");
            request.write(out);
        }
        out.name("seq");
        out.integer(self.seq);
        out.byte(b'}');
    }
}

/// A line of most kinds fits; one that does not grows.
const USUAL_LENGTH: usize = 1_024;

/// The line of an event: what is stored, hashed and exported.
pub fn encode(envelope: &Envelope, event: &Event) -> Vec<u8> {
    encode_acting(envelope, None, event)
}

/// The same, with the evidence of the agent that acted.
pub fn encode_acting(envelope: &Envelope, evidence: Option<&Evidence>, event: &Event) -> Vec<u8> {
    let mut out = Canon::with_capacity(USUAL_LENGTH);
    envelope.write(event.name(), evidence, &mut out, |out| event.write(out));
    out.finish()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    #[error(
        "the line is not JSON of the kind entries are written in: objects, strings, integers, no fractions"
    )]
    NotJson,
    #[error("the line is not canonical (RFC 8785): the same content has another spelling")]
    NotCanonical,
    #[error("the line lacks a well-formed `{0}`")]
    Envelope(&'static str),
}

/// A line read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub envelope: Envelope,
    /// Of the agent that acted, where the event has none of its own.
    acting: Option<Evidence>,
    kind: String,
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most entries hold an event; a box would be one allocation more for each"
)]
enum Body {
    Known(Event),
    /// Of a kind, or with fields, that this version does not know: kept as it stands.
    Opaque(Vec<(String, Json)>),
}

impl Entry {
    pub fn new(envelope: Envelope, event: Event) -> Self {
        Self { envelope, acting: None, kind: event.name().to_owned(), body: Body::Known(event) }
    }

    /// Reads a line, strictly: what is accepted is written back byte for byte by [`Self::encode`].
    pub fn decode(line: &[u8]) -> Result<Self, BadEntry> {
        let mut json: Json = serde_json::from_slice(line).map_err(|_| BadEntry::NotJson)?;
        let envelope = envelope(&json)?;
        let kind = json.member("kind").and_then(Json::text).ok_or(BadEntry::Envelope("kind"))?.to_owned();
        let data = json.take("data").ok_or(BadEntry::Envelope("data"))?;
        let Json::Object(data) = data else { return Err(BadEntry::Envelope("data")) };
        let acting =
            Option::<Evidence>::read(json.member("evidence")).ok_or(BadEntry::Envelope("evidence"))?;
        // An event counts as known only if writing it gives this very line: a newer version's fields, or a text this
        // version would withhold, are then kept instead of lost.
        let event = Event::read(&kind, &data)
            .filter(|event| encode_acting(&envelope, acting.as_ref(), event) == line);
        let body = event.map_or(Body::Opaque(data), Body::Known);
        let entry = Self { envelope, acting, kind, body };
        if entry.event().is_some() || entry.encode() == line {
            Ok(entry)
        } else {
            Err(BadEntry::NotCanonical)
        }
    }

    /// The line again.
    pub fn encode(&self) -> Vec<u8> {
        match &self.body {
            Body::Known(event) => encode_acting(&self.envelope, self.acting.as_ref(), event),
            Body::Opaque(data) => {
                let mut out = Canon::with_capacity(USUAL_LENGTH);
                self.envelope
                    .write(&self.kind, self.acting.as_ref(), &mut out, |out| Json::write_object(data, out));
                out.finish()
            }
        }
    }

    pub fn seq(&self) -> i64 {
        self.envelope.seq
    }

    pub fn at(&self) -> Timestamp {
        self.envelope.at
    }

    /// Who did it, as text.
    pub fn actor(&self) -> String {
        self.envelope.actor.to_string()
    }

    /// The wire name of the event, known or not.
    pub fn kind_name(&self) -> &str {
        &self.kind
    }

    pub fn kind(&self) -> Option<&'static EventKind> {
        EventKind::by_name(&self.kind)
    }

    /// The event, if this version knows it.
    pub fn event(&self) -> Option<&Event> {
        if let Body::Known(event) = &self.body { Some(event) } else { None }
    }

    /// The seven facts: the event's own, else those of the agent that acted.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.event().and_then(Event::evidence).or_else(|| self.acting())
    }

    /// Of the agent that acted, where the event has none of its own.
    pub fn acting(&self) -> Option<&Evidence> {
        self.acting.as_ref()
    }

    /// Names and values for people, without the evidence: in the catalogue's order, or the line's if the kind is
    /// unknown.
    pub fn fields(&self) -> Vec<(String, String)> {
        match &self.body {
            Body::Known(event) => {
                event.shown().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }
            Body::Opaque(data) => data.iter().map(|(name, value)| (name.clone(), value.show())).collect(),
        }
    }
}

fn envelope(json: &Json) -> Result<Envelope, BadEntry> {
    let members = json.object().ok_or(BadEntry::NotJson)?;
    let actor = find(members, "actor").and_then(Json::text).ok_or(BadEntry::Envelope("actor"))?;
    Ok(Envelope {
        seq: read::<i64>(members, "seq")
            .and_then(|seq| if seq < 1 { Err(BadEntry::Envelope("seq")) } else { Ok(seq) })?,
        id: read(members, "id")?,
        at: read(members, "at")?,
        log: read(members, "log")?,
        actor: actor.parse()?,
        request: read(members, "request")?,
    })
}

fn read<F: Fact>(members: &[(String, Json)], name: &'static str) -> Result<F, BadEntry> {
    F::read(find(members, name)).ok_or(BadEntry::Envelope(name))
}
