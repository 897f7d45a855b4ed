//! What strangers may have recorded of their failures.
//!
//! Nobody has to prove anything to fail, and each failure is a line of a log that is never shortened. So an address may
//! fail now and then, and all addresses together a little more often; what is beyond that is answered with 429 and counted,
//! and each log gets one line for each minute in which something was counted. Nothing is looked at here before a failure:
//! whoever proves themselves is not kept waiting by those who cannot.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chancery_audit::Event;
use chancery_kernel::{Fault, OrgId, Outcome, Seconds, Timestamp};
use chancery_oauth::{ErrorCode, OAuthError};
use chancery_store::Who;

use crate::Issuer;
use crate::throttle::network;

/// So many failures at once, and another one each time so long has passed.
struct Pace {
    burst: i64,
    every: Seconds,
}

/// All addresses of this node together: some 29,000 lines a day, at most.
const NODE: Pace = Pace { burst: 1_000, every: Seconds(3) };

/// What somebody fails with. Each has a budget of its own, so that who guesses at one does not keep others from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum With {
    /// A client's or a person's credential.
    Credential,
    /// The name of a client that has nothing to prove itself with.
    Name,
    /// A token of ours that is dead, or for something else.
    Token,
}

impl With {
    const fn pace(self) -> Pace {
        match self {
            Self::Credential | Self::Name => Pace { burst: 30, every: Seconds(10) },
            // A program that does not notice the end of its token is evidence too.
            Self::Token => Pace { burst: 300, every: Seconds(10) },
        }
    }
}
/// Addresses that are remembered one by one; the rest has the node's pace alone.
const MOST: usize = 65_536;
/// How long failures are counted before the log is told.
const WINDOW: Seconds = Seconds(60);
/// Different addresses that are told apart in one window.
const MOST_TOLD_APART: usize = 1_024;

/// When all that was taken will have been given back. Less than `burst` paces ahead, there is room for one more.
#[derive(Clone, Copy)]
struct Budget(Timestamp);

impl Budget {
    /// How long until there is room, if there is none.
    fn wait(self, now: Timestamp, pace: &Pace) -> Option<Seconds> {
        let over = self.0.since(now).0 - (pace.burst - 1) * pace.every.0;
        (over > 0).then_some(Seconds(over))
    }

    fn take(&mut self, now: Timestamp, pace: &Pace) {
        // A clock that was set back by more than the whole burst gives it all back.
        let most = now.plus(Seconds(pace.burst * pace.every.0));
        self.0 = self.0.clamp(now, most).plus(pace.every);
    }
}

/// What was only counted, of one log.
#[derive(Default)]
struct Tally {
    count: i64,
    addresses: HashSet<IpAddr>,
}

struct Ledger {
    node: Budget,
    addresses: HashMap<(With, IpAddr), Budget>,
    since: Timestamp,
    counted: BTreeMap<OrgId, Tally>,
}

pub(crate) struct Strangers(Mutex<Ledger>);

impl Default for Strangers {
    fn default() -> Self {
        let never = Timestamp::from_micros(0);
        Self(Mutex::new(Ledger {
            node: Budget(never),
            addresses: HashMap::new(),
            since: never,
            counted: BTreeMap::new(),
        }))
    }
}

impl Ledger {
    fn wait(&self, with: With, address: Option<IpAddr>, now: Timestamp) -> Option<Seconds> {
        self.addresses.get(&(with, address?)).and_then(|budget| budget.wait(now, &with.pace()))
    }

    fn take(&mut self, with: With, address: Option<IpAddr>, now: Timestamp) {
        let Some(address) = address.map(|address| (with, address)) else { return };
        if self.addresses.len() >= MOST {
            self.addresses.retain(|_, budget| budget.0 > now);
        }
        if self.addresses.len() < MOST || self.addresses.contains_key(&address) {
            self.addresses.entry(address).or_insert(Budget(now)).take(now, &with.pace());
        }
    }

    fn count(&mut self, log: OrgId, address: Option<IpAddr>, now: Timestamp) {
        if self.counted.is_empty() {
            self.since = now;
        }
        let tally = self.counted.entry(log).or_default();
        tally.count += 1;
        if tally.addresses.len() < MOST_TOLD_APART {
            tally.addresses.extend(address);
        }
    }
}

impl Strangers {
    /// Whether another failure of this address is recorded in this log; if not, it is counted, and the answer is how long
    /// to wait.
    pub(crate) fn admit(
        &self,
        with: With,
        log: OrgId,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Seconds> {
        let mut ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = address.map(network);
        match ledger.wait(with, address, now).or_else(|| ledger.node.wait(now, &NODE)) {
            Some(wait) => {
                ledger.count(log, address, now);
                Err(wait)
            }
            None => {
                ledger.node.take(now, &NODE);
                ledger.take(with, address, now);
                Ok(())
            }
        }
    }

    /// The same for a client that has nothing to prove itself with, before it is listened to: what it gets wrong is
    /// recorded in its own name, and charged afterwards.
    pub(crate) fn listen(&self, log: OrgId, address: Option<IpAddr>, now: Timestamp) -> Result<(), Seconds> {
        let mut ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = address.map(network);
        ledger.wait(With::Name, address, now).map_or(Ok(()), |wait| {
            ledger.count(log, address, now);
            Err(wait)
        })
    }

    pub(crate) fn charge(&self, address: Option<IpAddr>, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(With::Name, address.map(network), now);
    }

    /// What was counted, if its time is over.
    fn close(&self, now: Timestamp, all: bool) -> Option<(Timestamp, BTreeMap<OrgId, Tally>)> {
        let mut ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = !ledger.counted.is_empty() && (all || now >= ledger.since.plus(WINDOW));
        due.then(|| (ledger.since, std::mem::take(&mut ledger.counted)))
    }

    /// Counts on what could not be told.
    fn resume(&self, since: Timestamp, log: OrgId, tally: Tally) {
        let mut ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.since = since;
        let present = ledger.counted.entry(log).or_default();
        present.count += tally.count;
        present.addresses.extend(tally.addresses);
    }
}

impl Issuer {
    /// Tells each log how many failures were only counted. Run every second or so; with `all`, before the server stops.
    pub async fn tell_counted_failures(&self, all: bool) -> Outcome<()> {
        let now = self.now();
        let Some((since, counted)) = self.0.strangers.close(now, all) else { return Ok(()) };
        let mut outcome = Ok(());
        for (log, tally) in counted {
            let event = Event::FailuresCounted {
                count: tally.count,
                addresses: i64::try_from(tally.addresses.len()).unwrap_or(i64::MAX),
                since,
                until: now,
            };
            let write =
                self.db().write(log, Who::SYSTEM, move |tx| Ok::<_, Fault>(tx.record(event).with(())));
            if let Err(fault) = write.await {
                self.0.strangers.resume(since, log, tally);
                outcome = Err(fault);
            }
        }
        outcome
    }
}

/// The answer to a failure that is only counted (RFC 6585 §4).
pub(crate) const TOO_MANY: &str =
    "too many requests from here failed: wait, and check the client's id and credential";

pub(crate) fn too_many(wait: Seconds) -> OAuthError {
    OAuthError::new(ErrorCode::TooManyRequests, TOO_MANY).with_interval(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn log() -> OrgId {
        chancery_kernel::Id::from_uuid(chancery_kernel::id::Uuid::nil())
    }

    fn address(n: u32) -> Option<IpAddr> {
        Some(std::net::Ipv4Addr::from(n).into())
    }

    #[test]
    fn an_address_has_its_burst_and_then_its_pace() {
        let strangers = Strangers::default();
        let mut now = NOW;
        for _ in 0..30 {
            assert_eq!(strangers.admit(With::Credential, log(), address(1), now), Ok(()));
        }
        assert_eq!(strangers.admit(With::Credential, log(), address(1), now), Err(Seconds(10)));
        assert_eq!(
            strangers.admit(With::Credential, log(), address(2), now),
            Ok(()),
            "another one is not concerned"
        );
        now = now.plus(Seconds(9));
        assert_eq!(strangers.admit(With::Credential, log(), address(1), now), Err(Seconds(1)));
        now = now.plus(Seconds(1));
        assert_eq!(strangers.admit(With::Credential, log(), address(1), now), Ok(()));
        assert_eq!(strangers.admit(With::Credential, log(), address(1), now), Err(Seconds(10)));
        now = now.plus(Seconds(300));
        assert!((0..30).all(|_| strangers.admit(With::Credential, log(), address(1), now).is_ok()));
        let (since, counted) = strangers.close(now, false).unwrap();
        assert_eq!((since, counted[&log()].count), (NOW, 3));
        assert!(strangers.close(now, true).is_none());
    }

    #[test]
    fn many_addresses_share_the_budget_of_the_node() {
        let strangers = Strangers::default();
        let admitted = (0..10_000)
            .filter(|n| strangers.admit(With::Credential, log(), address(*n), NOW).is_ok())
            .count();
        assert_eq!(admitted, 1_000);
        let (_, counted) = strangers.close(NOW, true).unwrap();
        assert_eq!(counted[&log()].count, 9_000);
        assert_eq!(counted[&log()].addresses.len(), MOST_TOLD_APART);
        assert!(strangers.admit(With::Credential, log(), None, NOW.plus(Seconds(3))).is_ok());
    }

    #[test]
    fn one_who_has_a_whole_network_has_one_budget() {
        let strangers = Strangers::default();
        let of = |n: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, 1, n, 2, 3, 4]));
        let admitted =
            (0..100).filter(|n| strangers.admit(With::Credential, log(), of(*n), NOW).is_ok()).count();
        assert_eq!(admitted, 30);
    }

    #[test]
    fn what_could_not_be_told_is_counted_on() {
        let strangers = Strangers::default();
        let _: Vec<_> = (0..40).map(|_| strangers.admit(With::Credential, log(), address(1), NOW)).collect();
        let (since, mut counted) = strangers.close(NOW, true).unwrap();
        strangers.admit(With::Credential, log(), address(1), NOW).unwrap_err();
        strangers.resume(since, log(), counted.remove(&log()).unwrap());
        assert_eq!(strangers.close(NOW, true).unwrap().1[&log()].count, 11);
    }
}
