//! Text of strangers, made harmless before a person decides by it (CIBA §7.1, security considerations of FAPI-CIBA §7).
//!
//! What cannot be seen goes, what only looks like something else is shown as what it is, and the reader is told. Whole
//! words of any script stay as they are: a message may be in any language.

mod amounts;

/// Something about a text that its reader should mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// Control characters, or marks that turn the direction of text around.
    Hidden,
    /// A word that mixes alphabets, or is spelled in one that only looks like Latin.
    Alphabets,
    /// Digits of another script, or letters that look like digits.
    Digits,
    /// An address; it is shown as text, and leads nowhere.
    Address,
}

impl Oddity {
    /// For the person.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Hidden => "The agent's words held hidden characters. They were removed.",
            Self::Alphabets => {
                "The agent's words mix letters of different alphabets that look alike. They are marked with ‹ ›."
            }
            Self::Digits => {
                "The agent's words held letters or foreign digits in place of digits. They are marked with ‹ › or written plainly."
            }
            Self::Address => "The agent's words hold an address. Do not follow it because of this request.",
        }
    }
}

/// What may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    pub text: String,
    /// In order, each once.
    pub oddities: Vec<Oddity>,
}

/// More marks on one letter than any language needs hide their neighbors.
const MOST_MARKS: usize = 2;

/// Makes a text harmless.
pub fn plain(text: &str) -> Plain {
    if is_plain(text) {
        return Plain { text: text.to_owned(), oddities: Vec::new() };
    }
    made_plain(text)
}

/// Whether nothing can be wrong with a text: words of ASCII, single spaces, no digit that letters could pass for, no address.
/// Most are so, and most of the time that a question takes would go into looking closer.
fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    let harmless = text.bytes().all(|byte| {
        let fits = matches!(byte, b'!'..=b'~' if !byte.is_ascii_digit()) || (byte == b' ' && before != b' ');
        before = byte;
        fits
    });
    let www = |four: &[u8]| four.eq_ignore_ascii_case(b"www.");
    harmless && before != b' ' && !text.contains("://") && !text.as_bytes().windows(4).any(www)
}

fn made_plain(text: &str) -> Plain {
    let mut out = Plain::default();
    let visible = out.visible(text);
    let disguised = amounts::disguised(&visible);
    let mut at = 0;
    for word in visible.split(' ') {
        if !word.is_empty() {
            if !out.text.is_empty() {
                out.text.push(' ');
            }
            out.word(word, &|place| disguised.contains(&(at + place)));
        }
        // The space behind it is one character.
        at += word.chars().count() + 1;
    }
    out.oddities.sort_unstable();
    out.oddities.dedup();
    out
}

impl Plain {
    /// Without what cannot be seen; white space of all kinds becomes single spaces, foreign digits become ours.
    fn visible(&mut self, text: &str) -> String {
        let mut kept = String::with_capacity(text.len());
        let mut marks = 0;
        for c in text.chars() {
            if c.is_whitespace() {
                kept.push(' ');
                continue;
            }
            marks = if is_mark(c) { marks + 1 } else { 0 };
            if is_hidden(c) || marks > MOST_MARKS {
                self.oddities.push(Oddity::Hidden);
            } else if let Some(digit) = foreign_digit(c) {
                self.oddities.push(Oddity::Digits);
                kept.push(digit);
            } else {
                kept.push(styled(c));
            }
        }
        kept
    }

    /// `in_amount` says which of its characters are letters that pass for digits of an amount.
    fn word(&mut self, word: &str, in_amount: &dyn Fn(usize) -> bool) {
        if word.contains("://") || word.to_lowercase().contains("www.") {
            self.oddities.push(Oddity::Address);
        }
        let alphabets = is_disguised(word);
        for (place, c) in word.chars().enumerate() {
            if in_amount(place) {
                self.oddities.push(Oddity::Digits);
                self.text.push_str(&format!("‹letter {c}›"));
            } else if alphabets && looks_latin(c) {
                self.oddities.push(Oddity::Alphabets);
                self.text.push_str(&format!("‹{} {c}›", alphabet(c)));
            } else {
                self.text.push(c);
            }
        }
    }
}

/// Controls, direction marks, joiners, fillers, tags and what has no meaning (Unicode general categories Cc, Cf, Co, Cn).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffd}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}')
}

/// Combining marks of the scripts whose letters take any number of them.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Where each script's ten digits begin.
const ZEROS: &[u32] = &[
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
    0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x1d7ce,
    0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1fbf0, 0x2080,
];

/// The digit that a digit of another script, or a raised or lowered one, stands for.
fn foreign_digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let code = u32::from(c);
    let value = match c {
        '⁰' => 0,
        '¹' => 1,
        '²' => 2,
        '³' => 3,
        '⁴'..='⁹' => code - 0x2070,
        _ => ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10))?,
    };
    char::from_digit(value, 10)
}

/// Letters drawn as another kind of Latin (full width, mathematical alphabets) as plain ones.
fn styled(c: char) -> char {
    let code = u32::from(c);
    let folded = match code {
        0xff01..=0xff5e => Some(code - 0xfee0),
        0x1d400..=0x1d6a3 => {
            let at = (code - 0x1d400) % 52;
            Some(if at < 26 { 0x41 + at } else { 0x61 + at - 26 })
        }
        _ => None,
    };
    folded.and_then(char::from_u32).unwrap_or(c)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Cherokee,
    Other,
}

const fn alphabet_of(c: char) -> Alphabet {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{00c0}'..='\u{024f}' | '\u{1e00}'..='\u{1eff}' => Alphabet::Latin,
        '\u{0370}'..='\u{03ff}' | '\u{1f00}'..='\u{1fff}' => Alphabet::Greek,
        '\u{0400}'..='\u{052f}' | '\u{1c80}'..='\u{1c8f}' | '\u{a640}'..='\u{a69f}' => Alphabet::Cyrillic,
        '\u{0530}'..='\u{058f}' => Alphabet::Armenian,
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Alphabet::Cherokee,
        _ => Alphabet::Other,
    }
}

/// Letters of other alphabets that are drawn as Latin ones are (the part of Unicode's confusables that makes words).
const LOOK_LATIN: &str = "аеорсухіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅԌԚԜαικνορτυχγηωϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧօսոցհՕՍԼᎪᎢᎬᎻᎷᏢᏟᎳᏒ";

fn looks_latin(c: char) -> bool {
    !c.is_ascii() && LOOK_LATIN.contains(c)
}

/// A word of Latin letters with strange ones among them, or one of another alphabet in which every letter looks Latin.
fn is_disguised(word: &str) -> bool {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let latin = letters().any(|c| alphabet_of(c) == Alphabet::Latin);
    let strange = letters().any(looks_latin);
    let all_look_latin = letters().count() > 2 && letters().all(looks_latin);
    strange && (latin || all_look_latin)
}

const fn alphabet(c: char) -> &'static str {
    match alphabet_of(c) {
        Alphabet::Greek => "Greek",
        Alphabet::Cyrillic => "Cyrillic",
        Alphabet::Armenian => "Armenian",
        Alphabet::Cherokee => "Cherokee",
        Alphabet::Latin | Alphabet::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_for_plain_is_what_looking_closer_makes_of_it(text in "[ a-zA-Z0-9:/.<>W\t\u{200b}é]{0,12}|[wW.:/ ]{0,8}|[ -~]{0,16}") {
            let same = Plain { text: text.clone(), oddities: Vec::new() };
            prop_assert!(!is_plain(&text) || made_plain(&text) == same, "{:?}", made_plain(&text));
        }
    }

    #[test]
    fn words_with_single_spaces_are_plain_and_what_may_be_more_is_not() {
        assert!(is_plain("Approve AI agent to update Salesforce CRM for Brandon Stark?"));
        for text in ["", " a", "a ", "a  b", "a\tb", "1O", "see https://x", "see WwW.x", "é", "a\u{7f}"] {
            assert!(!is_plain(text), "{text:?}");
        }
    }
}
