//! Looking for any piece of a credential that is long enough to be of use.

use std::collections::HashMap;

use chancery_testkit::watch::PREFIXES;

/// Twelve characters of base 62 are 71 bits; what is left after that is still out of reach, but nothing so long is
/// anywhere by chance.
const PIECE: usize = 12;

pub struct Scan {
    pieces: HashMap<[u8; PIECE], String>,
    /// Pairs of bytes with which a piece begins.
    begins: Vec<bool>,
}

fn pair(window: &[u8]) -> usize {
    usize::from(window[0]) << 8 | usize::from(window[1])
}

impl Scan {
    pub fn of(secrets: &[(String, String)]) -> Self {
        let mut scan = Self { pieces: HashMap::new(), begins: vec![false; 1 << 16] };
        for (name, secret) in secrets {
            scan.add(name, telling(secret));
            let hex: String = telling(secret).bytes().map(|byte| format!("{byte:02x}")).collect();
            scan.add(&format!("{name}, in hexadecimal"), &hex);
        }
        scan
    }

    fn add(&mut self, name: &str, text: &str) {
        for window in text.as_bytes().windows(PIECE) {
            let piece: [u8; PIECE] = window.try_into().unwrap();
            self.begins[pair(window)] = true;
            self.pieces.entry(piece).or_insert_with(|| name.to_owned());
        }
    }

    /// The credential of which a piece stands there.
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        let hit = bytes.windows(PIECE).filter(|window| self.begins[pair(window)]);
        hit.filter_map(|window| self.pieces.get(window)).next().cloned()
    }

    /// Nothing of the known credentials.
    pub fn assert_unseen(&self, place: &str, bytes: &[u8]) {
        if let Some(name) = self.find(bytes) {
            let at = bytes.windows(PIECE).position(|window| self.pieces.contains_key(window)).unwrap();
            let around = &bytes[at.saturating_sub(160)..bytes.len().min(at + 40)];
            panic!("{place} has a piece of {name}: …{}…", String::from_utf8_lossy(around));
        }
    }

    /// Nor anything that looks like one, known or not.
    pub fn assert_clean(&self, place: &str, bytes: &[u8]) {
        self.assert_unseen(place, bytes);
        for prefix in PREFIXES.iter().chain(&["eyJ"]) {
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            let at =
                bytes.windows(prefix.len()).enumerate().filter(|(_, window)| *window == prefix.as_bytes());
            // `eyJ` stands in the middle of a hash by chance; our own prefixes have a letter that base64 has not.
            let chance = |at: usize| {
                *prefix == "eyJ" && at > 0 && (word(&bytes[at - 1]) || b"+/".contains(&bytes[at - 1]))
            };
            for (at, _) in at.filter(|(at, _)| !chance(*at)) {
                let long = bytes[at..].iter().take_while(|byte| word(byte)).count();
                let around = String::from_utf8_lossy(&bytes[at.saturating_sub(80)..bytes.len().min(at + 60)]);
                assert!(long < 24, "{place} has what looks like a credential: …{around}…");
            }
        }
    }
}

/// The part of a credential that makes it one: of a signed token its signature, of ours what follows the prefix.
fn telling(secret: &str) -> &str {
    if secret.starts_with("eyJ") {
        return secret.rsplit('.').next().unwrap();
    }
    PREFIXES.iter().find_map(|prefix| secret.strip_prefix(prefix)).unwrap_or(secret)
}
