//! Writes canonical JSON (RFC 8785) in one pass, restricted to what entries need: objects, arrays, strings, integers,
//! booleans, null. The caller gives member names in ascending order; [`crate::kind::ascending`] does it at build time.

use chancery_kernel::ScopeSet;
use chancery_kernel::id::{IdText, Uuid};

/// RFC 8785 §3.2.2.3 writes numbers as IEEE 754 doubles do: beyond this, integers lose digits.
pub(crate) const LARGEST: i64 = (1 << 53) - 1;

const HEX: &[u8; 16] = b"0123456789abcdef";

pub struct Canon(Vec<u8>);

impl Canon {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// A bracket, or the end of a line.
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A comma, unless this is the first in its object or array: no value ends in an opening bracket.
    pub(crate) fn separate(&mut self) {
        if !matches!(self.0.last(), Some(b'{' | b'[')) {
            self.0.push(b',');
        }
    }

    /// The name of a member of ours: letters, digits and underscores, which need no escape.
    pub(crate) fn name(&mut self, name: &'static str) {
        self.separate();
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    /// The name of a member somebody else chose.
    pub(crate) fn foreign_name(&mut self, name: &str) {
        self.separate();
        self.text(name);
        self.0.push(b':');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(b'"');
        let plain = text.bytes().fold(true, |plain, byte| plain & !needs_escape(byte));
        if plain {
            self.0.extend_from_slice(text.as_bytes());
        } else {
            text.bytes().for_each(|byte| self.escaped(byte));
        }
        self.0.push(b'"');
    }

    /// RFC 8785 §3.2.2.2: the short escapes where there is one, `\u00xx` in lower case for other control characters.
    fn escaped(&mut self, byte: u8) {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            0x00..=0x1f => {
                self.0.extend_from_slice(b"\\u00");
                self.0.push(hex(byte >> 4));
                return self.0.push(hex(byte & 15));
            }
            _ => return self.0.push(byte),
        };
        self.0.extend_from_slice(&[b'\\', short]);
    }

    /// An id as everybody writes it.
    pub(crate) fn id(&mut self, prefix: &'static str, uuid: Uuid) {
        self.0.push(b'"');
        self.0.extend_from_slice(IdText::new(prefix, uuid).as_str().as_bytes());
        self.0.push(b'"');
    }

    /// An integer; one too large for RFC 8785 is written as the largest, since an entry cannot be refused any more.
    pub(crate) fn integer(&mut self, value: i64) {
        let value = value.clamp(-LARGEST, LARGEST);
        if value < 0 {
            self.0.push(b'-');
        }
        let mut rest = value.unsigned_abs();
        let mut out = [b'0'; 20];
        let mut used = 0;
        for slot in out.iter_mut().rev() {
            *slot = b'0' + (rest % 10) as u8;
            rest /= 10;
            used += 1;
            if rest == 0 {
                break;
            }
        }
        self.0.extend_from_slice(out.get(out.len() - used..).unwrap_or_default());
    }

    pub(crate) fn word(&mut self, word: &'static str) {
        self.0.extend_from_slice(word.as_bytes());
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.word(if value { "true" } else { "false" });
    }

    /// A set of scopes as one string (RFC 6749 §3.3): its characters need no escape.
    pub(crate) fn scopes(&mut self, scopes: &ScopeSet) {
        self.0.push(b'"');
        for (i, scope) in scopes.iter().enumerate() {
            if i > 0 {
                self.0.push(b' ');
            }
            self.0.extend_from_slice(scope.as_str().as_bytes());
        }
        self.0.push(b'"');
    }

    /// Bytes as standard base 64: the spelling of hashes in checkpoints and exports too.
    pub(crate) fn base64(&mut self, bytes: &[u8]) {
        self.text(&crate::note::base64(bytes));
    }
}

fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn hex(nibble: u8) -> u8 {
    HEX.get(usize::from(nibble)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::{AgentId, Id};
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Canon)) -> String {
        let mut canon = Canon::with_capacity(64);
        write(&mut canon);
        String::from_utf8(canon.finish()).unwrap()
    }

    #[test]
    fn escapes_what_rfc_8785_escapes_and_nothing_else() {
        // The string of RFC 8785 §3.2.4, as §3.2.2.2 wants it written.
        let text = "€$\u{000F}\nA'\u{0042}\u{0022}\u{005c}\\\"/";
        assert_eq!(written(|c| c.text(text)), "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
        assert_eq!(written(|c| c.text("\u{7f}\u{2028}ö")), "\"\u{7f}\u{2028}ö\"");
    }

    #[test]
    fn integers_stop_where_doubles_lose_digits() {
        for (value, text) in [
            (0, "0"),
            (-7, "-7"),
            (LARGEST, "9007199254740991"),
            (i64::MAX, "9007199254740991"),
            (i64::MIN, "-9007199254740991"),
        ] {
            assert_eq!(written(|c| c.integer(value)), text);
        }
    }

    proptest! {
        #[test]
        fn strings_are_written_as_serde_json_reads_them(text in any::<String>()) {
            let line = written(|c| c.text(&text));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }

        #[test]
        fn ids_are_written_as_the_kernel_writes_them(bits in any::<[u8; 16]>()) {
            let text = format!("{:032x}", u128::from_be_bytes(bits));
            let id = AgentId::from_uuid(serde_json::from_value(text.into()).unwrap());
            prop_assert_eq!(written(|c| c.id("agt", id.uuid())), format!("\"{id}\""));
        }

        #[test]
        fn integers_are_written_as_the_standard_library_writes_them(value in -LARGEST..=LARGEST) {
            prop_assert_eq!(written(|c| c.integer(value)), value.to_string());
        }
    }
}
