//! Ceremonies, as they go and as they must not.

use chancery_factor::base64url;
use chancery_factor::webauthn::{
    Assertion, Expect, Known, Proved, Refusal, Registered, Registration, authenticate, register,
};

use crate::device::{Device, HERE, Made, Signed};

const RP: &str = "id.corp.example";
const ORIGIN: &str = "https://id.corp.example";
const CHALLENGE: &[u8] = b"a challenge of this server's own";

fn expect() -> Expect<'static> {
    Expect { rp_id: RP, origin: ORIGIN, challenge: CHALLENGE }
}

fn challenge() -> String {
    base64url::encode(CHALLENGE)
}

fn registered(made: &Made) -> Result<Registered, Refusal> {
    register(&Registration { client_data: &made.client_data, attestation: &made.attestation }, &expect())
}

fn proved(signed: &Signed, public: &[u8], counter: u32) -> Result<Proved, Refusal> {
    let Signed { client_data, authenticator_data, signature } = signed;
    authenticate(
        &Assertion { client_data, authenticator_data, signature },
        &Known { public, counter },
        &expect(),
    )
}

#[test]
fn each_kind_of_key_is_registered_and_signs_in() {
    let self_attested: [&[u8]; 3] = [&[0x26], &[0x27], &[0x39, 0x01, 0x00]];
    let devices = [Device::es256(RP, ORIGIN), Device::ed_dsa(RP, ORIGIN), Device::rs256(RP, ORIGIN)];
    for (device, algorithm) in devices.into_iter().zip(self_attested) {
        let plain = registered(&device.make(&challenge())).unwrap();
        assert_eq!(plain.id, device.id);
        assert_eq!(plain.public, device.public());
        assert!(plain.verified && !plain.portable);
        assert_eq!(registered(&device.make_self_attested(&challenge(), algorithm)).unwrap(), plain);
        let other = if algorithm == [0x26] { &[0x27][..] } else { &[0x26] };
        let claimed = registered(&device.make_self_attested(&challenge(), other));
        assert_eq!(claimed, Err(Refusal::WrongAttestation));
        let proof = proved(&device.sign_in(&challenge()), &plain.public, plain.counter).unwrap();
        assert_eq!(proof, Proved { counter: 0, verified: true });
    }
}

#[test]
fn whatever_is_said_about_another_place_is_refused() {
    let honest = Device::es256(RP, ORIGIN);
    let public = honest.public();
    for (wrong, lie) in [
        (
            Refusal::WrongOrigin,
            Device { origin: "https://id.corp.example.evil".into(), ..Device::es256(RP, ORIGIN) },
        ),
        (
            Refusal::WrongOrigin,
            Device { origin: "http://id.corp.example".into(), ..Device::es256(RP, ORIGIN) },
        ),
        (Refusal::WrongParty, Device { rp_id: "corp.example".into(), ..Device::es256(RP, ORIGIN) }),
        (Refusal::Framed, Device { cross_origin: true, ..Device::es256(RP, ORIGIN) }),
        (Refusal::NotPresent, Device { flags: 0x04, ..Device::es256(RP, ORIGIN) }),
        // Backed up, though it could not be.
        (Refusal::Malformed, Device { flags: HERE | 0x10, ..Device::es256(RP, ORIGIN) }),
    ] {
        assert_eq!(registered(&lie.make(&challenge())), Err(wrong));
        assert_eq!(proved(&lie.sign_in(&challenge()), &public, 0), Err(wrong));
    }
    let stale = base64url::encode(b"a challenge of an earlier moment");
    assert_eq!(registered(&honest.make(&stale)), Err(Refusal::WrongChallenge));
    assert_eq!(proved(&honest.sign_in(&stale), &public, 0), Err(Refusal::WrongChallenge));
}

#[test]
fn a_ceremony_of_one_kind_is_none_of_the_other() {
    let device = Device::es256(RP, ORIGIN);
    let (made, signed) = (device.make(&challenge()), device.sign_in(&challenge()));
    let crossed = Made { client_data: signed.client_data.clone(), attestation: made.attestation };
    assert_eq!(registered(&crossed), Err(Refusal::WrongCeremony));
    let crossed = Signed { client_data: made.client_data, ..signed };
    assert_eq!(proved(&crossed, &device.public(), 0), Err(Refusal::WrongCeremony));
}

#[test]
fn another_key_or_another_text_is_a_bad_signature() {
    let (mine, theirs) = (Device::es256(RP, ORIGIN), Device::es256(RP, ORIGIN));
    assert_eq!(proved(&theirs.sign_in(&challenge()), &mine.public(), 0), Err(Refusal::BadSignature));
    let mut signed = mine.sign_in(&challenge());
    // The counter is signed over as well.
    *signed.authenticator_data.last_mut().unwrap() = 9;
    assert_eq!(proved(&signed, &mine.public(), 0), Err(Refusal::BadSignature));
    let mut made = mine.make_self_attested(&challenge(), &[0x26]);
    made.client_data = mine.make(&challenge()).client_data;
    assert!(registered(&made).is_ok(), "the same client data is the same text");
    let text = String::from_utf8(made.client_data).unwrap().replace("do not compare", "do compare");
    made.client_data = text.into_bytes();
    assert_eq!(registered(&made), Err(Refusal::BadSignature));
}

#[test]
fn a_counter_that_does_not_go_on_betrays_a_copy() {
    let device = |counter| Device { counter, ..Device::es256(RP, ORIGIN) };
    for (known, says, fine) in
        [(0, 0, true), (0, 1, true), (4, 5, true), (4, 4, false), (4, 3, false), (4, 0, false)]
    {
        let device = device(says);
        let proof = proved(&device.sign_in(&challenge()), &device.public(), known);
        assert_eq!(proof.is_ok(), fine, "{says} after {known}");
        assert!(fine || proof == Err(Refusal::CounterWentBack));
    }
}

#[test]
fn keys_of_other_kinds_are_not_kept() {
    let device = Device::es256(RP, ORIGIN);
    let made = device.make(&challenge());
    let swap = |from: &[u8], to: &[u8]| {
        let at = made.attestation.windows(from.len()).position(|w| w == from).unwrap();
        let mut attestation = made.attestation.clone();
        attestation.splice(at..at + from.len(), to.iter().copied());
        registered(&Made { client_data: made.client_data.clone(), attestation })
    };
    // ES384 under the same shape; the curve P-384; a point that is on no curve; an attestation of a maker.
    assert_eq!(
        swap(&[0x03, 0x26, 0x20, 0x01], &[0x03, 0x38, 0x22, 0x20, 0x01]),
        Err(Refusal::Malformed),
        "lengths tell"
    );
    assert_eq!(swap(&[0x03, 0x26, 0x20, 0x01], &[0x03, 0x27, 0x20, 0x01]), Err(Refusal::WrongKey));
    assert_eq!(swap(&[0x03, 0x26, 0x20, 0x01], &[0x03, 0x26, 0x20, 0x02]), Err(Refusal::WrongKey));
    let x = &device.public()[10..42];
    assert_eq!(swap(x, &[0xff; 32]), Err(Refusal::WrongKey));
    assert_eq!(swap(b"\x64none", b"\x64tpm2"), Err(Refusal::WrongAttestation));
}
