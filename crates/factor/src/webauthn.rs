//! Passkeys: Web Authentication level 3 §7 (relying party operations), for a second factor after a password.
//!
//! What comes from the browser is bytes of a stranger: CBOR, COSE and authenticator data are read strictly, and whatever
//! is not understood is refused. Attestation is not asked for: `none` and self attestation are accepted (§8.7, §8.2), and
//! nothing is concluded from either about the make of a device.

mod authentication;
mod cbor;
mod client_data;
mod cose;
mod data;
mod refusal;
mod registration;

pub use authentication::{Assertion, Known, Proved, authenticate};
pub use cose::ALGORITHMS;
pub use refusal::Refusal;
pub use registration::{Registered, Registration, register};

/// What a ceremony has to be about.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// The host name for which credentials are made.
    pub rp_id: &'a str,
    /// Byte for byte, with its scheme and port.
    pub origin: &'a str,
    pub challenge: &'a [u8],
}

/// Longest credential id (§7.1 step 25).
pub const LONGEST_ID: usize = 1_023;
