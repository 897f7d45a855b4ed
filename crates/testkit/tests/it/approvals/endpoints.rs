//! An organization's endpoints: what they are told, how they know it is us, and what nobody can do with them.

mod hostile;
mod told;

use chancery_jose::sha256;
use chancery_testkit::endpoint::Heard;
use chancery_testkit::{Endpoint, Kit};
use serde_json::{Value, json};

use super::Desk;
use crate::world::World;

/// A desk, and an endpoint that it tells.
struct Room {
    d: Desk,
    sink: Endpoint,
    id: String,
    secret: String,
}

impl Room {
    async fn open(kind: &str) -> Self {
        Self::on(Desk::open_on(World::on(Kit::start_calling_here().await.unwrap()).await).await, kind).await
    }

    async fn on(mut d: Desk, kind: &str) -> Self {
        let sink = Endpoint::start().await.unwrap();
        let new = json!({"name": "told", "kind": kind, "address": sink.at("/hook/s3cret")});
        let made = d.w.make("/api/v1/endpoints", new).await;
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        Self { id: text("id"), secret: text("secret"), d, sink }
    }

    fn path(&self, what: &str) -> String {
        format!("/api/v1/endpoints/{}{what}", self.id)
    }

    /// A change of the endpoint, as it stands now.
    async fn change(&mut self, patch: Value) -> Value {
        let path = self.path("");
        self.d.w.api().await.patch(&path, patch).await.unwrap().ok().unwrap().body
    }

    /// Its messages, latest first.
    async fn deliveries(&mut self) -> Vec<Value> {
        let path = self.path("/deliveries");
        self.d.w.read(&path).await["items"].as_array().unwrap().clone()
    }

    /// Waits until its last message has this state.
    async fn last_is(&mut self, event: &str, state: &str) -> Value {
        let begun = std::time::Instant::now();
        while begun.elapsed() < std::time::Duration::from_secs(20) {
            let all = self.deliveries().await;
            if let Some(one) = all.iter().find(|one| one["event"] == event && one["state"] == state) {
                return one.clone();
            }
        }
        panic!("no {event} is {state}: {:?}", self.deliveries().await)
    }
}

/// HMAC (RFC 2104) by hand, so that the server is not asked whether the server is right.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let padded =
        |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = sha256(&[padded(0x36).as_slice(), message].concat());
    sha256(&[padded(0x5c).as_slice(), &inner].concat())
}

fn unbase64(text: &str) -> Vec<u8> {
    let bare = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    chancery_jose::unb64(&bare).unwrap()
}

/// Which of the signatures this secret made, as a receiver finds out.
fn signed_by(secret: &str, heard: &Heard) -> Vec<usize> {
    let key = unbase64(secret.strip_prefix("whsec_").unwrap());
    assert_eq!(key.len(), 32);
    let (id, at) = (heard.header("webhook-id"), heard.header("webhook-timestamp"));
    let mac = hmac(&key, &[id.as_bytes(), b".", at.as_bytes(), b".", &heard.body].concat());
    let all = heard.header("webhook-signature").split(' ');
    let ours = all.enumerate().filter(|(_, s)| s.strip_prefix("v1,").is_some_and(|s| unbase64(s) == mac));
    ours.map(|(at, _)| at).collect()
}
