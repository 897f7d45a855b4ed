//! Time-based one-time codes: RFC 6238 over RFC 4226, with SHA-1, six digits and steps of thirty seconds, since those are
//! what every authenticator app reads.

use aws_lc_rs::hmac;
use chancery_kernel::{Env, Secret, Timestamp};
use data_encoding::BASE32_NOPAD;

const STEP: i64 = 30;
const DIGITS: usize = 6;
/// RFC 6238 §5.2: one step either way for clocks that differ.
const SKEW: i64 = 1;
/// RFC 4226 §4: 160 bits.
const KEY: usize = 20;

/// The key that a phone and this server share, in base 32 (RFC 4648 §6).
pub fn key(env: &Env) -> Secret {
    Secret::new(BASE32_NOPAD.encode(&env.bytes::<KEY>()))
}

/// What the symbol says to a phone (the key URI format that authenticator apps agree on).
pub fn uri(key: &Secret, issuer: &str, account: &str) -> Secret {
    let (issuer, account) = (escaped(issuer), escaped(account));
    let key = key.expose();
    Secret::new(format!("otpauth://totp/{issuer}:{account}?secret={key}&issuer={issuer}"))
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The step whose code was typed: of the present one and its neighbors, and later than `last`, the last that was used.
/// Whoever accepts it remembers it as the new last, so that a code works once (RFC 6238 §5.2).
pub fn verify(key: &Secret, typed: &str, now: Timestamp, last: i64) -> Option<i64> {
    let key = BASE32_NOPAD.decode(key.expose().as_bytes()).ok()?;
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if typed.len() != DIGITS || !typed.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let present = now.seconds().div_euclid(STEP);
    let mut found = None;
    // All of them, so that time does not tell which.
    for step in present - SKEW..=present + SKEW {
        if Secret::new(code(&key, step)).ct_eq(typed.as_bytes()) && step > last {
            found = Some(step);
        }
    }
    found
}

/// The code of a key at a moment, as a phone shows it.
pub fn shown(key: &Secret, at: Timestamp) -> Option<String> {
    let key = BASE32_NOPAD.decode(key.expose().as_bytes()).ok()?;
    Some(code(&key, at.seconds().div_euclid(STEP)))
}

/// RFC 4226 §5.3.
fn code(key: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let word = tag.iter().skip(at).take(4).fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, with the last six digits of the eight.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    fn known() -> Secret {
        Secret::new(BASE32_NOPAD.encode(b"12345678901234567890"))
    }

    #[test]
    fn the_vectors_of_the_rfc_hold() {
        for (at, code) in VECTORS {
            assert_eq!(shown(&known(), Timestamp::from_seconds(at)).unwrap(), code);
        }
    }

    #[test]
    fn a_code_works_once_and_one_step_either_way() {
        let at = |s: i64| Timestamp::from_seconds(1_111_111_110 + s);
        let code = shown(&known(), at(0)).unwrap();
        let step = 1_111_111_110 / 30;
        for (moment, last, wanted) in [
            (0, 0, Some(step)),
            (30, 0, Some(step)),
            (-30, 0, Some(step)),
            (59, 0, Some(step)),
            (60, 0, None),
            (-31, 0, None),
            (0, step, None),
            (0, step - 1, Some(step)),
            (0, step + 1, None),
        ] {
            assert_eq!(verify(&known(), &code, at(moment), last), wanted, "{moment} after {last}");
        }
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(verify(&known(), &spaced, at(0), 0), Some(step));
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        let now = Timestamp::from_seconds(59);
        for typed in ["", "28708", "2870820", "28708a", "٢٨٧٠٨٢", "-28708"] {
            assert_eq!(verify(&known(), typed, now, 0), None, "{typed}");
        }
        assert_eq!(verify(&Secret::new("not base 32!"), "287082", now, 0), None);
    }

    #[test]
    fn the_address_says_whose_key_it_is() {
        let uri = uri(&Secret::new("JBSWY3DP"), "Corp & Sons", "ada@corp.example");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Corp%20%26%20Sons:ada@corp.example?secret=JBSWY3DP&issuer=Corp%20%26%20Sons"
        );
    }
}
