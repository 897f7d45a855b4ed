//! Bytes that a browser hands over for a passkey: read or refused, and never accepted without a signature.
#![no_main]

use chancery_factor::webauthn::{Assertion, Expect, Known, Registration, authenticate, register};
use libfuzzer_sys::fuzz_target;

const CLIENT_DATA: &[u8] = br#"{"type":"webauthn.create","challenge":"Yw","origin":"https://a.example"}"#;
const ASSERTED: &[u8] = br#"{"type":"webauthn.get","challenge":"Yw","origin":"https://a.example"}"#;

fuzz_target!(|data: &[u8]| {
    let expect = Expect { rp_id: "a.example", origin: "https://a.example", challenge: b"c" };
    let _ = register(&Registration { client_data: data, attestation: data }, &expect);
    if let Ok(made) = register(&Registration { client_data: CLIENT_DATA, attestation: data }, &expect) {
        assert!(!made.id.is_empty() && made.id.len() <= 1_023);
        let known = Known { public: &made.public, counter: made.counter };
        let given = Assertion { client_data: ASSERTED, authenticator_data: data, signature: data };
        assert!(authenticate(&given, &known, &expect).is_err());
    }
});
