//! The syntax of patterns. Classes by Unicode property (`\pL`) are refused: their tables are not carried here.

use super::class::{Class, perl};

#[derive(Clone, Debug)]
pub(super) enum Tree {
    Empty,
    Chars(Class),
    /// One after the other.
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Repeat {
        of: Box<Tree>,
        least: u32,
        most: Option<u32>,
    },
    Assert(Assertion),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}

const MOST_REPEATS: u32 = 1000;
const DEEPEST: usize = 250;

pub(super) fn parse(source: &str) -> Result<Tree, String> {
    let chars: Vec<char> = source.chars().collect();
    let mut parser = Parser { chars: &chars, at: 0, flags: Flags::default(), depth: 0 };
    let tree = parser.alternatives()?;
    match parser.peek() {
        None => Ok(tree),
        Some(_) => Err(format!("unexpected ): `{source}`")),
    }
}

#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) folded: bool,
    lines: bool,
    dot_is_all: bool,
}

pub(super) struct Parser<'a> {
    pub(super) chars: &'a [char],
    pub(super) at: usize,
    pub(super) flags: Flags,
    depth: usize,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn accept(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(ahead, c)| self.chars.get(self.at + ahead) == Some(&c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    pub(super) fn since(&self, start: usize) -> String {
        self.chars.get(start..self.at.min(self.chars.len())).unwrap_or_default().iter().collect()
    }

    pub(super) fn whole(&self) -> String {
        self.chars.iter().collect()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let found = self.peek();
        self.at += usize::from(found.is_some());
        found
    }

    fn alternatives(&mut self) -> Result<Tree, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("expression nests too deeply".to_owned());
        }
        let mut found = vec![self.sequence()?];
        while self.accept("|") {
            found.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if found.len() == 1 { found.pop().unwrap_or(Tree::Empty) } else { Tree::Any(found) })
    }

    fn sequence(&mut self) -> Result<Tree, String> {
        let mut found = Vec::new();
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            if self.accept("\\Q") {
                self.quoted(&mut found);
                continue;
            }
            let start = self.at;
            let piece = self.piece()?;
            found.push(self.repeats(start, piece)?);
        }
        Ok(Tree::All(found))
    }

    fn quoted(&mut self, found: &mut Vec<Tree>) {
        while !self.accept("\\E") {
            let Some(c) = self.next() else { return };
            found.push(self.chars(&[(c, c)]));
        }
    }

    fn chars(&self, ranges: &[(char, char)]) -> Tree {
        Tree::Chars(Class { folded: self.flags.folded, ..Class::of(ranges) })
    }

    fn piece(&mut self) -> Result<Tree, String> {
        let start = self.at;
        let Some(c) = self.next() else { return Ok(Tree::Empty) };
        match c {
            '(' => self.group(start),
            '[' => self.class(start),
            '.' if self.flags.dot_is_all => Ok(Tree::Chars(Class { negated: true, ..Class::default() })),
            '.' => Ok(Tree::Chars(Class { negated: true, ..Class::of(&[('\n', '\n')]) })),
            '^' if self.flags.lines => Ok(Tree::Assert(Assertion::LineStart)),
            '^' => Ok(Tree::Assert(Assertion::TextStart)),
            '$' if self.flags.lines => Ok(Tree::Assert(Assertion::LineEnd)),
            '$' => Ok(Tree::Assert(Assertion::TextEnd)),
            '*' | '+' | '?' => Err(format!("missing argument to repetition operator: `{c}`")),
            '\\' => self.escape(start),
            _ => Ok(self.chars(&[(c, c)])),
        }
    }

    fn escape(&mut self, start: usize) -> Result<Tree, String> {
        let Some(c) = self.next() else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        match c {
            'A' => Ok(Tree::Assert(Assertion::TextStart)),
            'z' => Ok(Tree::Assert(Assertion::TextEnd)),
            'b' => Ok(Tree::Assert(Assertion::WordBoundary)),
            'B' => Ok(Tree::Assert(Assertion::NoWordBoundary)),
            _ => {
                if let Some((ranges, negated)) = perl(c) {
                    return Ok(Tree::Chars(Class {
                        negated,
                        folded: self.flags.folded,
                        ..Class::of(ranges)
                    }));
                }
                let c = self.escaped(start, c)?;
                Ok(self.chars(&[(c, c)]))
            }
        }
    }

    /// The character an escape stands for; `c` came after the backslash.
    pub(super) fn escaped(&mut self, start: usize, c: char) -> Result<char, String> {
        let invalid = |parser: &Self| format!("invalid escape sequence: `{}`", parser.since(start));
        match c {
            'a' => Ok('\u{7}'),
            'f' => Ok('\u{c}'),
            't' => Ok('\t'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            'v' => Ok('\u{b}'),
            'x' => self.hexadecimal().ok_or_else(|| invalid(self)),
            '1'..='7' if !self.peek().is_some_and(|next| ('0'..='7').contains(&next)) => Err(invalid(self)),
            '0'..='7' => {
                let mut code = c.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.peek().and_then(|next| next.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    self.at += 1;
                }
                char::from_u32(code).ok_or_else(|| invalid(self))
            }
            'p' | 'P' => {
                if self.accept("{") {
                    while self.next().is_some_and(|next| next != '}') {}
                } else {
                    self.at += 1;
                }
                Err(format!(
                    "character classes by Unicode property are not supported: `{}`",
                    self.since(start)
                ))
            }
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
            _ => Err(invalid(self)),
        }
    }

    /// `7F` or `{10FFFF}`.
    fn hexadecimal(&mut self) -> Option<char> {
        let mut code: u32 = 0;
        if self.accept("{") {
            let start = self.at;
            while !self.accept("}") {
                code = code.checked_mul(16)?.checked_add(self.next()?.to_digit(16)?)?;
            }
            return if self.at == start + 1 { None } else { char::from_u32(code) };
        }
        for _ in 0..2 {
            code = code * 16 + self.next()?.to_digit(16)?;
        }
        char::from_u32(code)
    }

    fn group(&mut self, start: usize) -> Result<Tree, String> {
        let outer = self.flags;
        if self.accept("?") {
            if self.accept("P<") || self.accept("<") {
                self.group_name(start)?;
            } else if !self.group_flags(start)? {
                return Ok(Tree::Empty);
            }
        }
        let inner = self.alternatives()?;
        if !self.accept(")") {
            return Err(format!("missing closing ): `{}`", self.whole()));
        }
        self.flags = outer;
        Ok(inner)
    }

    fn group_name(&mut self, start: usize) -> Result<(), String> {
        let mut length = 0;
        loop {
            match self.next() {
                Some('>') if length > 0 => return Ok(()),
                Some(c) if c.is_ascii_alphanumeric() || c == '_' => length += 1,
                _ => return Err(format!("invalid named capture: `{}`", self.since(start))),
            }
        }
    }

    /// `i-s:` opens a group and is true; `i)` changes what follows in the group around.
    fn group_flags(&mut self, start: usize) -> Result<bool, String> {
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        loop {
            match self.next() {
                Some('i') => flags.folded = on,
                Some('m') => flags.lines = on,
                Some('s') => flags.dot_is_all = on,
                Some('U') => {}
                Some('-') if on => {
                    on = false;
                    seen = false;
                    continue;
                }
                Some(end @ (':' | ')')) if on || seen => {
                    self.flags = flags;
                    return Ok(end == ':');
                }
                None => return Err(format!("missing closing ): `{}`", self.whole())),
                _ => return Err(format!("invalid or unsupported Perl syntax: `{}`", self.since(start))),
            }
            seen = true;
        }
    }

    /// `*`, `+`, `?` and `{n,m}` after a piece; each may be followed by `?`, which changes only which match is found.
    fn repeats(&mut self, start: usize, piece: Tree) -> Result<Tree, String> {
        let mut found = piece;
        let mut before: Option<usize> = None;
        loop {
            let operator = self.at;
            let Some((least, most)) = self.repeat()? else { return Ok(found) };
            self.accept("?");
            if let Some(earlier) = before {
                return Err(format!("invalid nested repetition operator: `{}`", self.since(earlier)));
            }
            before = Some(operator);
            found = Tree::Repeat { of: Box::new(found), least, most };
            if most.unwrap_or(least) >= 2 && weight(&found) > MOST_REPEATS {
                return Err(format!("invalid repeat count: `{}`", self.since(operator.max(start))));
            }
        }
    }

    fn repeat(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        if self.accept("*") {
            return Ok(Some((0, None)));
        }
        if self.accept("+") {
            return Ok(Some((1, None)));
        }
        if self.accept("?") {
            return Ok(Some((0, Some(1))));
        }
        let start = self.at;
        let Some(counts) = self.counts() else {
            self.at = start;
            return Ok(None);
        };
        let (least, most) = counts;
        if least > MOST_REPEATS || most.is_some_and(|most| most > MOST_REPEATS || most < least) {
            return Err(format!("invalid repeat count: `{}`", self.since(start)));
        }
        Ok(Some(counts))
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else is no repetition but text.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        self.accept("{").then_some(())?;
        let least = self.number()?;
        if self.accept("}") {
            return Some((least, Some(least)));
        }
        self.accept(",").then_some(())?;
        if self.accept("}") {
            return Some((least, None));
        }
        let most = self.number()?;
        self.accept("}").then_some((least, Some(most)))
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let text = self.since(start);
        if text.len() > 1 && text.starts_with('0') {
            return None;
        }
        if text.len() > 8 { Some(MOST_REPEATS + 1) } else { text.parse().ok() }
    }
}

/// How often the most repeated piece is repeated, through all the repetitions around it.
fn weight(tree: &Tree) -> u32 {
    match tree {
        Tree::All(parts) | Tree::Any(parts) => parts.iter().map(weight).max().unwrap_or(1),
        Tree::Repeat { of, least, most } => {
            let times = most.unwrap_or(*least).max(1);
            weight(of).saturating_mul(times)
        }
        _ => 1,
    }
}
