//! Purpose-typed JWT, JWS and JWK; the time is an argument.
//!
//! A token is signed and verified *for a purpose*: `sign::<AccessToken, _>` writes the `typ` of an access token,
//! `verify::<AccessToken, _>` refuses everything else. One class of token can therefore never stand in for
//! another (RFC 8725 §3.11 and §3.12). Keys are parsed once and kept; there is no clock and no I/O in here.
//!
//! ```
//! use chancery_jose::{AccessToken, Alg, Expect, Keys, SigningKey, sign, verify};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::generate(Alg::Es256)?;
//! let claims = serde_json::json!({"iss": "https://id.example", "aud": "https://crm.example", "sub": "usr_1",
//!     "exp": 1_790_000_300, "iat": 1_790_000_000, "jti": "tok_1"});
//! let token = sign::<AccessToken, _>(&key, &claims)?;
//! let keys: Keys = [key.public().clone()].into_iter().collect();
//! let expect = Expect { issuer: Some("https://id.example"), audiences: &["https://crm.example"],
//!     now: 1_790_000_001, leeway: 5 };
//! let verified = verify::<AccessToken, serde_json::Value>(&token, &keys, &expect)?;
//! assert_eq!(verified.claims()["sub"], "usr_1");
//! # Ok(()) }
//! ```
#![deny(missing_docs)]

mod alg;
mod encode;
mod header;
mod jwe;
mod jwk;
mod keys;
mod public;
mod purpose;
mod reject;
mod scan;
mod signing;
mod token;

pub use alg::Alg;
pub use encode::{at_hash, b64, sha256, unb64};
pub use header::HeaderView;
pub use jwe::encrypt;
pub use jwk::{Jwk, JwkSet};
pub use keys::Keys;
pub use public::PublicKey;
pub use purpose::{
    AccessToken, ClientAssertion, IdToken, Introspection, LoginHint, LogoutToken, Purpose, RequestObject,
    RevocationFeed, Vapid,
};
pub use reject::{KeyError, Reject, SignError};
pub use signing::SigningKey;
pub use token::{Expect, MAX_TOKEN, Verified, decode_unverified, sign, verify};
