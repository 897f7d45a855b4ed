//! Password guessing is slowed down per account and per address, and nobody is locked out for good: an account waits a
//! minute at most, so that a stranger who guesses cannot keep the person away.

use std::net::IpAddr;

use chancery_jose::b64;
use chancery_kernel::{OrgId, Seconds, Timestamp};
use chancery_store::tables::throttles::{self, Throttle};
use chancery_store::{DbFault, Sql};
use chancery_vault::Vault;

/// Failures that cost nothing.
const FREE_FOR_ACCOUNT: i64 = 5;
const FREE_FOR_ADDRESS: i64 = 20;
const LONGEST_FOR_ACCOUNT: Seconds = Seconds(60);
const LONGEST_FOR_ADDRESS: Seconds = Seconds::minutes(15);
/// Failures older than this are forgotten.
const MEMORY: Seconds = Seconds::hours(1);

/// The two names under which attempts are counted.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    account: String,
    address: Option<String>,
}

impl Counters {
    /// Whatever was typed as a login is kept as a keyed hash: it may be a password in the wrong field.
    pub fn new(vault: &Vault, org: OrgId, login: &str, address: Option<IpAddr>) -> Self {
        let account = format!("{org}:{}", login.trim().to_lowercase());
        Self {
            account: format!("account:{}", b64(&vault.tag("throttle", account.as_bytes()))),
            address: address.map(|a| format!("address:{}", network(a))),
        }
    }

    /// Counts an attempt at the account before it is looked at, so that many at once are not all free; or says until
    /// when attempts have to wait. One that succeeds is forgiven.
    pub fn begin(&self, sql: &mut Sql<'_>, now: Timestamp) -> Result<Option<Timestamp>, DbFault> {
        let blocked = self.blocked(sql, now)?;
        if blocked.is_none() {
            count(sql, &self.account, now, FREE_FOR_ACCOUNT, LONGEST_FOR_ACCOUNT)?;
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
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(std::net::Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
        },
    }
}
