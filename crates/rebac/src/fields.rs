//! How the fields of a message have to be written, in the words of OpenFGA's framework. It counts characters, bytes only
//! where it says so, and tells everything that is wrong at once.

use crate::model_error::ModelError;

/// So many characters, none of them space or of these.
pub struct Word {
    pub least: usize,
    pub most: usize,
    pub banned: &'static [char],
    /// The pattern as it is told.
    pub shown: &'static str,
}

pub const TYPE: Word = Word { least: 1, most: 254, banned: &[':', '#', '@'], shown: r"^[^:#@\\s]{1,254}$" };
pub const RELATION: Word = Word { least: 1, most: 50, banned: &[':', '#', '@'], shown: r"^[^:#@\\s]{1,50}$" };
pub const REQUIRED: &str = "value is required";

/// What `\s` is to OpenFGA's patterns.
pub const fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

impl Word {
    pub fn admits(&self, text: &str) -> bool {
        let fine = |c: char| !is_space(c) && !self.banned.contains(&c);
        // As nearly all are: a letter is a byte.
        if text.is_ascii() {
            return (self.least..=self.most).contains(&text.len())
                && text.bytes().all(|b| fine(char::from(b)));
        }
        (self.least..=self.most).contains(&text.chars().count()) && text.chars().all(fine)
    }
}

/// Everything that is wrong with a message.
#[derive(Default)]
pub struct Wrong(Vec<ModelError>);

impl Wrong {
    pub fn say(&mut self, message: &str, field: &str, rule: &str) {
        self.0.push(ModelError::field(message, field, rule));
    }

    pub fn pattern(&mut self, message: &str, field: &str, holds: bool, shown: &str) {
        if !holds {
            self.say(message, field, &format!("value does not match regex pattern \"{shown}\""));
        }
    }

    pub fn word(&mut self, message: &str, field: &str, text: &str, word: &Word) {
        self.pattern(message, field, word.admits(text), word.shown);
    }

    pub fn word_if_given(&mut self, message: &str, field: &str, text: &str, word: &Word) {
        if !text.is_empty() {
            self.word(message, field, text, word);
        }
    }

    pub fn most_bytes(&mut self, message: &str, field: &str, text: &str, most: usize) {
        if text.len() > most {
            self.say(message, field, &format!("value length must be at most {most} bytes"));
        }
    }

    /// `what`: items of a list, or pairs of a map.
    pub fn most(&mut self, message: &str, field: &str, count: usize, (most, what): (usize, &str)) {
        if count > most {
            self.say(message, field, &format!("value must contain no more than {most} {what}(s)"));
        }
    }

    pub fn some_items(&mut self, message: &str, field: &str, count: usize) {
        if count == 0 {
            self.say(message, field, "value must contain at least 1 item(s)");
        }
    }

    /// A message within the message. What is wrong there is told instead of what was wrong before it.
    pub fn within(&mut self, look: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        look(&mut inner);
        if !inner.0.is_empty() {
            *self = inner;
        }
    }

    /// Messages in a list.
    pub fn within_each<T>(&mut self, all: &[T], look: impl Fn(&mut Self, &T)) {
        all.iter().for_each(|one| self.within(|wrong| look(wrong, one)));
    }

    /// All of it in one sentence, with the code of the first.
    pub fn told(self) -> Result<(), ModelError> {
        let Some(first) = self.0.first() else { return Ok(()) };
        let all: Vec<&str> = self.0.iter().map(|one| one.message.as_str()).collect();
        Err(ModelError { code: first.code, message: all.join("; ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_and_length_are_what_they_are_to_openfga() {
        let admitted = ["a", "a\u{a0}", "a\u{0}", "日本", &"ä".repeat(50), &"a".repeat(50), "a\x0bb"];
        assert!(admitted.iter().all(|text| RELATION.admits(text)), "a vertical tab is no space to Go");
        let refused = ["", "a b", "a\tb", "a\x0cb", "a:b", "ä:b", &"ä".repeat(51), &"a".repeat(51)];
        assert!(!refused.iter().any(|text| RELATION.admits(text)));
    }

    #[test]
    fn what_is_wrong_within_is_told_instead_of_what_was_wrong_before_it() {
        let mut wrong = Wrong::default();
        wrong.say("A", "X", "1");
        wrong.within(|wrong| {
            wrong.say("B", "Y", "2");
            wrong.say("B", "Z", "3");
        });
        wrong.within(|_| {});
        wrong.say("A", "W", "4");
        assert_eq!(wrong.told().unwrap_err().message, "invalid B.Y: 2; invalid B.Z: 3; invalid A.W: 4");
    }
}
