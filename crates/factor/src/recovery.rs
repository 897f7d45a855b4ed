//! Recovery codes: look-up secrets on paper for the day the phone is gone (NIST SP 800-63B §5.1.2).

use chancery_kernel::{Env, Secret};

/// So many are made together, and shown once.
pub const HOW_MANY: usize = 10;
/// 32 characters that nobody takes for one another in handwriting.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";
/// Twice five characters: 50 bits.
const HALF: usize = 5;

/// A fresh set.
pub fn codes(env: &Env) -> Vec<Secret> {
    (0..HOW_MANY).map(|_| one(env.bytes())).collect()
}

fn one(random: [u8; 2 * HALF]) -> Secret {
    let mut text = String::with_capacity(2 * HALF + 1);
    for (i, byte) in random.into_iter().enumerate() {
        if i == HALF {
            text.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'0');
        text.push(char::from(letter));
    }
    Secret::new(text)
}

/// What a person typed, as it was printed; nothing if it cannot be one.
pub fn read(typed: &str) -> Option<Secret> {
    let mut plain = String::with_capacity(2 * HALF + 1);
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_lowercase() {
            'o' => '0',
            c => c,
        };
        if plain.len() == HALF {
            plain.push('-');
        }
        if plain.len() > 2 * HALF || !ALPHABET.iter().any(|known| char::from(*known) == c) {
            return None;
        }
        plain.push(c);
    }
    (plain.len() == 2 * HALF + 1).then(|| Secret::new(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Timestamp;
    use chancery_kernel::env::{ManualClock, SeededEntropy};

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let env = Env::new(ManualClock::at(Timestamp::from_seconds(0)), SeededEntropy::new(3));
        let all = codes(&env);
        assert_eq!(all.len(), HOW_MANY);
        for code in &all {
            let text = code.expose();
            assert_eq!(text.len(), 11);
            let loud = text.to_uppercase().replace('-', " ");
            assert!(read(&loud).unwrap().ct_eq(text.as_bytes()), "{loud}");
        }
        assert!(all.iter().skip(1).all(|code| !code.ct_eq(all[0].expose().as_bytes())));
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in ["", "123456", "abcde-fghj", "abcde-fghjkm", "abcde-fghjé", "abcd1-fghjk", "abcdl-fghjk"]
        {
            assert!(read(typed).is_none(), "{typed}");
        }
    }
}
