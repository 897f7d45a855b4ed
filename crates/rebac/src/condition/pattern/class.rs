//! Sets of characters.

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Class {
    pub ranges: Vec<(char, char)>,
    pub negated: bool,
    /// Upper and lower case are the same.
    pub folded: bool,
}

impl Class {
    pub(super) fn of(ranges: &[(char, char)]) -> Self {
        Self { ranges: ranges.to_vec(), ..Self::default() }
    }

    pub(super) fn has(&self, c: char) -> bool {
        let within = |c: char| self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
        let found = within(c) || (self.folded && variants(c).any(within));
        found != self.negated
    }

    /// Adds the characters of a set of ranges, or all others.
    pub(super) fn add(&mut self, ranges: &[(char, char)], negated: bool) {
        if negated {
            self.ranges.extend(complement(ranges));
        } else {
            self.ranges.extend_from_slice(ranges);
        }
    }
}

/// The character in its other cases, where those are one character; the two that fold across scripts are named.
fn variants(c: char) -> impl Iterator<Item = char> {
    let single = |mut all: Box<dyn Iterator<Item = char>>| all.next().filter(|_| all.next().is_none());
    let lower = single(Box::new(c.to_lowercase()));
    let upper = single(Box::new(c.to_uppercase()));
    let crossed = match c {
        'k' | 'K' => Some('\u{212a}'),
        's' | 'S' => Some('\u{17f}'),
        _ => None,
    };
    let upper_of_lower = lower.and_then(|lower| single(Box::new(lower.to_uppercase())));
    [lower, upper, crossed, upper_of_lower].into_iter().flatten()
}

/// Every character that is in none of the ranges, which are in order.
fn complement(ranges: &[(char, char)]) -> Vec<(char, char)> {
    let mut found = Vec::new();
    let mut next = Some('\0');
    for (first, last) in ranges {
        if let Some(from) = next
            && from < *first
        {
            found.push((from, before(*first)));
        }
        next = after(*last);
    }
    if let Some(from) = next {
        found.push((from, char::MAX));
    }
    found
}

fn before(c: char) -> char {
    (1..=0x801).find_map(|step| char::from_u32(u32::from(c).wrapping_sub(step))).unwrap_or('\0')
}

fn after(c: char) -> Option<char> {
    (1..=0x801).find_map(|step| char::from_u32(u32::from(c) + step))
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const SPACES: &[(char, char)] = &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// `\d`, `\s`, `\w`, and in capitals all others.
pub(super) fn perl(letter: char) -> Option<(&'static [(char, char)], bool)> {
    let ranges = match letter.to_ascii_lowercase() {
        'd' => DIGITS,
        's' => SPACES,
        'w' => WORD,
        _ => return None,
    };
    Some((ranges, letter.is_ascii_uppercase()))
}

/// `[:alpha:]` and the like.
pub(super) fn named(name: &str) -> Option<&'static [(char, char)]> {
    Some(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\u{7f}')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => DIGITS,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    })
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
