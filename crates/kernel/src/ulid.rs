//! The other spelling of an id: a ULID, 26 digits of Crockford's base 32. The relationship API names stores and models by
//! it, as OpenFGA's clients check. Ours hold the same 128 bits as the typed spelling does, so they sort by time in both.

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 26;

/// The text of these bits.
pub fn encode(uuid: Uuid) -> String {
    let mut bits = uuid.as_u128();
    let mut out = [b'0'; DIGITS];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET.get((bits & 31) as usize).copied().unwrap_or(b'0');
        bits >>= 5;
    }
    // Letters and digits throughout.
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads the canonical spelling: upper case, no letter that could be mistaken, no more than 128 bits.
pub fn decode(text: &str) -> Option<Uuid> {
    if text.len() != DIGITS || text.as_bytes().first().is_none_or(|first| *first > b'7') {
        return None;
    }
    let digit = |byte: u8| ALPHABET.iter().position(|known| *known == byte);
    text.bytes().try_fold(0u128, |sum, byte| Some((sum << 5) | digit(byte)? as u128)).map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_sorts_like_the_bits() {
        let some = [0, 1, 31, 32, u128::MAX / 3, u128::MAX];
        let texts: Vec<String> = some.iter().map(|bits| encode(Uuid::from_u128(*bits))).collect();
        assert!(texts.is_sorted());
        assert_eq!(texts[5], "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        for (text, bits) in texts.iter().zip(some) {
            assert_eq!(decode(text), Some(Uuid::from_u128(bits)));
        }
    }

    #[test]
    fn refuses_second_spellings() {
        let good = encode(Uuid::from_u128(u128::MAX));
        for bad in [
            good.to_lowercase(),
            good.replacen('7', "8", 1),
            good.replace('Z', "U"),
            good.replace('Z', "I"),
            format!("{good}0"),
            String::new(),
        ] {
            assert_eq!(decode(&bad), None, "{bad}");
        }
    }
}
