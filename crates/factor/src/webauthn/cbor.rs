//! The part of CBOR (RFC 8949) that authenticators speak: the canonical form of CTAP2 §6. Lengths are definite and as
//! short as they can be, keys are integers or text and stand once; floats, tags and deep nesting do not occur.

use super::Refusal;

/// CTAP2 §6: authenticators nest no deeper than four levels.
const DEEPEST: usize = 4;
/// Entries of one map or list.
const MOST: u64 = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Flag(bool),
}

impl<'a> Value<'a> {
    fn entries(&self) -> &[(Value<'a>, Value<'a>)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// The value of a key that is text.
    pub fn named(&self, key: &str) -> Option<&Value<'a>> {
        self.entries().iter().find(|(k, _)| *k == Value::Text(key)).map(|(_, value)| value)
    }

    /// The value of a key that is an integer.
    pub fn numbered(&self, key: i64) -> Option<&Value<'a>> {
        self.entries().iter().find(|(k, _)| *k == Value::Int(key)).map(|(_, value)| value)
    }

    pub fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub fn int(&self) -> Option<i64> {
        if let Self::Int(n) = self { Some(*n) } else { None }
    }

    pub fn is_empty_map(&self) -> bool {
        matches!(self, Self::Map(entries) if entries.is_empty())
    }
}

/// Reads one value, and answers what follows it.
pub fn read(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), Refusal> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(DEEPEST)?;
    Ok((value, reader.rest))
}

/// Reads one value that is all there is.
pub fn read_whole(bytes: &[u8]) -> Result<Value<'_>, Refusal> {
    match read(bytes)? {
        (value, []) => Ok(value),
        _ => Err(Refusal::Malformed),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: u64) -> Result<&'a [u8], Refusal> {
        let n = usize::try_from(n).map_err(|_| Refusal::Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(Refusal::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Major type, and its argument in the shortest form.
    fn head(&mut self) -> Result<(u8, u64), Refusal> {
        let first = self.take(1)?.first().copied().unwrap_or(0);
        let (major, short) = (first >> 5, first & 0x1f);
        let (width, least) = match short {
            0..=23 => return Ok((major, u64::from(short))),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(Refusal::Malformed),
        };
        let argument = self.take(width)?.iter().fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
        // Simple values and floats are dealt with by whoever asked; for all others there is one way to write a number.
        if major == 7 || argument < least {
            return Err(Refusal::Malformed);
        }
        Ok((major, argument))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, Refusal> {
        let (major, n) = self.head()?;
        match major {
            0 => i64::try_from(n).map(Value::Int).map_err(|_| Refusal::Malformed),
            1 => i64::try_from(n).map(|n| Value::Int(-1 - n)).map_err(|_| Refusal::Malformed),
            2 => self.take(n).map(Value::Bytes),
            3 => std::str::from_utf8(self.take(n)?).map(Value::Text).map_err(|_| Refusal::Malformed),
            4 => self.list(n, depth),
            5 => self.map(n, depth),
            7 if n == 20 || n == 21 => Ok(Value::Flag(n == 21)),
            _ => Err(Refusal::Malformed),
        }
    }

    fn list(&mut self, n: u64, depth: usize) -> Result<Value<'a>, Refusal> {
        let inner = bounded(n, depth)?;
        (0..n).map(|_| self.value(inner)).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(&mut self, n: u64, depth: usize) -> Result<Value<'a>, Refusal> {
        let inner = bounded(n, depth)?;
        let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        for _ in 0..n {
            let key = self.value(inner)?;
            let fits = matches!(key, Value::Int(_) | Value::Text(_));
            if !fits || entries.iter().any(|(earlier, _)| *earlier == key) {
                return Err(Refusal::Malformed);
            }
            entries.push((key, self.value(inner)?));
        }
        Ok(Value::Map(entries))
    }
}

fn bounded(n: u64, depth: usize) -> Result<usize, Refusal> {
    depth.checked_sub(1).filter(|_| n <= MOST).ok_or(Refusal::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authenticators_write_is_read() {
        let map =
            [0xa3, 0x01, 0x02, 0x20, 0x42, 0xaa, 0xbb, 0x63, b'f', b'm', b't', 0x64, b'n', b'o', b'n', b'e'];
        let value = read_whole(&map).unwrap();
        assert_eq!(value.numbered(1).unwrap().int(), Some(2));
        assert_eq!(value.numbered(-1).unwrap().bytes(), Some(&[0xaa, 0xbb][..]));
        assert_eq!(value.named("fmt").unwrap().text(), Some("none"));
        assert_eq!(read(&[0xa0, 0xff]).unwrap().1, [0xff]);
        assert_eq!(read_whole(&[0x39, 0x01, 0x00]).unwrap(), Value::Int(-257));
        assert_eq!(
            read_whole(&[0x82, 0xf4, 0xf5]).unwrap(),
            Value::List(vec![Value::Flag(false), Value::Flag(true)])
        );
    }

    #[test]
    fn whatever_is_not_canonical_is_refused() {
        for (why, bytes) in [
            ("nothing", &[][..]),
            ("more than one value", &[0x01, 0x01]),
            ("a number longer than it need be", &[0x18, 0x17]),
            ("a length longer than it need be", &[0x58, 0x01, 0xaa]),
            ("two bytes for one", &[0x19, 0x00, 0xff]),
            ("no definite length", &[0x5f, 0x41, 0xaa, 0xff]),
            ("an open map", &[0xbf, 0xff]),
            ("more announced than there is", &[0x42, 0xaa]),
            ("a key twice", &[0xa2, 0x01, 0x01, 0x01, 0x02]),
            ("a key that is bytes", &[0xa1, 0x41, 0xaa, 0x01]),
            ("a float", &[0xf9, 0x3c, 0x00]),
            ("null", &[0xf6]),
            ("a tag", &[0xc1, 0x01]),
            ("text that is none", &[0x62, 0xff, 0xfe]),
            ("five levels", &[0x81, 0x81, 0x81, 0x81, 0x81, 0x01]),
            ("a number beyond ours", &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            ("a list of a billion", &[0x9a, 0x3b, 0x9a, 0xca, 0x00]),
        ] {
            assert_eq!(read_whole(bytes), Err(Refusal::Malformed), "{why}");
        }
    }
}
