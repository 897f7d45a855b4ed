//! A passkey is made (§7.1).

use super::cbor::{self, Value};
use super::data::{self, Credential};
use super::{Expect, Refusal, client_data};

/// What the browser hands over.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    pub client_data: &'a [u8],
    pub attestation: &'a [u8],
}

/// A passkey that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub id: Vec<u8>,
    /// COSE.
    pub public: Vec<u8>,
    pub counter: u32,
    pub verified: bool,
    /// May be carried to other devices.
    pub portable: bool,
}

/// Checks a registration.
pub fn register(given: &Registration<'_>, expect: &Expect<'_>) -> Result<Registered, Refusal> {
    let hash = client_data::check(given.client_data, "webauthn.create", expect)?;
    let object = cbor::read_whole(given.attestation)?;
    let part = |name| object.named(name).ok_or(Refusal::Malformed);
    let bytes = part("authData")?.bytes().ok_or(Refusal::Malformed)?;
    let data = data::read(bytes, expect)?;
    let credential = data.credential.ok_or(Refusal::Malformed)?;
    let signed = [bytes, &hash].concat();
    let format = part("fmt")?.text().ok_or(Refusal::Malformed)?;
    attested(format, part("attStmt")?, &credential, &signed)?;
    Ok(Registered {
        id: credential.id.to_vec(),
        public: credential.public.to_vec(),
        counter: data.counter,
        verified: data.verified,
        portable: data.portable,
    })
}

/// `none` says nothing (§8.7); self attestation is signed by the new key itself (§8.2).
fn attested(
    format: &str,
    statement: &Value<'_>,
    credential: &Credential<'_>,
    signed: &[u8],
) -> Result<(), Refusal> {
    match format {
        "none" if statement.is_empty_map() => Ok(()),
        "none" => Err(Refusal::Malformed),
        "packed" if statement.named("x5c").is_none() => {
            let algorithm = statement.named("alg").and_then(Value::int).ok_or(Refusal::Malformed)?;
            if algorithm != credential.key.algorithm {
                return Err(Refusal::WrongAttestation);
            }
            let signature = statement.named("sig").and_then(Value::bytes).ok_or(Refusal::Malformed)?;
            credential.key.verify(signed, signature)
        }
        _ => Err(Refusal::WrongAttestation),
    }
}
