//! RFC 7636: the vector of Appendix B, and what must not pass.

use chancery_kernel::Secret;
use chancery_oauth::Challenge;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn check(challenge: &str, verifier: &str) -> bool {
    Challenge::parse(challenge).is_some_and(|c| c.verify(&Secret::new(verifier)))
}

#[test]
fn the_vector_of_appendix_b_verifies() {
    assert!(check(CHALLENGE, VERIFIER));
    assert_eq!(Challenge::of(&Secret::new(VERIFIER)).as_str(), CHALLENGE);
}

#[test]
fn nothing_else_verifies() {
    assert!(!check(CHALLENGE, CHALLENGE), "plain");
    assert!(!check(CHALLENGE, &VERIFIER.to_uppercase()));
    assert!(!check(CHALLENGE, &VERIFIER[..42]));
    assert!(!check(CHALLENGE, ""));
    assert!(!check(CHALLENGE, &format!("{VERIFIER} ")));
}

#[test]
fn verifiers_have_43_to_128_unreserved_characters() {
    let own = |verifier: &str| Challenge::of(&Secret::new(verifier)).verify(&Secret::new(verifier));
    for (length, fine) in [(42, false), (43, true), (128, true), (129, false)] {
        assert_eq!(own(&"a".repeat(length)), fine, "{length}");
    }
    assert!(own(&format!("{}-._~", "a".repeat(40))));
    for stray in ["+", "/", "=", " ", "é", "%"] {
        assert!(!own(&format!("{}{stray}", "a".repeat(43))), "{stray}");
    }
}

#[test]
fn challenges_have_one_spelling() {
    let stray_bits = format!("{}N", &CHALLENGE[..42]);
    for challenge in [
        "",
        "a",
        VERIFIER,
        &format!("{CHALLENGE}="),
        &CHALLENGE[..42],
        &stray_bits,
        &CHALLENGE.replace('-', "+"),
    ] {
        assert_eq!(Challenge::parse(challenge).is_some(), challenge == VERIFIER, "{challenge}");
    }
}
