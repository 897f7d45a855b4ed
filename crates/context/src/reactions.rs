//! State first, reactions later: carrying out what writes put into the outbox.
//!
//! A reaction is done at least once. While a node works at it, no other does: it holds it for [`LEASE`], and gives no
//! attempt longer than [`PATIENCE`]. A node that dies gives it back when that time is over. What fails is tried again,
//! after ever longer pauses, and given up with an event in the end.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::time::Duration;

use chancery_audit::{Event, Text};
use chancery_kernel::{Fault, OrgId, Outcome, Seconds, Timestamp};
use chancery_store::outbox::{self, Reaction, Share};
use chancery_store::{Db, Who};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// For so long one node holds a reaction.
pub const LEASE: Seconds = Seconds(60);
/// For so long one attempt may go on: well within the lease.
const PATIENCE: Duration = Duration::from_secs(30);
/// Attempts at a time, and those for one organization.
const AT_ONCE: usize = 64;
const OF_ONE_ORG: usize = 16;
/// How often to look for what has become due by itself, or was added by another node.
const LOOK: Duration = Duration::from_millis(500);
/// The pause after the first failure, and the longest one.
const FIRST_PAUSE: i64 = 2;
const LONGEST_PAUSE: i64 = 3_600;
/// Attempts before a reaction is given up: after the pauses between them, some twelve hours.
pub const MOST_TRIES: i64 = 22;

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reacted {
    /// It is done, or there is nothing to do any more.
    Done,
    /// It failed for now; why.
    Later(String),
    /// It will never succeed; why.
    Never(String),
}

pub type Reacting = Pin<Box<dyn Future<Output = Reacted> + Send>>;

/// Carries out the reactions of some topics.
pub trait React: Send + Sync {
    fn topics(&self) -> &'static [&'static str];
    fn react(&self, reaction: Reaction) -> Reacting;
}

/// Everybody who carries something out, and the outbox they work from.
pub struct Reactions {
    db: Db,
    by_topic: HashMap<&'static str, usize>,
    all: Vec<Box<dyn React>>,
}

impl Reactions {
    pub fn new(db: Db, all: Vec<Box<dyn React>>) -> Self {
        let topics = all.iter().enumerate().flat_map(|(i, one)| one.topics().iter().map(move |t| (*t, i)));
        Self { db, by_topic: topics.collect(), all }
    }

    /// Carries out whatever is due until told to stop; what is under way then is brought to its end.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop.fuse());
        let mut clock = interval(LOOK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut under_way = FuturesUnordered::new();
        let mut held: HashMap<OrgId, usize> = HashMap::new();
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(org) = under_way.next(), if !under_way.is_empty() => let_go(&mut held, org),
                () = self.db.posted() => {}
                _ = clock.tick() => {}
            }
            let room = AT_ONCE.saturating_sub(under_way.len());
            for reaction in self.claim(room, &held).await {
                *held.entry(reaction.org).or_default() += 1;
                under_way.push(self.carry(reaction));
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Carries out once what is due now; how many that were.
    pub async fn tick(&self) -> usize {
        let claimed = self.claim(AT_ONCE, &HashMap::new()).await;
        let done = claimed.into_iter().map(|reaction| self.carry(reaction)).collect::<FuturesUnordered<_>>();
        done.count().await
    }

    /// What is due now and fits into what is under way.
    async fn claim(&self, room: usize, held: &HashMap<OrgId, usize>) -> Vec<Reaction> {
        let now = self.db.env().now();
        let share = Share { most: room, of_one_org: OF_ONE_ORG };
        if room == 0 {
            return Vec::new();
        }
        let claimed = async {
            // Looked at by a reader first: nearly always there is nothing, and the writer is not disturbed.
            let mut due = self.db.read(move |sql| outbox::due(sql, now, share)).await?;
            let mut taken = held.clone();
            due.retain(|reaction| {
                let of_org = taken.entry(reaction.org).or_default();
                *of_org += 1;
                *of_org <= OF_ONE_ORG
            });
            if due.is_empty() {
                return Ok(due);
            }
            self.db.maintain(move |sql| outbox::claim(sql, due, now.plus(LEASE))).await
        };
        let claimed: Result<Vec<Reaction>, chancery_store::DbFault> = claimed.await;
        claimed.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "the outbox could not be read");
            Vec::new()
        })
    }

    /// One attempt, and the note of what came of it.
    async fn carry(&self, reaction: Reaction) -> OrgId {
        let org = reaction.org;
        let reacted = self.attempt(reaction.clone()).await;
        if let Err(fault) = self.note(reaction, reacted).await {
            // It is held until its lease is over, and done again then.
            tracing::warn!("what came of a reaction was not noted: {}", fault.log_line());
        }
        org
    }

    async fn attempt(&self, reaction: Reaction) -> Reacted {
        let found = self.by_topic.get(reaction.topic.as_str()).and_then(|i| self.all.get(*i));
        // A newer node wrote it, and will do it.
        let Some(one) = found else { return Reacted::Later("this program does not know the topic".into()) };
        let work = AssertUnwindSafe(one.react(reaction)).catch_unwind();
        match timeout(PATIENCE, work).await {
            Ok(Ok(reacted)) => reacted,
            Ok(Err(cause)) => Reacted::Later(format!("it panicked: {}", said(&*cause))),
            Err(_) => Reacted::Later("it took too long".into()),
        }
    }

    async fn note(&self, reaction: Reaction, reacted: Reacted) -> Outcome<()> {
        let tries = reaction.tries + 1;
        match reacted {
            Reacted::Done => Ok(self.db.maintain(move |sql| outbox::done(sql, reaction.id)).await?),
            Reacted::Later(why) if tries < MOST_TRIES => {
                tracing::debug!(topic = reaction.topic, tries, why, "a reaction failed and is tried again");
                let due = self.again(tries);
                Ok(self.db.maintain(move |sql| outbox::later(sql, &reaction, due, &why)).await?)
            }
            Reacted::Later(why) | Reacted::Never(why) => self.give_up(reaction, tries, why).await,
        }
    }

    /// The row goes in the write that says so.
    async fn give_up(&self, reaction: Reaction, attempts: i64, why: String) -> Outcome<()> {
        tracing::warn!(topic = reaction.topic, attempts, why, "a reaction was given up");
        let write = self.db.write(reaction.org, Who::SYSTEM, move |tx| {
            outbox::done(tx.sql(), reaction.id)?;
            let (topic, reason) = (Text::new(&reaction.topic), Text::new(&why));
            Ok::<_, Fault>(tx.record(Event::ReactionGivenUp { topic, attempts, reason }).with(()))
        });
        write.await
    }

    /// Twice as long each time, and somewhere in the second half of that: many that failed together do not come back
    /// together.
    fn again(&self, tries: i64) -> Timestamp {
        let env = self.db.env();
        let doublings = u32::try_from(tries - 1).unwrap_or(0).min(16);
        let pause = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE) * 1_000_000;
        let chance = i64::from(u32::from_be_bytes(env.bytes()));
        let pause = pause / 2 + (pause / 2) * chance / i64::from(u32::MAX);
        Timestamp::from_micros(env.now().micros().saturating_add(pause))
    }
}

fn let_go(held: &mut HashMap<OrgId, usize>, org: OrgId) {
    if let Some(of_org) = held.get_mut(&org) {
        *of_org -= 1;
        if *of_org == 0 {
            held.remove(&org);
        }
    }
}

fn said(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default()
}
