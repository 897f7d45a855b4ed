//! What the closures of one commit want written, kept in memory until its end.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chancery_audit::{Hash, leaf_hash};
use chancery_kernel::{OrgId, Timestamp};

use crate::changes::{self, Span};
use crate::fault::DbFault;
use crate::head::{self, Head, Heads};
use crate::hint::Hint;
use crate::hot::Delta;
use crate::insert::Insert;
use crate::sql::{Sql, Value};
use crate::tables::relations;
use crate::tail::{Kept, Mention};
use crate::tx::Cursor;

/// A recorded entry.
pub(crate) struct Line {
    pub log: OrgId,
    pub no: i64,
    pub body: Vec<u8>,
    pub kept: Kept,
}

impl Line {
    pub(crate) fn new(log: OrgId, no: i64, body: Vec<u8>, mention: Mention) -> Self {
        let leaf: Hash = leaf_hash(&body);
        Self { log, no, body, kept: Kept { mention, leaf } }
    }
}

/// A queued reaction.
pub(crate) struct Post {
    pub org: OrgId,
    pub topic: &'static str,
    pub payload: String,
    pub at: Timestamp,
}

/// A write of tuples, as the log of its store has it.
pub(crate) struct Append {
    pub no: i64,
    pub version: u64,
    pub at: Timestamp,
    pub body: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Group {
    pub lines: Vec<Line>,
    pub appends: Vec<Append>,
    pub posts: Vec<Post>,
    pub deltas: Vec<(OrgId, Delta)>,
    /// Where the logs stand that these closures append to.
    pub cursors: BTreeMap<OrgId, Cursor>,
}

/// How much had been written before a closure.
#[derive(Clone, Copy)]
pub(crate) struct Measure {
    lines: usize,
    appends: usize,
    posts: usize,
    pub deltas: usize,
}

impl Group {
    pub(crate) fn measure(&self) -> Measure {
        Measure {
            lines: self.lines.len(),
            appends: self.appends.len(),
            posts: self.posts.len(),
            deltas: self.deltas.len(),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.posts.is_empty() && self.deltas.is_empty()
    }

    /// Forgets what a closure wrote that failed.
    pub(crate) fn cut(&mut self, to: Measure) {
        self.lines.truncate(to.lines);
        self.appends.truncate(to.appends);
        self.posts.truncate(to.posts);
        self.deltas.truncate(to.deltas);
    }

    /// Writes everything, and returns the heads as they stand after the commit. Where the database is shared with other
    /// nodes, they are told what changed.
    pub(crate) fn flush(
        &mut self,
        sql: &mut Sql<'_>,
        heads: &Heads,
        shared: bool,
    ) -> Result<Vec<(OrgId, Head)>, DbFault> {
        let moved = self.moved(heads);
        LINES.insert(sql, &mut self.lines, |Line { no, body, kept: Kept { mention, .. }, .. }, args| {
            args.push(head::key(*no, mention.seq).into());
            args.extend([mention.at.into(), mention.kind.into(), std::mem::take(body).into()]);
        })?;
        relations::append(sql, &mut self.appends)?;
        POSTS.insert(sql, &mut self.posts, |post, args| {
            args.extend([Value::id(post.org), post.topic.into(), std::mem::take(&mut post.payload).into()]);
            args.extend([post.at.into(), post.at.into(), 0i64.into()]);
        })?;
        for (log, before, after) in &moved {
            head::save(sql, after, before.size)?;
            let deltas: Vec<&Delta> =
                self.deltas.iter().filter(|(org, _)| org == log).map(|(_, d)| d).collect();
            if shared && !deltas.is_empty() {
                let span = Span { no: after.no, after: before.hot, upto: after.hot };
                changes::add(sql, span, after.at, &deltas)?;
            }
        }
        Ok(moved.into_iter().map(|(log, _, after)| (log, after)).collect())
    }

    /// What other nodes are told: where to look for these changes.
    pub(crate) fn hint(&self, from: u64) -> Hint {
        let changed = |log: &OrgId| self.deltas.iter().any(|(org, _)| org == log);
        let logs = self.cursors.iter().filter(|(log, _)| changed(log));
        Hint { from, logs: logs.map(|(log, cursor)| (*log, cursor.hot)).collect() }
    }

    /// The heads of the logs that grew, before and after.
    fn moved<'h>(&self, heads: &'h Heads) -> Vec<(OrgId, &'h Head, Head)> {
        let mut moved: BTreeMap<OrgId, (&Head, Head)> = BTreeMap::new();
        for (log, Cursor { size, at, hot }) in &self.cursors {
            if let Some(head) = heads.get(log).filter(|head| head.size != *size) {
                let after = Head { size: *size, at: *at, hot: *hot, ..head.clone() };
                moved.insert(*log, (head, after));
            }
        }
        for line in &self.lines {
            if let Some((_, head)) = moved.get_mut(&line.log) {
                head.frontier.append(line.kept.leaf);
            }
        }
        moved.into_iter().map(|(log, (before, after))| (log, before, after)).collect()
    }
}

static LINES: LazyLock<Insert> = LazyLock::new(|| Insert::new("audit_entries (key, at, kind, body)", 4, ""));
static POSTS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("outbox (org, topic, payload, at, due, tries)", 6, ""));

/// The statements of this file.
pub fn statements() -> Vec<&'static str> {
    [&LINES, &POSTS].into_iter().flat_map(|insert| insert.statements()).collect()
}
