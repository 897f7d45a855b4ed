//! Follows the other nodes of one PostgreSQL database, on a connection of its own, so that no commit of this node stands
//! before it: told by notification, and looking at all logs every second in case one was lost (ADR 0047).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use chancery_kernel::{Env, OrgId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::changes;
use crate::current::DUE;
use crate::driver::Link;
use crate::driver::postgres::{Conn, Server};
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::head::{self, Horizon, Moved};
use crate::hint::Hint;
use crate::known::Reading;
use crate::sql::Sql;

/// Who wants to know when what any node had committed before it asked is known here: to one log, or all of it.
pub(crate) struct Asked {
    pub log: Option<OrgId>,
    pub told: oneshot::Sender<()>,
}

/// How often a lost connection is tried again.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Follower {
    pub server: Server,
    pub env: Env,
    pub facts: Arc<Facts>,
    pub asks: mpsc::Receiver<Asked>,
    pub link: Option<Link>,
    /// How far the latest look on this connection went.
    pub seen: Option<Horizon>,
}

/// What there is to do.
#[derive(Default)]
struct Errand {
    asked: Vec<Asked>,
    /// Whether nobody is left who could ask.
    over: bool,
    /// How far the logs go that others named.
    named: BTreeMap<OrgId, i64>,
    /// Whether all logs are to be looked at.
    all: bool,
}

impl Follower {
    /// Runs until nobody is left who could ask.
    pub(crate) fn serve(mut self) {
        loop {
            let errand = match self.wait() {
                Ok(errand) => errand,
                Err(fault) => {
                    tracing::debug!(%fault, "the other nodes cannot be heard");
                    self.link = None;
                    if self.pause() {
                        return;
                    }
                    continue;
                }
            };
            if errand.over {
                return;
            }
            match self.run(&errand) {
                // Who asked and is not told learns by that that this node could not look.
                Ok(()) => errand.tell(),
                Err(fault) => tracing::debug!(%fault, "other nodes' changes could not be read"),
            }
            if self.link.as_ref().is_some_and(Link::lost) {
                self.link = None;
            }
        }
    }

    /// Until somebody tells or asks, or it is time to look. A connection that is new may have missed what was told.
    fn wait(&mut self) -> Result<Errand, DbFault> {
        let mut errand = Errand::default();
        let link = match &mut self.link {
            Some(link) => link,
            none => {
                let mut conn = Conn::open(&self.server)?;
                conn.listen()?;
                (errand.all, self.seen) = (true, None);
                none.insert(Link::Postgres(Box::new(conn)))
            }
        };
        let at_most = if errand.all { Duration::ZERO } else { DUE };
        let asks = &mut self.asks;
        let told = link.await_news(at_most, &mut |cx| errand.take(asks, cx))?;
        errand.all |= (told.is_empty() && errand.asked.is_empty()) || self.facts.current().is_due();
        told.iter().for_each(|text| errand.note(Hint::parse(text), self.facts.node));
        Ok(errand)
    }

    /// Refuses whoever asks while the connection is away. Says whether nobody is left.
    fn pause(&mut self) -> bool {
        let asks = &mut self.asks;
        let refuse = async { while asks.recv().await.is_some() {} };
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else {
            std::thread::park_timeout(PAUSE);
            return false;
        };
        runtime.block_on(async { timeout(PAUSE, refuse).await }).is_ok()
    }

    fn run(&mut self, errand: &Errand) -> Result<(), DbFault> {
        let began = Instant::now();
        let Some(link) = &mut self.link else { return Ok(()) };
        let mut sql = Sql::new(link);
        let caught_up = match errand.all {
            true => look(&mut sql, &self.facts, &mut self.seen)?,
            false => catch_up(&mut sql, &self.facts, &errand.behind(&self.facts))?,
        };
        if !caught_up {
            return self.facts.read_anew(link, self.env.now()).map(drop);
        }
        // What others named is not all there is, and proves nothing.
        if errand.all {
            self.facts.current().prove(began);
        }
        Ok(())
    }
}

impl Errand {
    fn note(&mut self, hint: Option<Hint>, own: u64) {
        match hint {
            // The lane publishes what it commits.
            Some(hint) if hint.from == own => {}
            Some(hint) if !hint.logs.is_empty() => {
                for (log, hot) in hint.logs {
                    let named = self.named.entry(log).or_insert(hot);
                    *named = hot.max(*named);
                }
            }
            _ => self.all = true,
        }
    }

    fn tell(self) {
        for asked in self.asked {
            // Whoever went away wants no answer.
            let _ = asked.told.send(());
        }
    }

    /// The logs that others named and that went on since they were known. The lane may have been faster.
    fn behind(&self, facts: &Facts) -> Vec<OrgId> {
        let known = facts.known();
        self.named.iter().filter(|(log, hot)| known.hot(**log) < **hot).map(|(log, _)| *log).collect()
    }

    /// Ready once somebody asks, or nobody can any more.
    fn take(&mut self, asks: &mut mpsc::Receiver<Asked>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match asks.poll_recv(cx) {
                Poll::Ready(Some(asked)) => {
                    match asked.log {
                        // However far that goes.
                        Some(log) => drop(self.named.insert(log, i64::MAX)),
                        None => self.all = true,
                    }
                    self.asked.push(asked);
                }
                Poll::Ready(None) => {
                    self.over = true;
                    return Poll::Ready(());
                }
                Poll::Pending if self.asked.is_empty() => return Poll::Pending,
                Poll::Pending => return Poll::Ready(()),
            }
        }
    }
}

/// Takes over whatever was committed before this call. False: some of it cannot be read change by change.
fn look(sql: &mut Sql<'_>, facts: &Facts, seen: &mut Option<Horizon>) -> Result<bool, DbFault> {
    let Moved { ends, horizon } = head::moved(sql, *seen)?;
    let (epoch, (behind, plain)) = {
        let known = facts.known();
        let parts = ends.into_iter().partition::<Vec<_>, _>(|(log, end)| known.hot(*log) < end.hot);
        (known.epoch, parts)
    };
    let behind: Vec<OrgId> = behind.into_iter().map(|(log, _)| log).collect();
    if !catch_up(sql, facts, &behind)? {
        return Ok(false);
    }
    if facts.take(epoch, Reading { changes: Vec::new(), ends: plain }) {
        *seen = horizon;
    }
    // Else everything was read anew meanwhile: of facts nothing is missing, and the next look finds these ends again.
    Ok(true)
}

/// Takes over what changed in these logs, as far as they go now. False: some of it is not there any more, or was written by
/// a newer version, and everything has to be read anew.
pub(crate) fn catch_up(sql: &mut Sql<'_>, facts: &Facts, logs: &[OrgId]) -> Result<bool, DbFault> {
    for some in logs.chunks(changes::WIDTH) {
        loop {
            let (epoch, known) = {
                let known = facts.known();
                (known.epoch, some.iter().map(|log| (*log, known.hot(*log))).collect::<Vec<_>>())
            };
            let Some(reading) = changes::after(sql, &known)? else { return Ok(false) };
            if facts.take(epoch, reading) {
                break;
            }
        }
    }
    Ok(true)
}
