//! The signed feed of revocation marks that guards follow.
//!
//! One task per node turns every commit that sets marks into one signed frame per organization; all subscribers of
//! the organization share its bytes. A subscriber first gets a snapshot, then every frame after it, and a heartbeat
//! each second. Nobody misses a mark: a subscriber joins the channel before its snapshot is read, and hot facts hold
//! a commit's marks before its news goes out. A mark may thus be told twice, which changes nothing, but never not.

mod channel;
mod frame;
mod right;
mod tally;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chancery_context::{Act, Caller, Cx, Platform};
use chancery_kernel::{Fault, Kind, OrgId, Outcome};
use chancery_store::Commit;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;

use channel::Channel;
use frame::{FrameKind, Said};
use tally::Tally;

/// A frame, ready for the wire: `event:` and `data:` lines of server-sent events.
pub type Frame = Arc<str>;

/// A guard whose bound is five seconds hears five of these before it gives up on us.
const BEAT: Duration = Duration::from_secs(1);

/// The feeds of this node. Clones share everything.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

/// What this node has seen since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Commits, one for each log in it.
    pub commits: u64,
    pub entries: u64,
    pub marks: u64,
    pub subscribers: usize,
}

struct Inner {
    platform: Platform,
    channels: Mutex<Channels>,
    tally: Mutex<Tally>,
    /// Taken by the task. Listening begins here, not when the task is first polled: what is committed between is not
    /// lost.
    news: Mutex<Option<broadcast::Receiver<Commit>>>,
}

#[derive(Default)]
struct Channels {
    open: HashMap<OrgId, Channel>,
    closed: bool,
}

impl Feed {
    pub fn new(platform: Platform) -> Self {
        let news = Mutex::new(Some(platform.db.subscribe()));
        Self(Arc::new(Inner { platform, channels: Mutex::default(), tally: Mutex::default(), news }))
    }

    /// Speaks to all subscribers, for as long as the future is polled.
    pub async fn run(&self) {
        let kept = self.0.news.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut news = kept.unwrap_or_else(|| self.0.platform.db.subscribe());
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                commit = news.recv() => match commit {
                    Ok(commit) => {
                        self.tell(&commit);
                        self.tally().count(&commit);
                    }
                    // Marks may be among what was missed: everybody reconnects and gets a snapshot.
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "the feed of marks fell behind; its subscribers reconnect");
                        self.channels().open.clear();
                    }
                    Err(RecvError::Closed) => return self.close(),
                },
                _ = beat.tick() => self.beat(),
            }
        }
    }

    /// Ends every subscription and takes no more: for shutting down.
    pub fn close(&self) {
        *self.channels() = Channels { open: HashMap::new(), closed: true };
    }

    /// Follows the marks of the caller's organization.
    pub async fn subscribe(&self, cx: &Cx) -> Outcome<Subscription> {
        let _may = cx.allowed(Act::MarkRead, cx.org).await?;
        self.0.platform.current()?;
        let (frames, seq) = {
            let mut channels = self.channels();
            if channels.closed {
                return Err(Fault::new(Kind::Unavailable, "shutting_down", "this server is shutting down"));
            }
            let start = || Channel::new(self.0.platform.db.hot().mark_seq(cx.org));
            channels.open.entry(cx.org).or_insert_with(start).join()
        };
        // Read after joining: what the channel has told already stands in the hot facts by now.
        let snapshot = self.snapshot(cx.org, seq)?;
        Ok(Subscription {
            platform: self.0.platform.clone(),
            org: cx.org,
            caller: cx.caller.clone(),
            first: Some(snapshot),
            frames,
        })
    }

    /// Numbers for operators.
    pub fn figures(&self) -> Figures {
        let subscribers = self.channels().open.values().map(Channel::subscribers).sum();
        Figures { subscribers, ..self.tally().figures }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn channels(&self) -> MutexGuard<'_, Channels> {
        self.0.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The snapshot for those who join at this point of the sequence: signed once a second, however many reconnect.
    fn snapshot(&self, org: OrgId, seq: u64) -> Outcome<Frame> {
        let now = self.0.platform.db.env().now();
        let known = |channel: &Channel| channel.snapshot(seq, now);
        if let Some(ready) = self.channels().open.get(&org).and_then(known) {
            return Ok(ready);
        }
        let marks = self.0.platform.db.hot().marks_of(org, now).1;
        let marks = marks.into_iter().map(|(key, held)| Said::new(key.to_string(), held.pos, held.until));
        let frame = self.sign(FrameKind::Snapshot, org, seq, None, marks.collect())?;
        if let Some(channel) = self.channels().open.get_mut(&org) {
            channel.keep_snapshot(seq, now, frame.clone());
        }
        Ok(frame)
    }

    /// One commit's marks, to all who follow its organization.
    fn tell(&self, commit: &Commit) {
        if commit.marks.is_empty() {
            return;
        }
        let mut channels = self.channels();
        let Some(channel) = channels.open.get_mut(&commit.org) else { return };
        let prev = channel.seq();
        let seq = prev + commit.marks.len() as u64;
        let marks =
            commit.marks.iter().map(|mark| Said::new(mark.key.clone(), mark.pos, mark.until)).collect();
        match self.sign(FrameKind::Marks, commit.org, seq, Some(prev), marks) {
            Ok(frame) => channel.send(seq, frame),
            // Silence would look like peace. Without the channel guards reconnect, and fail closed if that fails too.
            Err(fault) => {
                tracing::error!("marks cannot be signed: {}", fault.log_line());
                channels.open.remove(&commit.org);
            }
        }
    }

    /// A sign of life to everybody; channels without subscribers are forgotten. It says that no other mark is known,
    /// so a node that cannot know of the others' marks ends its channels instead: guards go to another node, or refuse
    /// agents until this one is back.
    fn beat(&self) {
        if !self.0.platform.db.is_current() {
            if !self.channels().open.is_empty() {
                tracing::warn!(
                    "cut off from the database: the feed of marks ends until other nodes' marks are known"
                );
                self.channels().open.clear();
            }
            return;
        }
        self.channels().open.retain(|org, channel| {
            if channel.subscribers() == 0 {
                return false;
            }
            let seq = channel.seq();
            match self.sign(FrameKind::Beat, *org, seq, Some(seq), Vec::new()) {
                Ok(frame) => channel.send(seq, frame),
                Err(fault) => {
                    tracing::error!("a heartbeat cannot be signed: {}", fault.log_line());
                    return false;
                }
            }
            true
        });
    }

    fn sign(
        &self,
        kind: FrameKind,
        org: OrgId,
        seq: u64,
        prev: Option<u64>,
        marks: Vec<Said>,
    ) -> Outcome<Frame> {
        let Platform { db, vault, settings, .. } = &self.0.platform;
        let claims = frame::Claims::new(kind, &settings.issuer, org, db.env().now(), seq, prev, marks);
        frame::sign(&vault.ring(), kind, claims)
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}

/// One guard's connection.
pub struct Subscription {
    platform: Platform,
    org: OrgId,
    caller: Caller,
    first: Option<Frame>,
    frames: broadcast::Receiver<Frame>,
}

impl Subscription {
    /// The next frame. `None` ends the connection: the guard fell behind, lost its right, or the server shuts down or
    /// is cut off; a guard that may come back gets a fresh snapshot.
    pub async fn next(&mut self) -> Option<Frame> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let frame = self.frames.recv().await.ok()?;
        self.may_stay().then_some(frame)
    }

    fn may_stay(&self) -> bool {
        let Platform { db, .. } = &self.platform;
        right::stands(&db.hot(), self.org, &self.caller, db.env().now())
    }
}
