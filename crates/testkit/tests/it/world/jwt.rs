//! Tokens read without proof, and tokens as forgers write them.

use chancery_jose::{SigningKey, b64, sha256, unb64};
use serde_json::{Value, json};

fn part(token: &str, at: usize) -> Value {
    serde_json::from_slice(&unb64(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

pub fn header(token: &str) -> Value {
    part(token, 0)
}

pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// Signed by the key, under whatever header.
pub fn with_header(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
    format!("{signed}.{}", b64(&key.sign(signed.as_bytes()).unwrap()))
}

/// `alg: none`.
pub fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", b64(json!({"alg": "none"}).to_string().as_bytes()), b64(claims.to_string().as_bytes()))
}

/// HMAC with a key that everybody knows: the public one.
pub fn hs256(public: &str, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
    let key = sha256(public.as_bytes());
    let pad = |with: u8| (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = sha256(&[pad(0x36), signed.as_bytes().to_vec()].concat());
    format!("{signed}.{}", b64(&sha256(&[pad(0x5c), inner.to_vec()].concat())))
}

/// The order of P-256 (FIPS 186-4 §D.1.2.3).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The same token with the twin of its ES256 signature: of `(r, s)` that is `(r, n - s)`.
pub fn mirrored(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = unb64(signature).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let left = i16::from(ORDER[at]) - i16::from(bytes[32 + at]) - borrow;
        borrow = i16::from(left < 0);
        bytes[32 + at] = u8::try_from(left.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", b64(&bytes))
}
