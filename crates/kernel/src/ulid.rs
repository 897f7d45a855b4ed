//! The other spelling of an id: a ULID, 26 digits of Crockford's base 32. The relationship API names stores and models by
//! it, as OpenFGA's clients check. Ours hold the same 128 bits as the typed spelling does, so they sort by time in both.

use uuid::Uuid;

use crate::id::write_digits;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 26;

/// The text of these bits, without an allocation.
pub struct Text([u8; DIGITS]);

impl Text {
    pub fn of(uuid: Uuid) -> Self {
        let mut out = [b'0'; DIGITS];
        write_digits(ALPHABET, uuid, &mut out);
        Self(out)
    }

    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn as_str(&self) -> &str {
        // Letters and digits throughout.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The text of these bits.
pub fn encode(uuid: Uuid) -> String {
    Text::of(uuid).as_str().to_owned()
}

/// Reads the canonical spelling: upper case, no letter that could be mistaken, no more than 128 bits.
pub fn decode(text: &str) -> Option<Uuid> {
    if text.len() != DIGITS || text.as_bytes().first().is_none_or(|first| *first > b'7') {
        return None;
    }
    // Two and twice twelve digits, each part in one word of the machine. A letter that is none is told by its high bits.
    let (mut parts, mut wrong) = ([0u64; 3], 0);
    let mut bytes = text.bytes();
    for (part, digits) in parts.iter_mut().zip([2, 12, 12]) {
        for byte in bytes.by_ref().take(digits) {
            let value = DIGIT.get(usize::from(byte)).copied().unwrap_or(NONE);
            wrong |= value;
            *part = *part << 5 | u64::from(value);
        }
    }
    let bits = parts.iter().fold(0, |sum, part| sum << 60 | u128::from(*part));
    (wrong < NONE).then(|| Uuid::from_u128(bits))
}

/// What stands in [`DIGIT`] for a letter that is no digit.
const NONE: u8 = 0x80;

/// What each byte stands for. Every question names its store and its model so.
static DIGIT: [u8; 256] = {
    let (mut table, mut byte) = ([NONE; 256], 0);
    let mut rest: &mut [u8] = &mut table;
    while let [slot, later @ ..] = rest {
        if let Some(value) = digit(byte) {
            *slot = value;
        }
        byte = byte.wrapping_add(1);
        rest = later;
    }
    table
};

/// What a letter of [`ALPHABET`] stands for.
const fn digit(letter: u8) -> Option<u8> {
    Some(match letter {
        b'0'..=b'9' => letter - b'0',
        b'A'..=b'H' => letter - b'A' + 10,
        b'J' | b'K' => letter - b'J' + 18,
        b'M' | b'N' => letter - b'M' + 20,
        b'P'..=b'T' => letter - b'P' + 22,
        b'V'..=b'Z' => letter - b'V' + 27,
        _ => return None,
    })
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
    fn every_letter_stands_for_its_place() {
        let read = |letter: u8| ALPHABET.iter().position(|known| *known == letter).map(|at| at as u8);
        assert!((0..=255).all(|letter| digit(letter) == read(letter)));
    }

    #[test]
    fn a_letter_that_is_no_digit_is_refused_wherever_it_stands() {
        let good = encode(Uuid::from_u128(u128::MAX / 3));
        for at in 0..DIGITS {
            for bad in ["U", "i", "-"] {
                let mut text = good.clone();
                text.replace_range(at..=at, bad);
                assert_eq!(decode(&text), None, "{text}");
            }
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
