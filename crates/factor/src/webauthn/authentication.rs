//! A passkey is used (§7.2).

use super::cose::Key;
use super::{Expect, Refusal, cbor, client_data, data};

/// A passkey as it was kept.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// COSE.
    pub public: &'a [u8],
    pub counter: u32,
}

/// What the browser hands over.
#[derive(Clone, Copy, Debug)]
pub struct Assertion<'a> {
    pub client_data: &'a [u8],
    pub authenticator_data: &'a [u8],
    pub signature: &'a [u8],
}

/// A proof. The caller keeps the counter, unless it has changed since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    pub counter: u32,
    pub verified: bool,
}

/// Checks an assertion.
pub fn authenticate(
    given: &Assertion<'_>,
    known: &Known<'_>,
    expect: &Expect<'_>,
) -> Result<Proved, Refusal> {
    let hash = client_data::check(given.client_data, "webauthn.get", expect)?;
    let data = data::read(given.authenticator_data, expect)?;
    let key = Key::read(&cbor::read_whole(known.public)?)?;
    key.verify(&[given.authenticator_data, &hash].concat(), given.signature)?;
    // §7.2 step 22: both zero means that this device does not count.
    if (data.counter != 0 || known.counter != 0) && data.counter <= known.counter {
        return Err(Refusal::CounterWentBack);
    }
    Ok(Proved { counter: data.counter, verified: data.verified })
}
