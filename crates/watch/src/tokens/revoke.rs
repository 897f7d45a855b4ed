//! The end of one token (domain: "revoking one token"): a mark on its `jti`, and on nothing else.

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{Fault, Outcome, Timestamp};
use chancery_model::MarkKey;
use chancery_store::log;

use super::issued::Issued;
use crate::words;

/// A token that was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    pub jti: String,
    /// Where the revocation stands in the log.
    pub pos: i64,
    pub at: Timestamp,
}

/// Revokes the token that was decided at this position of the log: a token says its own as `pos`. Once this returns it
/// works nowhere here; other tokens of the same client, agent and person go on, and the client may ask for another.
pub async fn revoke(cx: &Cx, decided: i64, reason: Option<&str>) -> Outcome<Revoked> {
    let _may = cx.allowed(Act::TokenRevoke, format!("the token decided at {decided}")).await?;
    let reason = reason.map(words::reason).transpose()?;
    let org = cx.org;
    let stored = cx.db().read(move |sql| log::get(sql, org, decided)).await?;
    let token = stored.and_then(|stored| Issued::read(&stored.decode().ok()?));
    let token = token.ok_or_else(|| Fault::not_found("token"))?;
    cx.db()
        .write(org, cx.who(), move |tx| {
            if token.expires <= tx.now() {
                return Err(Fault::conflict("expired", "this token has expired by itself"));
            }
            if tx.hot().killed_by(&token.keys.marks(), decided).is_some() {
                return Err(Fault::conflict("already_revoked", "this token is dead already"));
            }
            let recorded = tx.record(event(&token, reason.as_deref()));
            tx.mark(MarkKey::Token(token.jti.clone()), recorded.pos)?;
            Ok::<_, Fault>(recorded.with(Revoked { jti: token.jti.clone(), pos: recorded.pos, at: tx.now() }))
        })
        .await
}

fn event(token: &Issued, reason: Option<&str>) -> Event {
    Event::TokenRevoked {
        client: token.client,
        agent: token.agent,
        user: token.user,
        application: token.application,
        jti: Text::new(&token.jti),
        by: Text::new("an administrator"),
        decided: Some(token.pos),
        reason: reason.map(Text::new),
    }
}
