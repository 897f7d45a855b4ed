//! Just enough of Rust's lexical grammar: code without comments and strings, and the strings by themselves.

/// A source file taken apart.
#[derive(Default)]
pub struct Parts {
    /// The code, line for line, with comments and the content of literals blanked.
    pub code: String,
    /// String literals with the line they begin on.
    pub literals: Vec<(usize, String)>,
}

/// Takes a file apart; what follows its test module is left out, tests may do what the product may not.
pub fn parts(text: &str) -> Parts {
    let is_module = |at: &usize| {
        text.get(at + 1..).is_some_and(|rest| rest.lines().nth(1).is_some_and(|l| l.ends_with('{')))
    };
    let tests = text.match_indices("\n#[cfg(test)]\nmod ").map(|(at, _)| at).find(is_module);
    let product = tests.and_then(|at| text.get(..=at)).unwrap_or(text);
    let mut lexer = Lexer { text: product.chars().collect(), at: 0, line: 1, parts: Parts::default() };
    while lexer.step() {}
    lexer.parts
}

struct Lexer {
    text: Vec<char>,
    at: usize,
    line: usize,
    parts: Parts,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// Moves on by one character, which the code keeps or not; line ends are always kept.
    fn take(&mut self, keep: bool) -> Option<char> {
        let char = self.peek(0)?;
        self.at += 1;
        if char == '\n' {
            self.line += 1;
        }
        if keep || char == '\n' {
            self.parts.code.push(char);
        }
        Some(char)
    }

    fn step(&mut self) -> bool {
        match (self.peek(0), self.peek(1)) {
            (None, _) => return false,
            (Some('/'), Some('/')) => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.take(false);
                }
            }
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('r'), Some('"' | '#')) if self.starts_raw() => self.raw_string(),
            (Some('\''), _) => self.quote(),
            _ => drop(self.take(true)),
        }
        true
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (None, _) => return,
                _ => {
                    self.take(false);
                    continue;
                }
            }
            self.take(false);
            self.take(false);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut content = String::new();
        self.take(true);
        while let Some(char) = self.take(false) {
            match char {
                '"' => break,
                '\\' => content.extend(self.take(false).filter(|escaped| *escaped != '\n')),
                other => content.push(other),
            }
        }
        self.parts.code.push('"');
        self.parts.literals.push((line, content));
    }

    fn starts_raw(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.text.get(at));
        let inside_a_word = before.is_some_and(|c| (c.is_alphanumeric() && *c != 'b') || *c == '_');
        let hashes = self.text.iter().skip(self.at + 1).take_while(|c| **c == '#').count();
        !inside_a_word && self.peek(1 + hashes) == Some('"')
    }

    fn raw_string(&mut self) {
        let line = self.line;
        let hashes = self.text.iter().skip(self.at + 1).take_while(|c| **c == '#').count();
        (0..hashes + 2).for_each(|_| {
            self.take(false);
        });
        let mut content = String::new();
        while let Some(char) = self.take(false) {
            if char == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                (0..hashes).for_each(|_| {
                    self.take(false);
                });
                break;
            }
            content.push(char);
        }
        self.parts.code.push_str("\"\"");
        self.parts.literals.push((line, content));
    }

    /// A character literal is blanked, a lifetime is kept.
    fn quote(&mut self) {
        let escaped = self.peek(1) == Some('\\');
        if !escaped && self.peek(2) != Some('\'') {
            self.take(true);
            return;
        }
        self.take(false);
        if escaped {
            self.take(false);
        }
        self.take(false);
        while self.peek(0).is_some_and(|c| c != '\'' && c != '\n') {
            self.take(false);
        }
        self.take(false);
        self.parts.code.push_str("' '");
    }
}

/// Whether the text holds this word, not as part of a longer one.
pub fn has_word(text: &str, word: &str) -> bool {
    count_word(text, word) > 0
}

pub fn count_word(text: &str, word: &str) -> usize {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|found| *found == word).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_no_code() {
        let found = parts(
            "let a = \"x { \\\" y\"; // {\nlet b = r#\"q \"w\" \"#; /* { /* */ } */ let c = '{'; fn f<'a>() {}",
        );
        assert_eq!(found.code.matches('{').count(), 1);
        assert_eq!(found.literals, [(1, "x { \" y".to_owned()), (2, "q \"w\" ".to_owned())]);
        assert!(has_word(&found.code, "f") && !has_word(&found.code, "q"));
    }

    #[test]
    fn tests_at_the_end_are_left_out() {
        assert!(!parts("fn a() {}\n#[cfg(test)]\nmod tests {\nfn b() {} }").code.contains('b'));
    }
}
