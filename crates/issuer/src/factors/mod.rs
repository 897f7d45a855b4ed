//! Second factors: what a person has besides their password, and how they prove it.
//!
//! Checking is apart from using up: [`check`] finds which factor a proof belongs to, and the write that rests on it uses
//! the proof up by compare-and-set, so that of two who bring one proof at once, one is heard.

mod challenge;
mod check;
mod enroll;
mod own;
mod step;

pub use check::{Given, Signed};
pub use enroll::{Made, Offer};
pub use own::Own;
pub use step::Half;

use chancery_kernel::{Fault, Outcome};
use chancery_store::tables::sessions::Session;

use crate::Issuer;
use crate::sessions::Present;

/// What stands between a person who is signed in and everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// Their organization wants a second factor, and they have none.
    Enroll,
    /// They have one, and this session has not seen it.
    Prove,
}

/// The party that passkeys are made for (WebAuthn level 3 §5.1.2): this server's host, and its origin byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub rp_id: String,
    pub origin: String,
}

impl Issuer {
    /// Absent where the issuer has no host name: passkeys are bound to names, never to addresses.
    pub fn place(&self) -> Option<Place> {
        let url = url_of(self.issuer())?;
        let is_name = url.rp_id.parse::<std::net::IpAddr>().is_err() && !url.rp_id.starts_with('[');
        is_name.then_some(url)
    }
}

/// An issuer is an origin, and may end with a slash.
fn url_of(issuer: &str) -> Option<Place> {
    let origin = issuer.trim_end_matches('/');
    let (_, authority) = origin.split_once("://")?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    Some(Place { rp_id: host.to_owned(), origin: origin.to_owned() })
}

/// Whoever has just signed in or proved a factor may change what they have; whoever finds an open session may not.
fn settled(issuer: &Issuer, present: &Present, has_any: bool) -> Outcome<()> {
    let Session { auth_time, facts, .. } = &present.session;
    let lately = match has_any {
        true => facts.proven_lately(issuer.now()),
        false => issuer.now().since(*auth_time) <= enroll::AFTER_SIGN_IN,
    };
    if lately {
        return Ok(());
    }
    Err(match has_any {
        true => {
            Fault::forbidden("second_factor_required", "prove your second factor first: it was too long ago")
        }
        false => Fault::forbidden("sign_in_again", "sign in again first: you signed in too long ago"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_the_host_and_the_origin_of_the_issuer() {
        let of = |issuer: &str| url_of(issuer).map(|p| (p.rp_id, p.origin)).unwrap();
        assert_eq!(of("https://id.example/"), ("id.example".into(), "https://id.example".into()));
        assert_eq!(of("http://localhost:8080"), ("localhost".into(), "http://localhost:8080".into()));
    }
}
