//! Web push: RFC 8030 (delivery), RFC 8292 (who we are), RFC 8291 (what nobody in between reads).

use std::time::Duration;

use chancery_context::reactions::Reacted;
use chancery_jose::{Vapid, b64, sign};
use chancery_kernel::{OrgId, Seconds, UserId};
use chancery_outbound::{NetFault, Request, Response};
use chancery_store::tables::push::{self as subscriptions, Subscription};
use serde::Serialize;
use serde_json::json;
use url::Url;

use crate::browsers::{self, Address};
use crate::encrypt::{LONGEST, seal};
use crate::message::Message;
use crate::{Attempt, Teller, later};

/// RFC 8292 §2: a day at most.
const VOUCHED_FOR: Seconds = Seconds::hours(1);
/// Longest sentence shown: screens of phones show less.
const LONGEST_SENTENCE: usize = 300;

#[derive(Serialize)]
struct Claims<'a> {
    aud: String,
    exp: i64,
    sub: &'a str,
}

impl Teller {
    pub(crate) async fn push(
        &self,
        message: &Message,
        org: OrgId,
        user: UserId,
        browser: [u8; 32],
    ) -> Attempt {
        let db = &self.0.platform.db;
        let found = db.read(move |sql| subscriptions::find(sql, org, &browser)).await.map_err(later)?;
        // It may be somebody else's browser by now.
        let Some(found) = found.filter(|found| found.user == user) else { return Ok(Reacted::Done) };
        let address = browsers::unsealed(&self.0.platform, &found);
        let Some(address) = address else { return Err(Reacted::Never("its address does not open".into())) };
        let sent = self.send(message, &address).await.map_err(|why| Reacted::Never(why.to_owned()))?;
        self.concluded(org, &found, sent).await
    }

    async fn send(
        &self,
        message: &Message,
        address: &Address,
    ) -> Result<Result<Response, NetFault>, &'static str> {
        let platform = &self.0.platform;
        let now = platform.db.env().now();
        let body = seal(&address.keys(), platform.db.env().bytes(), &payload(message));
        let body = body.ok_or("the keys of the browser are none")?;
        let aud = Url::parse(&address.endpoint).map_err(|_| "the address of the browser is none")?;
        let claims = Claims {
            aud: aud.origin().ascii_serialization(),
            exp: now.plus(VOUCHED_FOR).seconds(),
            sub: &platform.settings.issuer,
        };
        let key = platform.vault.push_key();
        let token =
            sign::<Vapid, _>(key, &claims).map_err(|_| "the token for the push service was not signed")?;
        let vouched = format!("vapid t={token}, k={}", b64(&platform.vault.push_point()));
        let left = message.until.since(now).0.max(0);
        // A later message about the same question takes the earlier one's place (RFC 8030 §5.4): 32 letters at most.
        let topic: String = message.tag.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
        let request = || {
            let request = Request::post(address.endpoint.as_str())
                .body("application/octet-stream", body)
                .header("authorization", &vouched)?
                .header("content-encoding", "aes128gcm")?
                .header("ttl", &left.to_string())?
                .header("urgency", "high")?
                .header("topic", &topic)?;
            Ok::<_, NetFault>(request.patience(Duration::from_secs(10)))
        };
        let request = request().map_err(|_| "the request to the push service cannot be written")?;
        Ok(platform.outbound.send(request).await)
    }

    /// Gone is gone (RFC 8030 §7.3): the browser is forgotten.
    async fn concluded(&self, org: OrgId, found: &Subscription, sent: Result<Response, NetFault>) -> Attempt {
        match sent {
            Ok(answer) if answer.is_success() => Ok(Reacted::Done),
            Ok(answer) if matches!(answer.status, 404 | 410) => {
                let why = "its push service knows it no longer";
                browsers::forget(&self.0.platform, org, found, why).await.map_err(later)?;
                Ok(Reacted::Done)
            }
            Ok(answer) if matches!(answer.status, 408 | 425 | 429 | 500..) => {
                Ok(Reacted::Later(format!("the push service answered {}", answer.status)))
            }
            Ok(answer) => Ok(Reacted::Never(format!("the push service answered {}", answer.status))),
            Err(fault) if fault.is_refusal() => Ok(Reacted::Never(fault.to_string())),
            Err(fault) => Ok(Reacted::Later(fault.to_string())),
        }
    }
}

/// What the service worker shows. Nothing in it opens anything.
fn payload(message: &Message) -> Vec<u8> {
    let sentence: String = message.sentence.chars().take(LONGEST_SENTENCE).collect();
    let body = json!({
        "title": message.title, "body": sentence, "path": message.path, "tag": message.tag, "waits": message.waits,
    });
    let mut bytes = body.to_string().into_bytes();
    bytes.truncate(LONGEST);
    bytes
}
