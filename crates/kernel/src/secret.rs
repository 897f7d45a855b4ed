//! Secrets by type: they zero themselves, never print, and compare only in constant time.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::env::Env;

/// Text that must not be seen: no `Display`, no `PartialEq`, no `Serialize`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself: for the wire and for hashing, never for a log, an event or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn ct_eq(&self, other: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(other).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether two hashes of secrets are the same, in constant time.
pub fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let ([a_high, a_low], [b_high, b_low]) = (halves(a), halves(b));
    (a_high.ct_eq(&b_high) & a_low.ct_eq(&b_low)).into()
}

/// Two numbers are compared in a few steps, thirty-two bytes in hundreds.
fn halves(hash: &[u8; 32]) -> [u128; 2] {
    let half = |bytes: Option<&[u8; 16]>| bytes.map_or(0, |bytes| u128::from_ne_bytes(*bytes));
    [half(hash.first_chunk()), half(hash.last_chunk())]
}

/// What a generated secret is for. Its prefix makes a leaked one recognizable to scanners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    ClientSecret,
    RefreshToken,
    AuthorizationCode,
    /// An `auth_req_id` (CIBA §7.3).
    AuthReqId,
    Session,
    SetupLink,
    Csrf,
    /// The pre-shared key of a store of relationships.
    StoreKey,
}

impl SecretKind {
    pub const ALL: [Self; 8] = [
        Self::ClientSecret,
        Self::RefreshToken,
        Self::AuthorizationCode,
        Self::AuthReqId,
        Self::Session,
        Self::SetupLink,
        Self::Csrf,
        Self::StoreKey,
    ];

    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ClientSecret => "chs_",
            Self::RefreshToken => "chr_",
            Self::AuthorizationCode => "chc_",
            Self::AuthReqId => "cha_",
            Self::Session => "chz_",
            Self::SetupLink => "chl_",
            Self::Csrf => "chf_",
            Self::StoreKey => "chk_",
        }
    }
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 43 characters of base 62 carry 256 bits.
const BODY: usize = 43;
/// 6 characters of base 62 hold a CRC-32.
const CHECK: usize = 6;

/// A fresh secret: prefix, 256 random bits, checksum.
pub fn generate(env: &Env, kind: SecretKind) -> Secret {
    let mut high = u128::from_be_bytes(env.bytes());
    let mut low = u128::from_be_bytes(env.bytes());
    let mut text = String::with_capacity(4 + BODY + CHECK);
    text.push_str(kind.prefix());
    // 22 digits of base 62 hold 128 bits; the second half's last digit is dropped, 5 bits of 256 are lost at most.
    for i in 0..BODY {
        let half = if i < 22 { &mut high } else { &mut low };
        text.push(digit(*half % 62));
        *half /= 62;
    }
    let check = crc32(text.as_bytes());
    text.extend(base62(check).map(char::from));
    Secret::new(text)
}

/// A fresh password for a machine: 190 random bits as letters and digits, which every system takes.
pub fn password(env: &Env) -> Secret {
    let bytes = Zeroizing::new(env.bytes::<64>());
    // 248 is the largest multiple of 62 below 256: larger bytes would favor the first letters.
    let fair = bytes.iter().filter(|byte| **byte < 248).take(32);
    let text: String = fair.map(|byte| digit(u128::from(*byte))).collect();
    // Of 64 bytes some 62 are fair; fewer than 32 have not happened since the beginning of the world.
    Secret::new(text)
}

/// Whether the text is a well-formed secret of this kind: refuses typos before any look-up.
pub fn well_formed(text: &str, kind: SecretKind) -> bool {
    let total = kind.prefix().len() + BODY + CHECK;
    if text.len() != total || !text.starts_with(kind.prefix()) || !text.is_ascii() {
        return false;
    }
    let (body, check) = text.split_at(total - CHECK);
    check.bytes().eq(base62(crc32(body.as_bytes())))
}

/// Whether a text looks like a credential of ours or a compact JWT: such text is refused by events and logs.
pub fn looks_like_credential(text: &str) -> bool {
    SecretKind::ALL.iter().any(|kind| {
        text.match_indices(kind.prefix()).any(|(at, p)| {
            text.get(at + p.len()..)
                .is_some_and(|rest| rest.bytes().take_while(u8::is_ascii_alphanumeric).count() >= BODY)
        })
    }) || text.match_indices("eyJ").any(|(at, _)| {
        text.get(at..)
            .is_some_and(|rest| rest.split('.').take(3).filter(|part| part.len() >= 16).count() >= 2)
    })
}

fn digit(value: u128) -> char {
    ALPHABET.get((value % 62) as usize).map_or('0', |b| char::from(*b))
}

/// The digits of a checksum, the last first.
fn base62(value: u32) -> impl Iterator<Item = u8> {
    let rests = std::iter::successors(Some(value), |value| Some(value / 62));
    rests.take(CHECK).map(|rest| ALPHABET.get((rest % 62) as usize).copied().unwrap_or(b'0'))
}

/// CRC-32 (ISO-HDLC): it guards against typos, not attackers.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        let remainder = REMAINDERS.get(usize::from(crc as u8 ^ *byte)).copied().unwrap_or_default();
        remainder ^ (crc >> 8)
    })
}

/// What is left of each byte. Every request with a secret is checked so: bit by bit it would take a third of a microsecond.
static REMAINDERS: [u32; 256] = {
    let (mut table, mut byte) = ([0; 256], 0);
    let mut rest: &mut [u32] = &mut table;
    while let [slot, later @ ..] = rest {
        let (mut crc, mut bit) = (byte, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        *slot = crc;
        byte += 1;
        rest = later;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::{ManualClock, SeededEntropy};
    use crate::time::Timestamp;

    fn env() -> Env {
        Env::new(ManualClock::at(Timestamp::from_seconds(0)), SeededEntropy::new(7))
    }

    #[test]
    fn crc_matches_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn generated_secrets_are_well_formed_and_a_typo_is_not() {
        let env = env();
        for kind in SecretKind::ALL {
            let secret = generate(&env, kind);
            assert!(well_formed(secret.expose(), kind));
            assert!(looks_like_credential(&format!("password={}", secret.expose())));
            let mut typo = secret.expose().to_owned();
            let last = if typo.ends_with('0') { "1" } else { "0" };
            typo.replace_range(typo.len() - 1.., last);
            assert!(!well_formed(&typo, kind));
        }
    }

    #[test]
    fn passwords_of_machines_are_long_and_never_the_same() {
        let env = env();
        let all: std::collections::HashSet<String> =
            (0..500).map(|_| password(&env).expose().to_owned()).collect();
        assert_eq!(all.len(), 500);
        assert!(all.iter().all(|text| text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric())));
    }

    #[test]
    fn hashes_are_the_same_where_every_byte_is() {
        let hash: [u8; 32] = env().bytes();
        assert!(same(&hash, &hash.clone()));
        for at in 0..32 {
            let mut other = hash;
            other[at] ^= 1;
            assert!(!same(&hash, &other), "{at}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn ordinary_text_is_not_taken_for_a_credential() {
        for text in ["alice@corp.example", "chs_ short", "eyJ", "https://crm.example/contacts"] {
            assert!(!looks_like_credential(text), "{text}");
        }
        assert!(looks_like_credential("eyJhbGciOiJFUzI1NiJ9x.eyJzdWIiOiJ4IiwiYSI6MX0.sig"));
    }
}
