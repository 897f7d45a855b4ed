//! A private key, parsed once and kept, with the token headers it will write already encoded.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256,
    },
};
use zeroize::Zeroizing;

use crate::{Alg, Jwk, KeyError, PublicKey, header, purpose};

/// A key that signs with one algorithm. Its `kid` is its thumbprint, so a `kid` never names two keys.
pub struct SigningKey {
    pair: Pair,
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
    headers: Vec<(Option<&'static str>, String)>,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(rsa::KeyPair),
}

impl SigningKey {
    /// A fresh key; RSA keys get 2048 bits.
    pub fn generate(alg: Alg) -> Result<Self, KeyError> {
        let rng = SystemRandom::new();
        let pkcs8 = match alg {
            Alg::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng)
                .map(|document| Zeroizing::new(document.as_ref().to_vec())),
            Alg::EdDsa => Ed25519KeyPair::generate_pkcs8v1(&rng)
                .map(|document| Zeroizing::new(document.as_ref().to_vec())),
            Alg::Ps256 | Alg::Rs256 => rsa::KeyPair::generate(rsa::KeySize::Rsa2048)
                .and_then(|pair| pair.as_der())
                .map(|der| Zeroizing::new(der.as_ref().to_vec())),
        }
        .map_err(|_| KeyError::Crypto)?;
        Self::from_pkcs8(alg, &pkcs8)
    }

    /// Reads an unencrypted PKCS #8 document.
    pub fn from_pkcs8(alg: Alg, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let (pair, mut jwk) = read(alg, pkcs8)?;
        jwk.kid = Some(jwk.thumbprint());
        jwk.alg = Some(alg.name().to_owned());
        jwk.usage = Some("sig".to_owned());
        let public = PublicKey::from_jwk(&jwk)?;
        let headers =
            purpose::TYPS.iter().map(|typ| (*typ, header::encode(alg, *typ, public.kid()))).collect();
        Ok(Self { pair, pkcs8: Zeroizing::new(pkcs8.to_vec()), public, headers })
    }

    /// The private key as PKCS #8, for sealing.
    #[must_use]
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// Its algorithm.
    #[must_use]
    pub fn alg(&self) -> Alg {
        self.public.alg()
    }

    /// Its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.public.kid()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message; ES256 signatures are the fixed 64-byte form of RFC 7518 §3.4.
    pub fn sign(&self, msg: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign_with(msg, <[u8]>::to_vec)
    }

    /// Signs and hands the signature over without a copy of its own.
    pub(crate) fn sign_with<T>(&self, msg: &[u8], take: impl FnOnce(&[u8]) -> T) -> Result<T, KeyError> {
        let rng = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&rng, msg).map(|sig| take(sig.as_ref())),
            Pair::Ed(pair) => pair.try_sign(msg).map(|sig| take(sig.as_ref())),
            Pair::Rsa(pair) => {
                let padding = if self.alg() == Alg::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut sig = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &rng, msg, &mut sig).map(|()| take(&sig))
            }
        }
        .map_err(|_| KeyError::Crypto)
    }

    /// The encoded header for a `typ`, if it is one of ours.
    pub(crate) fn header(&self, typ: Option<&str>) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == typ).map(|(_, header)| header.as_str())
    }

    /// How long the signature will be.
    pub(crate) fn signature_len(&self) -> usize {
        match &self.pair {
            Pair::Ec(_) | Pair::Ed(_) => 64,
            Pair::Rsa(pair) => pair.public_modulus_len(),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("alg", &self.alg())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

fn read(alg: Alg, pkcs8: &[u8]) -> Result<(Pair, Jwk), KeyError> {
    match alg {
        Alg::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                .map_err(|_| KeyError::Invalid)?;
            let point = pair.public_key().as_ref();
            let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
                return Err(KeyError::Invalid);
            };
            let jwk = Jwk::ec(x, y);
            Ok((Pair::Ec(pair), jwk))
        }
        Alg::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Invalid)?;
            let jwk = Jwk::okp(pair.public_key().as_ref());
            Ok((Pair::Ed(pair), jwk))
        }
        Alg::Ps256 | Alg::Rs256 => {
            let pair = rsa::KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Invalid)?;
            let (n, e) = rsa_numbers(pair.public_key().as_ref()).ok_or(KeyError::Invalid)?;
            let jwk = Jwk::rsa(n, e);
            Ok((Pair::Rsa(pair), jwk))
        }
    }
}

/// Modulus and exponent out of `RSAPublicKey ::= SEQUENCE { INTEGER, INTEGER }` (RFC 8017 A.1.1), which the library
/// gives us in DER only.
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, rest) = der_value(der, 0x30)?;
    let (n, after) = der_value(sequence, 0x02)?;
    let (e, end) = der_value(after, 0x02)?;
    let positive = |number| <[u8]>::strip_prefix(number, &[0]).unwrap_or(number);
    (rest.is_empty() && end.is_empty()).then_some((positive(n), positive(e)))
}

/// One DER value with the given tag, and what follows it.
fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81 | 0x82 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x0f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    (*found == tag).then(|| rest.split_at_checked(length)).flatten()
}
