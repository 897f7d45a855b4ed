//! Public keys as authenticators write them: COSE (RFC 9052 §7, RFC 9053 §7), with the algorithms of RFC 8812 and RFC 9053
//! that the registration offers.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use super::Refusal;
use super::cbor::Value;

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;
/// What is offered, in order of preference.
pub const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];

/// The longest modulus: 4096 bits.
const LONGEST_MODULUS: usize = 512;

/// A key that signatures can be held against.
pub struct Key {
    pub algorithm: i64,
    parsed: ParsedPublicKey,
}

impl Key {
    /// Reads a key that is of one of the kinds we ask for, and a point on its curve where it is one.
    pub fn read(value: &Value<'_>) -> Result<Self, Refusal> {
        let number = |label| value.numbered(label).and_then(Value::int);
        let algorithm = number(3).ok_or(Refusal::Malformed)?;
        let parsed = match (number(1), algorithm) {
            (Some(2), ES256) => p256(value),
            (Some(1), EDDSA) => ed25519(value),
            (Some(3), RS256) => rsa(value),
            (None, _) => Err(Refusal::Malformed),
            _ => Err(Refusal::WrongKey),
        }?;
        Ok(Self { algorithm, parsed })
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        self.parsed.verify_sig(message, signature).map_err(|_| Refusal::BadSignature)
    }
}

fn on_curve(value: &Value<'_>, curve: i64) -> Result<(), Refusal> {
    let right = value.numbered(-1).and_then(Value::int) == Some(curve);
    if right { Ok(()) } else { Err(Refusal::WrongKey) }
}

fn bytes<'a>(value: &Value<'a>, label: i64) -> Result<&'a [u8], Refusal> {
    value.numbered(label).and_then(Value::bytes).ok_or(Refusal::Malformed)
}

fn coordinate<'a>(value: &Value<'a>, label: i64) -> Result<&'a [u8; 32], Refusal> {
    bytes(value, label)?.try_into().map_err(|_| Refusal::Malformed)
}

/// The uncompressed point of both coordinates.
fn p256(value: &Value<'_>) -> Result<ParsedPublicKey, Refusal> {
    on_curve(value, 1)?;
    let mut point = vec![4u8];
    point.extend_from_slice(coordinate(value, -2)?);
    point.extend_from_slice(coordinate(value, -3)?);
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| Refusal::WrongKey)
}

fn ed25519(value: &Value<'_>) -> Result<ParsedPublicKey, Refusal> {
    on_curve(value, 6)?;
    ParsedPublicKey::new(&ED25519, coordinate(value, -2)?).map_err(|_| Refusal::WrongKey)
}

fn rsa(value: &Value<'_>) -> Result<ParsedPublicKey, Refusal> {
    let (n, e) = (bytes(value, -1)?, bytes(value, -2)?);
    if n.len() > LONGEST_MODULUS || e.len() > 8 {
        return Err(Refusal::WrongKey);
    }
    let key = RsaPublicKeyComponents { n, e };
    key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(|_| Refusal::WrongKey)
}
