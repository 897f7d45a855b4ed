//! A public key, parsed once and kept.

use std::{fmt, sync::Arc};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};

use crate::{Alg, Jwk, KeyError, jwk::Kind, unb64};

/// A key that verifies signatures of one algorithm. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    alg: Alg,
    jwk: Jwk,
    thumbprint: String,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// Parses a JWK. An RSA key without `alg` becomes an RS256 key; [`crate::Keys::from_set`] adds it as PS256 too.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let alg = match (&jwk.kind, jwk.alg.as_deref()) {
            (Kind::Ec { .. }, None | Some("ES256")) => Alg::Es256,
            (Kind::Okp { .. }, None | Some("EdDSA")) => Alg::EdDsa,
            (Kind::Rsa { .. }, None | Some("RS256")) => Alg::Rs256,
            (Kind::Rsa { .. }, Some("PS256")) => Alg::Ps256,
            _ => return Err(KeyError::Unsupported),
        };
        Self::with_alg(jwk, alg)
    }

    /// The same, with the algorithm already decided; it must fit the key type.
    pub(crate) fn with_alg(jwk: &Jwk, alg: Alg) -> Result<Self, KeyError> {
        if !for_signatures(jwk) {
            return Err(KeyError::NotForSignatures);
        }
        let parsed = parse(&jwk.kind, alg)?;
        let thumbprint = jwk.thumbprint();
        Ok(Self(Arc::new(Inner { alg, jwk: jwk.clone(), thumbprint, parsed })))
    }

    /// The key as JSON.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.0.jwk
    }

    /// The one algorithm it verifies.
    #[must_use]
    pub fn alg(&self) -> Alg {
        self.0.alg
    }

    /// The JWK's `kid` if it has one, else the thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.0.jwk.kid.as_deref().unwrap_or(&self.0.thumbprint)
    }

    /// RFC 7638 thumbprint with SHA-256.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.0.thumbprint
    }

    /// Whether `sig` is this key's signature of `msg`.
    pub fn verify(&self, msg: &[u8], sig: &[u8]) -> Result<(), KeyError> {
        self.0.parsed.verify_sig(msg, sig).map_err(|_| KeyError::BadSignature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("alg", &self.0.alg).field("kid", &self.kid()).finish()
    }
}

/// RFC 7517 §4.2 and §4.3.
fn for_signatures(jwk: &Jwk) -> bool {
    jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
        && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"))
}

fn parse(kind: &Kind, alg: Alg) -> Result<ParsedPublicKey, KeyError> {
    let bytes = |text: &str| unb64(text).map_err(|_| KeyError::Invalid);
    match (kind, alg) {
        (Kind::Ec { x, y, .. }, Alg::Es256) => {
            // RFC 7518 §6.2.1.2: coordinates have the full length of the field; 0x04 marks the uncompressed point.
            // The library checks that the point lies on the curve.
            let (x, y) = (bytes(x)?, bytes(y)?);
            if x.len() != 32 || y.len() != 32 {
                return Err(KeyError::Invalid);
            }
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyError::Invalid)
        }
        (Kind::Okp { x, .. }, Alg::EdDsa) => {
            let x = bytes(x)?;
            if small_order(&x) {
                return Err(KeyError::Weak);
            }
            // A DER wrapping would parse too; RFC 8037 §2 knows only the 32 raw bytes.
            if x.len() != 32 {
                return Err(KeyError::Invalid);
            }
            ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyError::Invalid)
        }
        (Kind::Rsa { n, e }, Alg::Rs256 | Alg::Ps256) => {
            let (n, e) = (bytes(n)?, bytes(e)?);
            check_rsa(&n, &e)?;
            let params =
                if alg == Alg::Ps256 { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
            RsaPublicKeyComponents { n, e }.to_parsed_public_key(params).map_err(|_| KeyError::Invalid)
        }
        _ => Err(KeyError::Unsupported),
    }
}

/// RFC 7518 §3.3 asks for 2048 bits; an even exponent or 1 makes signatures forgeable.
pub(crate) fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), KeyError> {
    let (Some(top), Some(low)) = (n.first(), e.last()) else { return Err(KeyError::Invalid) };
    if *top == 0 || e.first() == Some(&0) {
        return Err(KeyError::Invalid);
    }
    let bits = n.len() * 8 - top.leading_zeros() as usize;
    let odd = low % 2 == 1;
    if !(2048..=8192).contains(&bits) || !odd || e == [1] || e.len() > 4 {
        return Err(KeyError::Weak);
    }
    Ok(())
}

/// The y coordinates of the points of order 1, 2, 4 and 8 (and their non-canonical spellings), sign bit cleared:
/// under such a key one signature fits many messages. RFC 8032 leaves the check to us.
fn small_order(key: &[u8]) -> bool {
    const ORDER_8: [u8; 32] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    const ORDER_8_NEGATIVE: [u8; 32] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    let Some((last, rest)) = key.split_last() else { return false };
    let cleared = last & 0x7f;
    let is = |point: &[u8; 32]| point.split_last().is_some_and(|(l, r)| *l == cleared && r == rest);
    // 0 and 1, then p - 1, p and p + 1 with p = 2^255 - 19.
    let near_zero = |low: u8| rest.split_first().is_some_and(|(l, r)| *l == low && r.iter().all(|b| *b == 0));
    let near_p = |low: u8| rest.split_first().is_some_and(|(l, r)| *l == low && r.iter().all(|b| *b == 0xff));
    (cleared == 0 && (near_zero(0) || near_zero(1)))
        || (cleared == 0x7f && (near_p(0xec) || near_p(0xed) || near_p(0xee)))
        || is(&ORDER_8)
        || is(&ORDER_8_NEGATIVE)
}
