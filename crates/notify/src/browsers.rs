//! The browsers in which a person wants to be told: their own affair, so being that person is the permission.

use chancery_audit::{Actor, Event, Text};
use chancery_context::{Caller, Cx, Platform};
use chancery_jose::{sha256, unb64};
use chancery_kernel::{Fault, OrgId, Outcome, UserId};
use chancery_store::Who;
use chancery_store::tables::push::{self as subscriptions, Subscription};
use serde::{Deserialize, Serialize};

use crate::encrypt::{AUTH, Keys, POINT};

/// Browsers of one person.
const MOST: usize = 10;
const LONGEST_NAME: usize = 100;

/// What a browser hands over (Push API §8), and what is sealed of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Address {
    pub endpoint: String,
    /// In base64url.
    pub p256dh: String,
    pub auth: String,
}

impl Address {
    pub(crate) fn keys(&self) -> Keys {
        Keys { p256dh: unb64(&self.p256dh).unwrap_or_default(), auth: unb64(&self.auth).unwrap_or_default() }
    }

    fn digest(&self) -> [u8; 32] {
        sha256(self.endpoint.as_bytes())
    }
}

/// One of them, as its owner sees it.
#[derive(Clone, Debug)]
pub struct Browser {
    /// By this it is removed.
    pub id: String,
    pub name: String,
    pub created: chancery_kernel::Timestamp,
}

fn own(cx: &Cx) -> Outcome<UserId> {
    match &cx.caller {
        Caller::Person { user, .. } => Ok(*user),
        _ => Err(Fault::not_found("browser")),
    }
}

fn purpose(digest: &[u8; 32]) -> String {
    format!("push:{}", id_of(digest))
}

fn id_of(digest: &[u8; 32]) -> String {
    chancery_store::tables::approvals::ticket(digest)
}

pub async fn list(cx: &Cx) -> Outcome<Vec<Browser>> {
    let (user, org) = (own(cx)?, cx.org);
    let found = cx.db().read(move |sql| subscriptions::of_user(sql, org, user)).await?;
    Ok(found
        .into_iter()
        .map(|s| Browser { id: id_of(&s.digest), name: s.name, created: s.created })
        .collect())
}

/// Keeps the browser the person sits at. Its push service is an address that somebody else chose: it has to be one that
/// may be called.
pub async fn subscribe(cx: &Cx, address: Address, name: &str) -> Outcome<()> {
    let (user, org) = (own(cx)?, cx.org);
    cx.platform.outbound.check(&address.endpoint).map_err(|why| {
        Fault::invalid("bad_push_service", format!("this browser's push service cannot be used: {why}"))
    })?;
    let keys = address.keys();
    if keys.p256dh.len() != POINT || keys.auth.len() != AUTH {
        return Err(Fault::invalid(
            "bad_push_keys",
            "the keys of this browser cannot be read: subscribe again",
        ));
    }
    let digest = address.digest();
    let plain = serde_json::to_vec(&address).map_err(|e| Fault::internal(e.to_string()))?;
    let sealed = cx.vault().seal(&purpose(&digest), &plain)?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    cx.db()
        .write(org, cx.who(), move |tx| {
            let present = subscriptions::of_user(tx.sql(), org, user)?;
            if present.len() >= MOST && present.iter().all(|s| s.digest != digest) {
                let text = format!("{MOST} browsers are told already: remove one first");
                return Err(Fault::conflict("too_many_browsers", text));
            }
            let browser = Text::new(&name);
            let created = tx.now();
            subscriptions::put(tx.sql(), &Subscription { digest, org, user, name, created, sealed })?;
            Ok(tx.record(Event::BrowserSubscribed { user, browser }).with(()))
        })
        .await
}

pub async fn unsubscribe(cx: &Cx, id: &str) -> Outcome<()> {
    let (user, org) = (own(cx)?, cx.org);
    let found = cx.db().read(move |sql| subscriptions::of_user(sql, org, user)).await?;
    let found = found.into_iter().find(|s| id_of(&s.digest) == id);
    let found = found.ok_or_else(|| Fault::not_found("browser"))?;
    removed(&cx.platform, cx.who(), org, &found, "its owner removed it").await
}

/// Its push service said that it is no more.
pub(crate) async fn forget(
    platform: &Platform,
    org: OrgId,
    found: &Subscription,
    why: &'static str,
) -> Outcome<()> {
    let who = Who { actor: Actor::System, request: None };
    match removed(platform, who, org, found, why).await {
        Err(fault) if fault.kind == chancery_kernel::Kind::NotFound => Ok(()),
        done => done,
    }
}

async fn removed(
    platform: &Platform,
    who: impl Into<chancery_store::Author>,
    org: OrgId,
    found: &Subscription,
    why: &'static str,
) -> Outcome<()> {
    let (user, digest, browser) = (found.user, found.digest, Text::new(&found.name));
    platform
        .db
        .write(org, who, move |tx| {
            if !subscriptions::delete(tx.sql(), user, &digest)? {
                return Err(Fault::not_found("browser"));
            }
            Ok(tx.record(Event::BrowserUnsubscribed { user, browser, reason: Text::word(why) }).with(()))
        })
        .await
}

pub(crate) fn unsealed(platform: &Platform, found: &Subscription) -> Option<Address> {
    let plain = platform.vault.unseal(&purpose(&found.digest), &found.sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}
