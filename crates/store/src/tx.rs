//! What a write closure works with: the transaction, the hot facts, and the pen for the log.

use std::marker::PhantomData;
use std::sync::Arc;

use chancery_audit::{Actor, Envelope, Event, Evidence, encode_acting};
use chancery_kernel::id::timed_uuid;
use chancery_kernel::{Env, EventId, Id, OrgId, RequestId, Seconds, Timestamp};

use crate::group::{Group, Line, Post};
use crate::hot::{Delta, Hot};
use crate::sql::Sql;
use crate::tail::Mention;

/// Who writes, and in answer to which request.
#[derive(Clone, Copy, Debug)]
pub struct Who {
    pub actor: Actor,
    pub request: Option<RequestId>,
}

impl Who {
    /// The server, of its own accord.
    pub const SYSTEM: Self = Self { actor: Actor::System, request: None };
}

/// Who writes, and the seven facts of an agent's call where one does: they stand beside every event that has none of
/// its own.
#[derive(Clone, Debug)]
pub struct Author {
    pub who: Who,
    pub evidence: Option<Arc<Evidence>>,
}

impl From<Who> for Author {
    fn from(who: Who) -> Self {
        Self { who, evidence: None }
    }
}

/// Where the closure's log stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    pub size: i64,
    pub at: Timestamp,
    /// Position of the last entry whose write changed hot facts.
    pub hot: i64,
}

/// A clock that was set back by no more than this stands still until it has caught up; one set back further is
/// believed, since it was wrong before. Entries stay in the order of time in either case.
const PATIENCE: Seconds = Seconds(10);

/// An open write.
pub struct Tx<'a> {
    pub(crate) sql: Sql<'a>,
    pub(crate) hot: &'a Hot,
    pub(crate) env: &'a Env,
    pub(crate) group: &'a mut Group,
    pub(crate) log: OrgId,
    pub(crate) no: i64,
    pub(crate) author: Author,
    pub(crate) now: Timestamp,
    pub(crate) cursor: Cursor,
}

impl<'a> Tx<'a> {
    pub(crate) fn stamp(clock: Timestamp, last: Timestamp) -> Timestamp {
        if clock < last && last <= clock.plus(PATIENCE) { last } else { clock }
    }

    /// The time of this write.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A fresh id.
    pub fn id<I: Id>(&self) -> I {
        self.env.id()
    }

    pub const fn env(&self) -> &Env {
        self.env
    }

    /// The organization whose log this write appends to.
    pub const fn org(&self) -> OrgId {
        self.log
    }

    pub const fn actor(&self) -> Actor {
        self.author.who.actor
    }

    pub const fn request(&self) -> Option<RequestId> {
        self.author.who.request
    }

    /// The transaction. A closure in which a statement failed cannot succeed, whatever it returns: PostgreSQL goes on
    /// only from the savepoint. Where a row may exist already, write `on conflict do nothing` and look at the count.
    pub const fn sql(&mut self) -> &mut Sql<'a> {
        &mut self.sql
    }

    /// The hot facts as the database has them at the start of this closure.
    pub const fn hot(&self) -> &Hot {
        self.hot
    }

    /// Appends an event to the log of [`Self::org`].
    pub fn record(&mut self, event: Event) -> Recorded {
        let at = self.now.max(self.cursor.at);
        let seq = self.cursor.size + 1;
        let id = EventId::from_uuid(timed_uuid(at, self.env.bytes()));
        let Who { actor, request } = self.author.who;
        let envelope = Envelope { seq, id, at, log: self.log, actor, request };
        let acting = self.author.evidence.as_deref().filter(|_| event.evidence().is_none());
        let body = encode_acting(&envelope, acting, &event);
        let mention = Mention::of(&envelope, acting, &event);
        self.group.lines.push(Line::new(self.log, self.no, body, mention));
        self.cursor = Cursor { size: seq, at, ..self.cursor };
        Recorded { pos: seq, id, here: PhantomData }
    }

    /// Queues a change of the hot facts, made right after the commit and before the caller is answered.
    pub fn change(&mut self, delta: Delta) {
        self.group.deltas.push((self.log, delta));
    }

    /// Queues a reaction: done after the commit, repeated until done.
    pub fn outbox(&mut self, topic: &'static str, payload: serde_json::Value) {
        self.group.posts.push(Post { org: self.log, topic, payload: payload.to_string(), at: self.now });
    }
}

/// Proof that an event was recorded, and where. Bound to the lane's thread, so that no other write can use it.
#[must_use = "an event was recorded: hand on what the write produced with it"]
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    pub pos: i64,
    pub id: EventId,
    here: PhantomData<*const ()>,
}

impl Recorded {
    pub fn with<T>(self, value: T) -> Audited<T> {
        Audited { value }
    }
}

/// What a write produced, together with the certainty that it was recorded.
#[derive(Debug)]
pub struct Audited<T> {
    value: T,
}

impl<T> Audited<T> {
    /// The same record of another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Audited<U> {
        Audited { value: f(self.value) }
    }

    pub(crate) fn into_value(self) -> T {
        self.value
    }
}
