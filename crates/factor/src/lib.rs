//! Second factors, the pure part: one-time codes (RFC 6238), passkeys (WebAuthn level 3), recovery codes, and the QR symbol
//! that carries a key to a phone.
//!
//! Time and randomness are arguments, and nothing is kept here: whoever calls remembers the last step of a key, the
//! counter of a passkey and the challenges that were used.

pub mod base64url;
pub mod qr;
pub mod recovery;
pub mod totp;
pub mod webauthn;
