//! What strangers send never panics, and what is accepted is what was meant.

use chancery_factor::webauthn::{Assertion, Expect, Known, Registration, authenticate, register};
use chancery_factor::{base64url, recovery, totp};
use chancery_kernel::{Secret, Timestamp};
use proptest::prelude::*;

use crate::device::Device;

const EXPECT: Expect<'static> = Expect { rp_id: "a.example", origin: "https://a.example", challenge: b"c" };

proptest! {
    #[test]
    fn no_bytes_at_all_are_a_passkey(client_data in any::<Vec<u8>>(), attestation in any::<Vec<u8>>()) {
        let given = Registration { client_data: &client_data, attestation: &attestation };
        prop_assert!(register(&given, &EXPECT).is_err());
    }

    /// Whichever byte of what is signed changes, the proof is gone.
    #[test]
    fn one_changed_byte_undoes_a_proof(at in any::<prop::sample::Index>(), by in 1u8..) {
        let device = Device::es256("a.example", "https://a.example");
        let signed = device.sign_in(&base64url::encode(b"c"));
        let mut data = signed.authenticator_data.clone();
        *at.get_mut(&mut data) ^= by;
        let given = Assertion {
            client_data: &signed.client_data,
            authenticator_data: &data,
            signature: &signed.signature,
        };
        let known = Known { public: &device.public(), counter: 0 };
        prop_assert!(authenticate(&given, &known, &EXPECT).is_err());
    }

    #[test]
    fn a_cut_registration_is_none(at in any::<prop::sample::Index>()) {
        let made = Device::es256("a.example", "https://a.example").make(&base64url::encode(b"c"));
        let attestation = &made.attestation[..at.index(made.attestation.len())];
        let given = Registration { client_data: &made.client_data, attestation };
        prop_assert!(register(&given, &EXPECT).is_err());
    }

    #[test]
    fn a_code_is_good_for_three_steps_and_once(at in 0i64..4_000_000_000, late in -200i64..200) {
        let key = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let code = totp::shown(&key, Timestamp::from_seconds(at)).unwrap();
        let now = Timestamp::from_seconds(at + late);
        let near = ((at + late).div_euclid(30) - at.div_euclid(30)).abs() <= 1;
        if let Some(step) = totp::verify(&key, &code, now, i64::MIN) {
            prop_assert_eq!(totp::verify(&key, &code, now, step), None);
        } else {
            prop_assert!(!near);
        }
    }

    #[test]
    fn nothing_typed_breaks_a_reader(typed in any::<String>()) {
        let _ = recovery::read(&typed);
        let _ = totp::verify(&Secret::new("GEZDGNBV"), &typed, Timestamp::from_seconds(0), 0);
    }
}
