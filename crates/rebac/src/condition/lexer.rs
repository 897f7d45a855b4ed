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

pub(super) fn tokens(source: &str) -> Result<Vec<Placed>, Complaint> {
    let chars: Vec<char> = source.chars().collect();
    let mut lexer = Lexer { chars: &chars, at: 0 };
    let mut found = Vec::new();
    loop {
        lexer.skip_blanks();
        let at = lexer.at;
        let token = lexer.next()?;
        let last = token == Token::End;
        found.push(Placed { token, at });
        if last {
            return Ok(found);
        }
    }
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
            None => Err(self.complain(format!("token recognition error at: '{first}'"))),
        }
    }

    fn complain(&self, text: String) -> Complaint {
        Complaint { at: self.at, text: format!("Syntax error: {text}") }
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
        loop {
            let Some(c) = self.peek(0) else { return Err(self.unclosed(start)) };
            if (0..width).all(|ahead| self.peek(ahead) == Some(quote)) {
                break;
            }
            if !triple && matches!(c, '\n' | '\r') {
                return Err(self.unclosed(start));
            }
            self.at += if c == '\\' && !raw { 2 } else { 1 };
        }
        let content: &[char] = self.chars.get(inner..self.at).unwrap_or_default();
        self.at += width;
        let wrong = |text| Complaint { at: start, text };
        if bytes {
            return literal::bytes(content, raw).map(Token::Bytes).map_err(wrong);
        }
        literal::text(content, raw).map(Token::Text).map_err(wrong)
    }

    fn unclosed(&self, start: usize) -> Complaint {
        let rest: String =
            self.chars.get(start..).unwrap_or_default().iter().take_while(|c| **c != '\n').collect();
        Complaint { at: start, text: format!("Syntax error: token recognition error at: '{rest}'") }
    }
}
