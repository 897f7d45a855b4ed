//! Words and signs with their places. Comments run from a `#` at the beginning of a line or after a space to its end;
//! elsewhere `#` joins a type and its relation.

use super::error::DslError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Number,
    Sign,
    End,
}

#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub line: usize,
    pub column: usize,
    /// First on its line.
    pub first: bool,
    /// Something other than the token before it stands before it.
    pub spaced: bool,
}

#[derive(Clone)]
pub struct Tokens<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
    at_line_start: bool,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Self {
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { rest, line: 1, column: 1, at_line_start: true }
    }

    pub fn next(&mut self) -> Token<'a> {
        let before = self.rest.len();
        let fresh = self.at_line_start;
        self.skip();
        let spaced = fresh || self.rest.len() < before;
        let (kind, length) = self.measure();
        let (text, rest) = self.rest.split_at(length);
        let first = self.at_line_start;
        let token = Token { kind, text, line: self.line, column: self.column, first, spaced };
        self.rest = rest;
        self.column += text.chars().count();
        self.at_line_start = false;
        token
    }

    pub fn peek(&self) -> Token<'a> {
        self.clone().next()
    }

    /// Everything up to the brace that closes the one just read, which is read too; without its comments.
    pub fn body(&mut self) -> Result<String, DslError> {
        let (line, column) = (self.line, self.column);
        let Some((length, kept)) = body(self.rest) else {
            let message = "this condition has no end: close it with `}`".to_owned();
            return Err(DslError { line, column, message });
        };
        let (text, rest) = self.rest.split_at(length);
        text.chars().for_each(|letter| self.pass(letter));
        self.rest = rest;
        let brace = self.next();
        debug_assert_eq!(brace.text, "}");
        Ok(kept)
    }

    fn measure(&self) -> (Kind, usize) {
        let Some(letter) = self.rest.chars().next() else { return (Kind::End, 0) };
        let run = |part: fn(char) -> bool| self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        match letter {
            'a'..='z' | 'A'..='Z' | '_' => {
                (Kind::Word, run(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')))
            }
            '0'..='9' => (Kind::Number, run(|c| c.is_ascii_digit() || c == '.')),
            other => (Kind::Sign, other.len_utf8()),
        }
    }

    /// Spaces, line ends and comments.
    fn skip(&mut self) {
        let mut spaced = self.at_line_start;
        while let Some(letter) = self.rest.chars().next() {
            if letter == '#' && spaced {
                let end = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
                self.rest = self.rest.split_at(end).1;
            } else if letter.is_whitespace() {
                spaced = true;
                self.pass(letter);
                self.rest = self.rest.split_at(letter.len_utf8()).1;
            } else {
                return;
            }
        }
    }

    fn pass(&mut self, letter: char) {
        if letter == '\n' {
            (self.line, self.column, self.at_line_start) = (self.line + 1, 1, true);
        } else {
            self.column += 1;
        }
    }
}

/// Bytes before the brace that closes what is open, not minding those in strings, comments and inner braces; and the text
/// without its comments, of this language (`#`) and of the expression's own (`//`).
fn body(text: &str) -> Option<(usize, String)> {
    let (mut depth, mut at, mut kept) = (0usize, 0, String::new());
    loop {
        let rest = text.get(at..)?;
        let letter = rest.chars().next()?;
        let spaced = kept.chars().next_back().is_none_or(char::is_whitespace);
        if rest.starts_with("//") || (letter == '#' && spaced) {
            kept.truncate(kept.trim_end_matches([' ', '\t']).len());
            at += rest.find('\n')?;
            continue;
        }
        let length = match letter {
            '}' if depth == 0 => return Some((at, kept)),
            '"' | '\'' => string_length(rest, letter)?,
            other => other.len_utf8(),
        };
        match letter {
            '}' => depth -= 1,
            '{' => depth += 1,
            _ => {}
        }
        kept.push_str(rest.get(..length)?);
        at += length;
    }
}

/// Bytes of the string that begins here, quotes included. A raw string ends at the same quote or later; which of both it
/// is matters only to whoever reads the expression.
fn string_length(text: &str, quote: char) -> Option<usize> {
    let triple: String = [quote; 3].iter().collect();
    if let Some(inner) = text.strip_prefix(&triple) {
        return Some(inner.find(&triple)? + 6);
    }
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return None,
            _ if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}
