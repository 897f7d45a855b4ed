//! Why a token or a key is refused. No variant carries any part of the token: these may be logged.

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// Not a compact JWS with a JSON header and a JSON object as payload, or a claim of the wrong JSON type.
    #[error("not a well-formed signed token")]
    Malformed,
    /// Longer than its purpose allows, mostly [`crate::MAX_TOKEN`].
    #[error("longer than is accepted")]
    TooLong,
    /// `alg` is not on the allow-list, or is not the algorithm of the key that `kid` names.
    #[error("its signature algorithm is not accepted for this key")]
    AlgRefused,
    /// No key fits.
    #[error("no known key has signed it")]
    UnknownKey,
    /// The key is known, the signature is not its.
    #[error("its signature is wrong")]
    BadSignature,
    /// `typ` says it is another class of token.
    #[error("it is another type of token")]
    WrongType,
    /// `crit` asks for an extension; none is implemented (RFC 7515 §4.1.11).
    #[error("its header has a critical extension that is not understood")]
    UnknownCrit,
    /// `iss` is not the expected issuer, byte for byte.
    #[error("it is from another issuer")]
    WrongIssuer,
    /// `aud` does not name us.
    #[error("it is for another audience")]
    WrongAudience,
    /// `exp` has passed.
    #[error("it has expired")]
    Expired,
    /// `nbf` has not come.
    #[error("it is not valid yet; check the clocks")]
    NotYetValid,
    /// `iat` lies ahead.
    #[error("it was issued in the future; check the clocks")]
    IssuedInFuture,
    /// `exp` lies further ahead than this class of token allows.
    #[error("it expires too far in the future; issue it with a shorter lifetime")]
    LifetimeTooLong,
    /// A required claim is absent.
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// A JSON object names one member twice (RFC 7515 §4, RFC 7519 §4).
    #[error("a JSON member stands there twice")]
    DuplicateMember,
}

/// Why a key was refused or could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes or members are not a key of that algorithm.
    #[error("not a valid key for its algorithm")]
    Invalid,
    /// Type, curve or algorithm is not one of ours.
    #[error(
        "unsupported key: use EC P-256 (ES256), OKP Ed25519 (EdDSA) or RSA of 2048 bits or more (PS256, RS256)"
    )]
    Unsupported,
    /// RSA shorter than 2048 bits or with a bad exponent, or an Ed25519 point of small order.
    #[error("the key is too weak: RSA needs 2048 to 8192 bits and an odd exponent from 3")]
    Weak,
    /// The JWK says it is not for signatures (`use`, `key_ops`).
    #[error("the key is not meant for signatures")]
    NotForSignatures,
    /// The JWK says it is not for encryption (`use`, `key_ops`).
    #[error("the key is not meant for encryption")]
    NotForEncryption,
    /// Random numbers or memory ran out inside the cryptographic library.
    #[error("the cryptographic library failed")]
    Crypto,
    /// The signature does not fit the key and message.
    #[error("the signature is wrong")]
    BadSignature,
}

/// Why claims could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims do not serialize to a JSON object.
    #[error("the claims do not serialize to a JSON object")]
    Claims,
    /// The token would be longer than any verifier of this crate accepts.
    #[error("the token would be longer than any verifier reads; put less into it")]
    TooLong,
    /// The key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
}
