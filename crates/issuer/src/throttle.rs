//! Password guessing is slowed down per account and per address, and nobody is locked out: an account waits a minute at
//! most, and a browser in which the person has signed in before is counted apart, so that a stranger who guesses all
//! day cannot keep the person away from it (see [`crate::device`]).

use std::net::IpAddr;

use chancery_jose::b64;
use chancery_kernel::{OrgId, Seconds, Secret, Timestamp, UserId};
use chancery_store::tables::throttles::{self, Throttle};
use chancery_store::{DbFault, Sql};
use chancery_vault::Vault;

/// Failures that cost nothing.
const FREE_FOR_ACCOUNT: i64 = 5;
const FREE_FOR_ADDRESS: i64 = 20;
const LONGEST_FOR_ACCOUNT: Seconds = Seconds(60);
/// Six digits are few, and only who knows the password comes so far: about a hundred guesses a day.
const LONGEST_FOR_FACTOR: Seconds = Seconds::minutes(15);
const LONGEST_FOR_ADDRESS: Seconds = Seconds::minutes(15);
/// Failures older than this are forgotten.
const MEMORY: Seconds = Seconds::hours(1);

/// The names under which attempts are counted.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    /// The account as strangers try it; or, for a browser the person has signed in with before, that browser's tries.
    account: String,
    address: Option<String>,
    longest: Seconds,
}

impl Counters {
    /// Whatever was typed as a login is kept as a keyed hash: it may be a password in the wrong field.
    pub fn new(vault: &Vault, org: OrgId, login: &str, address: Option<IpAddr>) -> Self {
        Self {
            account: named(vault, "account", &format!("{org}:{}", login.trim().to_lowercase())),
            address: address.map(|a| format!("address:{}", network(a))),
            longest: LONGEST_FOR_ACCOUNT,
        }
    }

    /// A browser that has proven itself before has a counter of its own, which no stranger can fill: not by guessing
    /// the account, nor from the same address.
    pub fn of_device(vault: &Vault, device: &Secret) -> Self {
        let account = named(vault, "device", device.expose());
        Self { account, address: None, longest: LONGEST_FOR_ACCOUNT }
    }

    /// Tries of the present password by whoever sits before an open session.
    pub fn of_person(vault: &Vault, user: UserId) -> Self {
        let account = named(vault, "person", &user.to_string());
        Self { account, address: None, longest: LONGEST_FOR_ACCOUNT }
    }

    /// Tries of a second factor by whoever knows the password, or sits before an open session.
    pub fn of_factor(vault: &Vault, user: UserId) -> Self {
        let account = named(vault, "factor", &user.to_string());
        Self { account, address: None, longest: LONGEST_FOR_FACTOR }
    }

    /// Whether they are those of somebody who has proven themselves before.
    pub fn is_known(&self) -> bool {
        self.address.is_none()
    }

    /// Counts an attempt at the account before it is looked at, so that many at once are not all free; or says until
    /// when attempts have to wait. One that succeeds is forgiven.
    pub fn begin(&self, sql: &mut Sql<'_>, now: Timestamp) -> Result<Option<Timestamp>, DbFault> {
        let blocked = self.blocked(sql, now)?;
        if blocked.is_none() {
            count(sql, &self.account, now, FREE_FOR_ACCOUNT, self.longest)?;
        }
        Ok(blocked)
    }

    /// Until when attempts are not looked at, if so.
    pub fn blocked(&self, sql: &mut Sql<'_>, now: Timestamp) -> Result<Option<Timestamp>, DbFault> {
        let mut until = None;
        for name in std::iter::once(&self.account).chain(&self.address) {
            until = until.max(throttles::find(sql, name)?.filter(|t| t.until > now).map(|t| t.until));
        }
        Ok(until)
    }

    /// Counts a failure against the address, and says until when the next attempt has to wait. An address is counted
    /// only now: a whole company signs in from one.
    pub fn failed(&self, sql: &mut Sql<'_>, now: Timestamp) -> Result<Option<Timestamp>, DbFault> {
        if let Some(name) = &self.address {
            count(sql, name, now, FREE_FOR_ADDRESS, LONGEST_FOR_ADDRESS)?;
        }
        self.blocked(sql, now)
    }

    /// A success forgives the account, never the address.
    pub fn succeeded(&self, sql: &mut Sql<'_>) -> Result<(), DbFault> {
        throttles::clear(sql, &self.account)
    }
}

fn named(vault: &Vault, kind: &str, of: &str) -> String {
    format!("{kind}:{}", b64(&vault.tag("throttle", format!("{kind}:{of}").as_bytes())))
}

fn count(sql: &mut Sql<'_>, name: &str, now: Timestamp, free: i64, longest: Seconds) -> Result<(), DbFault> {
    let before =
        throttles::find(sql, name)?.filter(|t| now.since(t.updated) < MEMORY).map_or(0, |t| t.failures);
    let failures = before + 1;
    let over = (failures - free).clamp(0, 20);
    let wait = if over == 0 { Seconds(0) } else { Seconds((1i64 << over).min(longest.0)) };
    let until = now.plus(wait);
    throttles::set(sql, name, Throttle { failures, until, updated: now })
}

/// One IPv6 customer has a /64 at least: its addresses count together.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(std::net::Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
        },
    }
}
