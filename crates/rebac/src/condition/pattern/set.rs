//! Sets of characters as they are written: `[a-z]`, `[^[:space:]\d]`.

use super::class::{Class, named, perl};
use super::parse::{Parser, Tree};

impl Parser<'_> {
    pub(super) fn class(&mut self, start: usize) -> Result<Tree, String> {
        let mut class = Class { folded: self.flags.folded, ..Class::default() };
        class.negated = self.accept("^");
        let mut first = true;
        loop {
            if !first && self.accept("]") {
                return Ok(Tree::Chars(class));
            }
            if self.peek().is_none() {
                let rest: String = self.chars.get(start..).unwrap_or_default().iter().collect();
                return Err(format!("missing closing ]: `{rest}`"));
            }
            if !self.class_set(&mut class)? {
                self.class_range(&mut class, first)?;
            }
            first = false;
        }
    }

    /// `[:alpha:]` or `\d` within a class.
    fn class_set(&mut self, class: &mut Class) -> Result<bool, String> {
        let start = self.at;
        if self.accept("[:") {
            let rest: String = self.chars.get(self.at..).unwrap_or_default().iter().collect();
            let Some((name, _)) = rest.split_once(":]") else {
                self.at = start;
                return Ok(false);
            };
            self.at += name.chars().count() + 2;
            let (plain, negated) = name.strip_prefix('^').map_or((name, false), |plain| (plain, true));
            let found = named(plain)
                .ok_or_else(|| format!("invalid character class range: `{}`", self.since(start)))?;
            class.add(found, negated);
            return Ok(true);
        }
        let after = self.chars.get(self.at + 1).copied();
        if let (Some('\\'), Some((ranges, negated))) = (self.peek(), after.and_then(perl)) {
            self.at += 2;
            class.add(ranges, negated);
            return Ok(true);
        }
        Ok(false)
    }

    fn class_range(&mut self, class: &mut Class, first: bool) -> Result<(), String> {
        let start = self.at;
        let dash_ends = self.chars.get(self.at + 1) == Some(&']');
        if self.peek() == Some('-') && !first && !dash_ends {
            self.at += 2;
            return Err(format!("invalid character class range: `{}`", self.since(start)));
        }
        let low = self.class_char()?;
        let ranged = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|next| *next != ']');
        let high = if ranged {
            self.at += 1;
            self.class_char()?
        } else {
            low
        };
        if low > high {
            return Err(format!("invalid character class range: `{}`", self.since(start)));
        }
        class.ranges.push((low, high));
        Ok(())
    }

    fn class_char(&mut self) -> Result<char, String> {
        let start = self.at;
        match self.next() {
            Some('\\') => match self.next() {
                Some(c) => self.escaped(start, c),
                None => Err("trailing backslash at end of expression: ``".to_owned()),
            },
            Some(c) => Ok(c),
            None => Err(format!("missing closing ]: `{}`", self.whole())),
        }
    }
}
