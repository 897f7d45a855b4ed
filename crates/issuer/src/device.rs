//! Browsers in which a person has signed in before (OWASP: device cookies). The cookie proves nothing but that: who has
//! it still needs the password, and is counted apart from strangers who guess.

use chancery_jose::b64;
use chancery_kernel::{OrgId, Secret};

use crate::Issuer;

/// All cookies of this kind begin so.
pub const PREFIX: &str = "chancery-device-";
/// Enough for the accounts of one browser.
const NAME_LENGTH: usize = 12;

impl Issuer {
    /// The name of the cookie for this account; nobody can tell from it which.
    pub fn device_name(&self, org: OrgId, login: &str) -> String {
        let tag = self.vault().tag("device-name", account(org, login).as_bytes());
        let digits: String = tag.iter().map(|byte| format!("{byte:02x}")).take(NAME_LENGTH / 2).collect();
        format!("{PREFIX}{digits}")
    }

    /// A fresh cookie for this account, after a good sign-in.
    pub(crate) fn device_cookie(&self, org: OrgId, login: &str) -> Secret {
        let nonce = b64(&self.env().bytes::<16>());
        let tag = self.device_tag(org, login, &nonce);
        Secret::new(format!("{nonce}.{tag}"))
    }

    /// Whether this cookie was made for this account.
    pub(crate) fn is_device(&self, org: OrgId, login: &str, cookie: &Secret) -> bool {
        let Some((nonce, tag)) = cookie.expose().split_once('.') else { return false };
        Secret::new(self.device_tag(org, login, nonce)).ct_eq(tag.as_bytes())
    }

    fn device_tag(&self, org: OrgId, login: &str, nonce: &str) -> String {
        b64(&self.vault().tag("device", format!("{}\0{nonce}", account(org, login)).as_bytes()))
    }
}

fn account(org: OrgId, login: &str) -> String {
    format!("{org}:{}", login.trim().to_lowercase())
}
