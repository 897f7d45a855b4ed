//! Challenges of ceremonies (WebAuthn level 3 §13.4.3). One is a nonce, the moment, and a tag over both, the session and
//! the purpose, so that showing a page writes nothing; using it up does.

use chancery_factor::base64url;
use chancery_kernel::{Seconds, Secret, SessionId, Timestamp};
use chancery_store::tables::spent;
use chancery_store::{DbFault, Sql};

use crate::Issuer;

/// A page may lie open so long.
const LASTS: Seconds = Seconds::minutes(10);
const NONCE: usize = 16;
const WHOLE: usize = NONCE + 8 + 32;

/// One that was made here, for this session and purpose, and is not too old.
#[derive(Clone, Debug)]
pub(super) struct Challenge {
    pub bytes: Vec<u8>,
    expires: Timestamp,
    digest: [u8; 16],
}

impl Challenge {
    /// False if it was used before.
    pub fn spend(&self, sql: &mut Sql<'_>) -> Result<bool, DbFault> {
        spent::spend(sql, self.expires, &self.digest)
    }
}

impl Issuer {
    /// A fresh one, in base64url.
    pub fn challenge(&self, session: SessionId, purpose: &str) -> String {
        let mut bytes = self.env().bytes::<NONCE>().to_vec();
        bytes.extend_from_slice(&self.now().micros().to_be_bytes());
        let tag = self.challenge_tag(session, purpose, &bytes);
        bytes.extend_from_slice(&tag);
        base64url::encode(&bytes)
    }

    pub(super) fn read_challenge(&self, session: SessionId, purpose: &str, text: &str) -> Option<Challenge> {
        let bytes = base64url::decode(text).filter(|bytes| bytes.len() == WHOLE)?;
        let (said, tag) = bytes.split_at_checked(NONCE + 8)?;
        let wanted = Secret::new(base64url::encode(&self.challenge_tag(session, purpose, said)));
        if !wanted.ct_eq(base64url::encode(tag).as_bytes()) {
            return None;
        }
        let at = i64::from_be_bytes(said.get(NONCE..)?.try_into().ok()?);
        let expires = Timestamp::from_micros(at).plus(LASTS);
        let digest = said.get(..NONCE)?.try_into().ok()?;
        (self.now() < expires).then_some(Challenge { bytes, expires, digest })
    }

    fn challenge_tag(&self, session: SessionId, purpose: &str, said: &[u8]) -> [u8; 32] {
        let said = base64url::encode(said);
        self.vault().tag("challenge", format!("{purpose}\0{session}\0{said}").as_bytes())
    }
}
