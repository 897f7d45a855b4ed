//! What a client proves itself with: secrets, which we show once and keep as keyed hashes, and public keys.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_jose::{Jwk, PublicKey};
use chancery_kernel::{ClientId, Fault, Outcome, Secret, SecretKind, Timestamp, secret};
use chancery_model::{AuthMethod, Client, ClientSecret, MarkKey};
use serde_json::Value;

use crate::change::at;
use crate::rights::{Holder, builtin_fault};

/// One in use, and some to change over to.
const MOST_SECRETS: usize = 5;
const MOST_KEYS: usize = 10;
/// So much of the hash names a secret, in lists and in the log.
const NAME_BYTES: usize = 8;

/// A new secret: this is the only time it is seen.
#[derive(Clone, Debug)]
pub struct AddedSecret {
    pub client: Arc<Client>,
    pub secret: Secret,
    pub name: String,
}

/// By what a secret is called: the beginning of its keyed hash, which says nothing about it.
pub fn secret_name(secret: &ClientSecret) -> String {
    secret.hash.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// A fresh secret and what is kept of it.
pub(super) fn fresh(cx: &Cx) -> (Secret, [u8; 32]) {
    let secret = secret::generate(cx.env(), SecretKind::ClientSecret);
    let hash = cx.vault().keyed_hash(&secret);
    (secret, hash)
}

pub(super) const fn kept(hash: [u8; 32], created: Timestamp, expires: Option<Timestamp>) -> ClientSecret {
    ClientSecret { hash, created, expires }
}

/// Adds a secret beside the present ones, so that the old one can be removed when all use the new one.
pub async fn add_secret(
    cx: &Cx,
    id: ClientId,
    expected: Option<i64>,
    expires: Option<Timestamp>,
) -> Outcome<AddedSecret> {
    let _may = cx.allowed(Act::ClientManage, id).await?;
    let holder = Holder::of(cx);
    let (secret, hash) = fresh(cx);
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Client>(tx, id, expected)?;
            changeable(&before, before.auth.is_secret(), "has no secrets, because of how it proves itself")?;
            holder.may_prove(tx.hot(), &before)?;
            let now = tx.now();
            if expires.is_some_and(|end| end <= now) {
                return Err(Fault::invalid(
                    "in_the_past",
                    "the secret would have expired already: choose a later end",
                ));
            }
            let mut client = Client::clone(&before);
            client.secrets.retain(|s| s.expires.is_none_or(|end| now < end));
            if client.secrets.len() >= MOST_SECRETS {
                return Err(Fault::conflict(
                    "too_many_secrets",
                    format!("a client has at most {MOST_SECRETS} secrets: remove one first"),
                ));
            }
            let new = kept(hash, now, expires);
            let name = secret_name(&new);
            client.secrets.push(new);
            let client = tx.update(client)?;
            let event = Event::ClientSecretAdded { client: id, secret: Text::new(&name), expires };
            Ok::<_, Fault>(tx.record(event).with(AddedSecret { client, secret, name }))
        })
        .await
}

fn changeable(client: &Client, fits: bool, why_not: &str) -> Outcome<()> {
    if client.builtin {
        return Err(builtin_fault("this client"));
    }
    if fits {
        return Ok(());
    }
    let method = client.auth.as_str();
    Err(Fault::invalid(
        "other_method",
        format!("this client {why_not} ({method}): create one for the other method"),
    ))
}

/// What becomes of the tokens that were issued to a client when it loses a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Issued {
    /// All of them are dead at once. Whoever held the credential may hold tokens that it was used for, and nothing tells
    /// theirs from others: the right choice after a leak, and the one made unless another is.
    #[default]
    End,
    /// They live until they expire: for a rotation, where the client goes on with another credential.
    Keep,
}

/// Removes a secret by its name. Whoever has only that one can no longer prove themselves.
pub async fn remove_secret(
    cx: &Cx,
    id: ClientId,
    expected: Option<i64>,
    name: &str,
    issued: Issued,
) -> Outcome<Arc<Client>> {
    let _may = cx.allowed(Act::ClientManage, id).await?;
    let name = name.to_owned();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Client>(tx, id, expected)?;
            let mut client = Client::clone(&before);
            client.secrets.retain(|secret| secret_name(secret) != name);
            if client.secrets.len() == before.secrets.len() {
                return Err(Fault::not_found("secret"));
            }
            let client = tx.update(client)?;
            let tokens_ended = Some(issued == Issued::End);
            let event = Event::ClientSecretRemoved { client: id, secret: Text::new(&name), tokens_ended };
            let recorded = tx.record(event);
            if issued == Issued::End {
                tx.mark(MarkKey::Client(id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(client))
        })
        .await
}

/// Replaces the client's public keys. Where one of the present ones goes, `issued` says what becomes of tokens; keys
/// that are only added end nothing.
pub async fn set_keys(
    cx: &Cx,
    id: ClientId,
    expected: Option<i64>,
    jwks: &[Value],
    issued: Issued,
) -> Outcome<Arc<Client>> {
    let _may = cx.allowed(Act::ClientManage, id).await?;
    let holder = Holder::of(cx);
    let keys = checked_keys(jwks)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Client>(tx, id, expected)?;
            let fits = before.auth == AuthMethod::PrivateKeyJwt;
            changeable(&before, fits, "has no keys, because of how it proves itself")?;
            holder.may_prove(tx.hot(), &before)?;
            let kids = keys.iter().map(|(kid, _)| Text::new(kid)).collect();
            let jwks: Vec<Value> = keys.into_iter().map(|(_, jwk)| jwk).collect();
            let loses = before.jwks.iter().any(|jwk| !jwks.contains(jwk));
            let client = tx.update(Client { jwks, ..Client::clone(&before) })?;
            let tokens_ended = loses.then_some(issued == Issued::End);
            let recorded = tx.record(Event::ClientKeysChanged { client: id, kids, tokens_ended });
            if tokens_ended == Some(true) {
                tx.mark(MarkKey::Client(id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(client))
        })
        .await
}

/// Public keys we can verify with, and how each is called.
pub(super) fn checked_keys(jwks: &[Value]) -> Outcome<Vec<(String, Value)>> {
    if jwks.len() > MOST_KEYS {
        return Err(Fault::invalid("too_many_keys", format!("a client has at most {MOST_KEYS} keys")));
    }
    let mut keys: Vec<(String, Value)> = Vec::with_capacity(jwks.len());
    for jwk in jwks {
        let bad = |why: &dyn std::fmt::Display| Fault::invalid("bad_key", format!("a key is refused: {why}"));
        let jwk: Jwk = serde_json::from_value(jwk.clone()).map_err(|e| bad(&e))?;
        let key = PublicKey::from_jwk(&jwk).map_err(|e| bad(&e))?;
        if keys.iter().any(|(kid, _)| kid == key.kid()) {
            return Err(Fault::invalid("key_twice", "two keys have the same key id: give each its own kid"));
        }
        let value = serde_json::to_value(key.jwk()).map_err(|e| Fault::internal(e.to_string()))?;
        keys.push((key.kid().to_owned(), value));
    }
    Ok(keys)
}
