//! Endpoints of an organization: addresses at which programs and rooms full of people are told what becomes of questions.
//!
//! What they are told are ids, states and a link; no message holds a secret, and none opens anything. The address is
//! judged by the egress guard when it is named and again at each attempt; it is sealed, since the paths of such addresses
//! often are secrets themselves.

pub(crate) mod chat;
mod check;
pub(crate) mod deliver;
mod key;
mod webhook;

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{
    Cursor, DeliveryId, EndpointId, Fault, Outcome, Page, PageRequest, Seconds, Secret, Timestamp,
};
use chancery_model::{Endpoint, EndpointKind, Meta, Noun, Told};
use chancery_store::Tx;
use chancery_store::tables::deliveries::{self, Delivery};
use chancery_store::tables::endpoints;

pub use chancery_store::tables::deliveries::Delivery as Delivered;

use check::{address, events, name};
use key::{Sealed, sealed, secret, unsealed};

/// Of one organization: each is one more message for every question.
const MOST: usize = 10;
/// The secret before the present one signs too for so long, unless it is said otherwise.
pub const OVERLAP: Seconds = Seconds::days(1);
const LONGEST_OVERLAP: Seconds = Seconds::days(7);

#[derive(Clone, Debug)]
pub struct NewEndpoint {
    pub name: String,
    pub kind: EndpointKind,
    pub address: Secret,
    /// Nothing: all there is.
    pub events: Vec<Told>,
}

#[derive(Clone, Debug, Default)]
pub struct EndpointPatch {
    pub name: Option<String>,
    pub address: Option<Secret>,
    pub events: Option<Vec<Told>>,
    pub enabled: Option<bool>,
}

/// An endpoint, and the secret that nobody sees a second time.
#[derive(Clone, Debug)]
pub struct Keyed {
    pub endpoint: Arc<Endpoint>,
    /// Only webhooks are signed.
    pub secret: Option<Secret>,
}

pub async fn list(cx: &Cx, request: &PageRequest) -> Outcome<Page<Arc<Endpoint>>> {
    let _may = cx.allowed(Act::EndpointRead, cx.org).await?;
    let page = cx.db().hot().endpoints.page(cx.org, request, |_| true);
    page.ok_or_else(bad_cursor)
}

fn bad_cursor() -> Fault {
    Fault::invalid("bad_cursor", "this is no cursor of this list: begin without one, then follow `next`")
}

fn find(cx: &Cx, id: EndpointId) -> Outcome<Arc<Endpoint>> {
    cx.db().hot().endpoints.find(cx.org, id).cloned().ok_or_else(|| Fault::not_found(Endpoint::NOUN))
}

pub async fn get(cx: &Cx, id: EndpointId) -> Outcome<Arc<Endpoint>> {
    let _may = cx.allowed(Act::EndpointRead, id).await?;
    find(cx, id)
}

pub async fn create(cx: &Cx, new: NewEndpoint) -> Outcome<Keyed> {
    let _may = cx.allowed(Act::EndpointManage, cx.org).await?;
    let (origin, address) = address(cx, &new.address)?;
    let endpoint = Endpoint {
        id: cx.env().id(),
        org: cx.org,
        name: name(&new.name)?,
        kind: new.kind,
        origin,
        events: if new.events.is_empty() { Told::ALL.to_vec() } else { events(&new.events)? },
        enabled: true,
        gone: None,
        overlap: None,
        meta: Meta::new(cx.now()),
    };
    let secret = new.kind.is_signed().then(|| secret(cx.env()));
    let key = secret.as_ref().map(|secret| secret.expose().to_owned());
    let sealed = sealed(cx.vault(), endpoint.id, &Sealed { address, key, before: None })?;
    let endpoint = cx.db().write(cx.org, cx.who(), move |tx| {
        if tx.hot().endpoints.of(tx.org()).count() >= MOST {
            let text = format!("{MOST} endpoints are told already: remove one first");
            return Err(Fault::conflict("too_many_endpoints", text));
        }
        let endpoint = tx.insert(endpoint)?;
        tx.seal_endpoint(endpoint.id, &sealed)?;
        let (name, kind) = (Text::new(&endpoint.name), Text::word(endpoint.kind.as_str()));
        let origin = Text::new(&endpoint.origin);
        Ok(tx.record(Event::EndpointCreated { endpoint: endpoint.id, name, kind, origin }).with(endpoint))
    });
    Ok(Keyed { endpoint: endpoint.await?, secret })
}

/// Another address keeps the secret: whoever runs the new one is given it by whoever names it.
pub async fn update(
    cx: &Cx,
    id: EndpointId,
    expected: Option<i64>,
    patch: EndpointPatch,
) -> Outcome<Arc<Endpoint>> {
    let _may = cx.allowed(Act::EndpointManage, id).await?;
    find(cx, id)?;
    let moved = patch.address.as_ref().map(|named| address(cx, named)).transpose()?;
    let (new_name, wanted) =
        (patch.name.as_deref().map(name).transpose()?, patch.events.as_deref().map(events).transpose()?);
    let vault = cx.vault().clone();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at(tx, id, expected)?;
            let mut after = Endpoint::clone(&before);
            let mut changes = Changes::default();
            if let Some((origin, address)) = moved {
                let kept = open(tx, &vault, id)?;
                tx.seal_endpoint(id, &sealed(&vault, id, &Sealed { address, ..kept })?)?;
                changes.tell("address", &before.origin, &origin);
                after.origin = origin;
            }
            changes.put("name", &mut after.name, new_name, Clone::clone);
            changes.put("events", &mut after.events, wanted, |events| words(events));
            changes.put("enabled", &mut after.enabled, patch.enabled, ToString::to_string);
            after.gone = after.gone.filter(|_| !after.enabled);
            let after = if changes.fields.is_empty() { before } else { tx.update(after)? };
            let (changed, values) = (changes.fields, Some(changes.values));
            Ok(tx.record(Event::EndpointUpdated { endpoint: id, changed, values }).with(after))
        })
        .await
}

/// Which fields changed, and what they were and are.
#[derive(Default)]
struct Changes {
    fields: Vec<Text>,
    values: Vec<Text>,
}

impl Changes {
    /// Puts the new value where there is one and it is another.
    fn put<T: PartialEq>(
        &mut self,
        field: &'static str,
        slot: &mut T,
        new: Option<T>,
        words: impl Fn(&T) -> String,
    ) {
        let Some(new) = new.filter(|new| new != slot) else { return };
        self.tell(field, &words(slot), &words(&new));
        *slot = new;
    }

    fn tell(&mut self, field: &'static str, was: &str, is: &str) {
        self.fields.push(Text::word(field));
        self.values.push(Text::new(&format!("{field} - {was}")));
        self.values.push(Text::new(&format!("{field} + {is}")));
    }
}

fn words(events: &[Told]) -> String {
    events.iter().map(|told| told.as_str()).collect::<Vec<_>>().join(" ")
}

/// The record as it stands, unless the caller has read another version of it.
fn at(tx: &Tx<'_>, id: EndpointId, expected: Option<i64>) -> Outcome<Arc<Endpoint>> {
    let record = tx.get::<Endpoint>(id)?;
    if expected.is_some_and(|version| version != record.meta.version) {
        return Err(Fault::stale(Endpoint::NOUN));
    }
    Ok(record)
}

fn open(tx: &mut Tx<'_>, vault: &chancery_vault::Vault, id: EndpointId) -> Outcome<Sealed> {
    let org = tx.org();
    let found = endpoints::sealed(tx.sql(), org, id)?;
    found
        .and_then(|sealed| unsealed(vault, id, &sealed))
        .ok_or_else(|| Fault::internal("the sealed half of an endpoint does not open"))
}

/// Another secret. The present one signs beside it until `overlap` is over, so that receivers can change in peace.
pub async fn rotate(
    cx: &Cx,
    id: EndpointId,
    expected: Option<i64>,
    overlap: Option<Seconds>,
) -> Outcome<Keyed> {
    let _may = cx.allowed(Act::EndpointManage, id).await?;
    if !find(cx, id)?.kind.is_signed() {
        let text = "what a chat gets is not signed: its secret is its address, so name another address";
        return Err(Fault::conflict("not_signed", text));
    }
    let overlap = overlap.unwrap_or(OVERLAP);
    if !(0..=LONGEST_OVERLAP.0).contains(&overlap.0) {
        let text = format!("overlap is 0 to {} seconds", LONGEST_OVERLAP.0);
        return Err(Fault::invalid("bad_overlap", text));
    }
    let (fresh, vault) = (secret(cx.env()), cx.vault().clone());
    let key = fresh.expose().to_owned();
    let endpoint = cx.db().write(cx.org, cx.who(), move |tx| {
        let before = at(tx, id, expected)?;
        let until = (overlap.0 > 0).then(|| tx.now().plus(overlap));
        let kept = open(tx, &vault, id)?;
        let earlier = kept.key.filter(|_| until.is_some());
        let next = Sealed { key: Some(key), before: earlier, ..kept };
        tx.seal_endpoint(id, &sealed(&vault, id, &next)?)?;
        let after = tx.update(Endpoint { overlap: until, ..Endpoint::clone(&before) })?;
        Ok::<_, Fault>(tx.record(Event::EndpointSecretRotated { endpoint: id, until }).with(after))
    });
    Ok(Keyed { endpoint: endpoint.await?, secret: Some(fresh) })
}

/// Removes it with what waits for it.
pub async fn delete(cx: &Cx, id: EndpointId, expected: Option<i64>) -> Outcome<()> {
    let _may = cx.allowed(Act::EndpointManage, id).await?;
    find(cx, id)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let endpoint = at(tx, id, expected)?;
            tx.drop_endpoint_seal(id)?;
            tx.drop_deliveries(id)?;
            tx.delete(&endpoint)?;
            Ok(tx.record(Event::EndpointDeleted { endpoint: id, name: Text::new(&endpoint.name) }).with(()))
        })
        .await
}

/// Sends a message that says only that it is a test. One at a time: a test tells an administrator whether an address
/// answers, and is no way to knock on it often.
pub async fn test(cx: &Cx, id: EndpointId) -> Outcome<DeliveryId> {
    let _may = cx.allowed(Act::EndpointManage, id).await?;
    find(cx, id)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            if !tx.get::<Endpoint>(id)?.enabled {
                return Err(Fault::conflict("endpoint_disabled", "it is switched off: enable it first"));
            }
            if tx.waiting_tests(id)? > 0 {
                return Err(Fault::conflict(
                    "test_waits",
                    "a test of it is under way: look at its deliveries",
                ));
            }
            let delivery = tx.deliver(id, None, deliveries::TEST)?;
            Ok(tx.record(Event::EndpointTested { endpoint: id }).with(delivery))
        })
        .await
}

/// The last messages to it, latest first.
pub async fn deliveries_of(cx: &Cx, id: EndpointId, request: &PageRequest) -> Outcome<Page<Delivery>> {
    let _may = cx.allowed(Act::EndpointRead, id).await?;
    find(cx, id)?;
    let before = match &request.after {
        Some(cursor) => Some(cursor.0.parse::<DeliveryId>().map_err(|_| bad_cursor())?),
        None => None,
    };
    let (org, most) = (cx.org, i64::try_from(request.limit).unwrap_or(i64::MAX - 1) + 1);
    let mut found = cx.db().read(move |sql| deliveries::page(sql, org, id, before, most)).await?;
    let more = found.len() > request.limit;
    found.truncate(request.limit);
    let next = more.then(|| found.last().map(|last| Cursor(last.id.to_string()))).flatten();
    Ok(Page { items: found, next })
}

/// Whether the secret before the present one signs too.
pub(crate) fn overlaps(endpoint: &Endpoint, now: Timestamp) -> bool {
    endpoint.overlap.is_some_and(|until| now < until)
}
