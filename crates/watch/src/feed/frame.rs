//! One event of the feed: claims, signed as a JWS, in the lines of server-sent events (WHATWG HTML §9.2).

use chancery_jose::{Alg, RevocationFeed, sign as sign_jws};
use chancery_kernel::{Fault, OrgId, Outcome, Seconds, Timestamp};
use chancery_vault::KeyRing;
use serde::Serialize;

use super::Frame;

/// A frame is for now: kept longer, it could only be replayed.
const LIFETIME: Seconds = Seconds(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    Snapshot,
    Marks,
    Beat,
}

impl FrameKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Marks => "marks",
            Self::Beat => "beat",
        }
    }
}

/// A mark as guards read it.
#[derive(Debug, Serialize)]
pub(super) struct Said {
    key: String,
    pos: i64,
    /// Seconds since 1970.
    until: i64,
}

impl Said {
    pub(super) fn new(key: String, pos: i64, until: Timestamp) -> Self {
        // Rounded up: a guard must not forget before the last token has died.
        Self { key, pos, until: until.seconds() + 1 }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Claims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    org_id: OrgId,
    /// The frame's name under the signature: the lines around it could be changed on the way.
    kind: &'static str,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<u64>,
    /// The ids of all keys that verify at this moment: a guard drops every other at once, whatever it fetched before.
    keys: Vec<&'a str>,
    marks: Vec<Said>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(
        kind: FrameKind,
        iss: &'a str,
        org: OrgId,
        now: Timestamp,
        seq: u64,
        prev: Option<u64>,
        marks: Vec<Said>,
    ) -> Self {
        let (iat, exp) = (now.seconds(), now.plus(LIFETIME).seconds());
        Self { iss, iat, exp, org_id: org, kind: kind.name(), seq, prev, keys: Vec::new(), marks }
    }
}

pub(super) fn sign<'a>(ring: &'a KeyRing, kind: FrameKind, claims: Claims<'a>) -> Outcome<Frame> {
    let claims = Claims { keys: ring.list().map(|(kid, ..)| kid).collect(), ..claims };
    let key = ring
        .active(Alg::EdDsa)
        .ok_or_else(|| Fault::internal("there is no EdDSA key to sign the feed with"))?;
    let jws = sign_jws::<RevocationFeed, _>(key, &claims)
        .map_err(|e| Fault::internal("feed of marks").because(e))?;
    Ok(format!("event: {}\ndata: {jws}\n\n", kind.name()).into())
}
