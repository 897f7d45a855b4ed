//! What stands between quotation marks, its escapes taken out.

/// The content of a string literal.
pub(super) fn text(content: &[char], raw: bool) -> Result<String, String> {
    if raw {
        return Ok(content.iter().collect());
    }
    let mut found = String::new();
    let mut rest = content;
    while let Some(piece) = next(&mut rest)? {
        let code = match piece {
            Piece::Char(c) => u32::from(c),
            Piece::Byte(code) | Piece::Point(code) => code,
        };
        found.push(char::from_u32(code).ok_or("invalid unicode code point")?);
    }
    Ok(found)
}

/// The content of a byte literal; `\x41` and `\101` are single bytes there.
pub(super) fn bytes(content: &[char], raw: bool) -> Result<Vec<u8>, String> {
    if raw {
        return Ok(content.iter().collect::<String>().into_bytes());
    }
    let mut found = Vec::new();
    let mut rest = content;
    while let Some(piece) = next(&mut rest)? {
        match piece {
            Piece::Char(c) => found.extend(c.to_string().bytes()),
            Piece::Byte(code) => found.push(u8::try_from(code).map_err(|_| "invalid byte")?),
            Piece::Point(_) => return Err("unable to unescape string".to_owned()),
        }
    }
    Ok(found)
}

enum Piece {
    Char(char),
    /// Given by two hexadecimal or three octal digits.
    Byte(u32),
    /// Given by four or eight hexadecimal digits.
    Point(u32),
}

fn next(rest: &mut &[char]) -> Result<Option<Piece>, String> {
    let Some((first, after)) = rest.split_first() else { return Ok(None) };
    *rest = after;
    if *first != '\\' {
        return Ok(Some(Piece::Char(*first)));
    }
    let (kind, after) =
        rest.split_first().ok_or("unable to unescape string, found '\\' as last character")?;
    *rest = after;
    let plain = match kind {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '\'' | '"' | '`' | '?' => *kind,
        'x' | 'X' => return digits(rest, 2, 16, 0).map(|code| Some(Piece::Byte(code))),
        'u' => return digits(rest, 4, 16, 0).map(|code| Some(Piece::Point(code))),
        'U' => return digits(rest, 8, 16, 0).map(|code| Some(Piece::Point(code))),
        '0'..='3' => {
            let start = kind.to_digit(8).unwrap_or_default();
            return digits(rest, 2, 8, start).map(|code| Some(Piece::Byte(code)));
        }
        _ => return Err("unable to unescape string".to_owned()),
    };
    Ok(Some(Piece::Char(plain)))
}

fn digits(rest: &mut &[char], count: usize, base: u32, start: u32) -> Result<u32, String> {
    let mut code = start;
    for _ in 0..count {
        let digit = rest.split_first().and_then(|(first, after)| {
            *rest = after;
            first.to_digit(base)
        });
        code = code.wrapping_mul(base).wrapping_add(digit.ok_or("unable to unescape string")?);
    }
    Ok(code)
}
