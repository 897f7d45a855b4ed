//! Text into tokens, as the grammar of the Common Expression Language has them.

use super::literal;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Ident(String),
    Int(String),
    Uint(String),
    Double(String),
    Text(String),
    Bytes(Vec<u8>),
    /// `&&`, `[`, …; also `true`, `false`, `null` and `in`.
    Sign(&'static str),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub token: Token,
    pub at: usize,
}

/// Longest first.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":", "+", "*",
    "/", "%", "<", ">",
];

const WORDS: &[&str] = &["true", "false", "null", "in"];

pub(super) struct Complaint {
    pub at: usize,
    pub text: String,
}

/// The tokens, and what was no token: that is skipped, so that all of it is told at once.
pub(super) fn tokens(source: &str) -> (Vec<Placed>, Vec<Complaint>) {
    let chars: Vec<char> = source.chars().collect();
    let mut lexer = Lexer { chars: &chars, at: 0 };
    let (mut found, mut complaints) = (Vec::new(), Vec::new());
    loop {
        lexer.skip_blanks();
        let at = lexer.at;
        match lexer.next() {
            Ok(Token::End) => break,
            Ok(token) => found.push(Placed { token, at }),
            Err(complaint) => complaints.push(complaint),
        }
    }
    found.push(Placed { token: Token::End, at: chars.len() });
    (found, complaints)
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(&mut wanted) {
            self.at += 1;
        }
        self.chars.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}'));
            if self.peek(0) != Some('/') || self.peek(1) != Some('/') {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn next(&mut self) -> Result<Token, Complaint> {
        let Some(first) = self.peek(0) else { return Ok(Token::End) };
        if first.is_ascii_digit() || (first == '.' && self.peek(1).is_some_and(|c| c.is_ascii_digit())) {
            return Ok(self.number());
        }
        if let Some(prefix) = self.text_prefix() {
            return self.text(prefix);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
            let sign = WORDS.iter().find(|one| **one == word);
            return Ok(sign.map_or(Token::Ident(word), |sign| Token::Sign(sign)));
        }
        match SIGNS.iter().find(|sign| sign.chars().enumerate().all(|(ahead, c)| self.peek(ahead) == Some(c)))
        {
            Some(sign) => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            None => {
                let start = self.at;
                self.at += 1;
                Err(self.unrecognized(start))
            }
        }
    }

    /// What was read since `start` is no token.
    fn unrecognized(&self, start: usize) -> Complaint {
        let text: String =
            self.chars.get(start..self.at.min(self.chars.len())).unwrap_or_default().iter().collect();
        Complaint { at: start, text: format!("Syntax error: token recognition error at: '{text}'") }
    }

    fn number(&mut self) -> Token {
        if self.peek(0) == Some('0')
            && self.peek(1) == Some('x')
            && self.peek(2).is_some_and(|c| c.is_ascii_hexdigit())
        {
            self.at += 2;
            let digits = format!("0x{}", self.take_while(|c| c.is_ascii_hexdigit()));
            return if self.accept(|c| matches!(c, 'u' | 'U')) {
                Token::Uint(digits)
            } else {
                Token::Int(digits)
            };
        }
        let mut text = self.take_while(|c| c.is_ascii_digit());
        let mut double = false;
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            double = true;
            self.at += 1;
            text.push('.');
            text.push_str(&self.take_while(|c| c.is_ascii_digit()));
        }
        if let Some(exponent) = self.exponent() {
            double = true;
            text.push_str(&exponent);
        }
        if double {
            return Token::Double(text);
        }
        if self.accept(|c| matches!(c, 'u' | 'U')) { Token::Uint(text) } else { Token::Int(text) }
    }

    fn exponent(&mut self) -> Option<String> {
        if !matches!(self.peek(0), Some('e' | 'E')) {
            return None;
        }
        let signed = matches!(self.peek(1), Some('+' | '-'));
        if !self.peek(1 + usize::from(signed)).is_some_and(|c| c.is_ascii_digit()) {
            return None;
        }
        let sign = if self.peek(1) == Some('-') { "-" } else { "" };
        self.at += 1 + usize::from(signed);
        Some(format!("e{sign}{}", self.take_while(|c| c.is_ascii_digit())))
    }

    fn accept(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let found = self.peek(0).is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    /// `r`, `b`, or both, and a quotation mark after them: how many characters, and which.
    fn text_prefix(&self) -> Option<(usize, bool, bool)> {
        let (mut raw, mut bytes) = (false, false);
        for ahead in 0..3 {
            match self.peek(ahead)? {
                '"' | '\'' => return Some((ahead, raw, bytes)),
                'r' | 'R' if !raw => raw = true,
                'b' | 'B' if !bytes && !raw => bytes = true,
                _ => return None,
            }
        }
        None
    }

    fn text(&mut self, (prefix, raw, bytes): (usize, bool, bool)) -> Result<Token, Complaint> {
        let start = self.at;
        let quote = self.peek(prefix).unwrap_or('"');
        let triple = self.peek(prefix + 1) == Some(quote) && self.peek(prefix + 2) == Some(quote);
        let width = if triple { 3 } else { 1 };
        self.at += prefix + width;
        let inner = self.at;
        while !(0..width).all(|ahead| self.peek(ahead) == Some(quote)) {
            let whole = match self.peek(0) {
                None => false,
                Some('\n' | '\r') if !triple => false,
                Some('\\') if !raw => self.skip_escape(),
                Some(_) => {
                    self.at += 1;
                    true
                }
            };
            if !whole {
                return Err(self.unrecognized(start));
            }
        }
        let content: &[char] = self.chars.get(inner..self.at).unwrap_or_default();
        self.at += width;
        let wrong = |text| Complaint { at: start, text };
        if bytes {
            return literal::bytes(content, raw).map(Token::Bytes).map_err(wrong);
        }
        literal::text(content, raw).map(Token::Text).map_err(wrong)
    }

    /// Reads an escape; false if there is no such, with the wrong character read.
    fn skip_escape(&mut self) -> bool {
        self.at += 1;
        let kind = self.peek(0);
        self.at += usize::from(kind.is_some());
        let (count, base) = match kind {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '"' | '\'' | '\\' | '?' | '`') => return true,
            Some('x' | 'X') => (2, 16),
            Some('u') => (4, 16),
            Some('U') => (8, 16),
            Some('0'..='3') => (2, 8),
            _ => return false,
        };
        (0..count).all(|_| {
            let next = self.peek(0);
            self.at += usize::from(next.is_some());
            next.is_some_and(|c| c.is_digit(base))
        })
    }
}
