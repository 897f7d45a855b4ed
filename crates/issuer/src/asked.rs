//! That a person was asked to sign in for a request (OpenID Connect Core §3.1.2.1: `prompt=login`, `max_age`). The way
//! back carries when that was and which session was there then, under a tag: only a sign-in after it meets the demand,
//! so that nobody gets past it by opening the way back by hand, and nobody is asked in a circle.

use chancery_jose::b64;
use chancery_kernel::{Seconds, Secret, Timestamp};
use chancery_oauth::{ASKED, without_asked};

use crate::Issuer;
use crate::sessions::Present;

/// A sign-in and the reading of a consent page take no longer.
const LONGEST: Seconds = Seconds::hours(1);

impl Issuer {
    /// The request to come back to once the person has signed in.
    pub(crate) fn way_back_to(&self, query: &str, present: Option<&Present>) -> String {
        let (query, _) = without_asked(query);
        let session =
            present.map_or_else(String::new, |p| b64(&self.vault().tag("session", &p.session.hash)));
        let said = format!("{}.{session}", self.now().micros());
        let tag = self.asked_tag(&query, &said);
        format!("{query}&{ASKED}={said}.{tag}")
    }

    /// Whether this sign-in came after the person was asked for it, for this very request.
    pub(crate) fn signed_in_since(&self, query: &str, present: &Present) -> bool {
        let (query, asked) = without_asked(query);
        let Some(asked) = asked else { return false };
        let Some((said, tag)) = asked.rsplit_once('.') else { return false };
        let Some((at, session)) = said.split_once('.') else { return false };
        if !Secret::new(self.asked_tag(&query, said)).ct_eq(tag.as_bytes()) {
            return false;
        }
        let Ok(at) = at.parse().map(Timestamp::from_micros) else { return false };
        // A sign-in gives the session another cookie, also within one tick of the clock.
        let another = session != b64(&self.vault().tag("session", &present.session.hash));
        another && present.session.auth_time >= at && self.now().since(at) <= LONGEST
    }

    fn asked_tag(&self, query: &str, said: &str) -> String {
        b64(&self.vault().tag("asked", format!("{said}\0{query}").as_bytes()))
    }
}
