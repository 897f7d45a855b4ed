//! Letters that pass for digits of an amount, wherever the amount stands: between signs, beside a currency, inside or
//! across markup.

use std::collections::BTreeSet;

use super::is_mark;

/// Longest stretch between `<` and `>` that is taken for markup.
const LONGEST_TAG: usize = 200;
/// Letters that may stand directly at an amount and leave it one.
const UNITS: [&str; 19] = [
    "eur", "usd", "gbp", "chf", "jpy", "cny", "inr", "sek", "nok", "dkk", "pln", "czk", "cad", "aud", "k",
    "m", "bn", "mio", "x",
];

/// Places of such letters in the text, counted in characters.
pub(super) fn disguised(text: &str) -> BTreeSet<usize> {
    let all: Vec<char> = text.chars().collect();
    let markup = markup(&all);
    let shown = |place: &usize| !all.get(*place).copied().is_some_and(is_mark);
    // A tag in the midst of an amount hides nothing, and one at its side makes no word of it and what is beyond.
    let across: Vec<usize> = (0..all.len()).filter(|place| !markup.contains(place)).filter(shown).collect();
    let mut found = amounts(&all, &across, &BTreeSet::new());
    if !markup.is_empty() {
        let within: Vec<usize> = (0..all.len()).filter(shown).collect();
        found.extend(amounts(&all, &within, &markup));
    }
    found
}

/// Places that belong to a tag.
fn markup(all: &[char]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = None;
    for (place, c) in all.iter().enumerate() {
        match (c, open) {
            ('<', _) => open = Some(place),
            ('>', Some(begun)) => {
                if place - begun <= LONGEST_TAG {
                    found.extend(begun..=place);
                }
                open = None;
            }
            _ => {}
        }
    }
    found
}

/// Runs of what amounts are made of, each with a digit and a letter that looks like one, and no word at either end.
/// Whatever is in `walls` parts what stands on its sides.
fn amounts(all: &[char], places: &[usize], walls: &BTreeSet<usize>) -> BTreeSet<usize> {
    let at = |i: usize| places.get(i).and_then(|place| all.get(*place)).copied();
    let is_wall = |i: usize| places.get(i).is_none_or(|place| walls.contains(place));
    let fits = |i: usize| !is_wall(i) && at(i).is_some_and(is_part);
    let mut found = BTreeSet::new();
    let mut i = 0;
    while i < places.len() {
        if !fits(i) {
            i += 1;
            continue;
        }
        let begin = i;
        while fits(i) {
            i += 1;
        }
        let run = || (begin..i).filter_map(&at);
        if !(run().any(|c| c.is_ascii_digit()) && run().any(looks_like_digit)) {
            continue;
        }
        let before: String =
            (0..begin).rev().take_while(|i| !is_wall(*i)).map_while(|i| letter(at(i)?)).collect();
        let after: String =
            (i..places.len()).take_while(|i| !is_wall(*i)).map_while(|i| letter(at(i)?)).collect();
        let before: String = before.chars().rev().collect();
        if is_unit(&before) && is_unit(&after) {
            let letters = (begin..i).filter(|i| at(*i).is_some_and(looks_like_digit));
            found.extend(letters.filter_map(|i| places.get(i).copied()));
        }
    }
    found
}

fn letter(c: char) -> Option<char> {
    c.is_alphanumeric().then(|| c.to_ascii_lowercase())
}

fn is_unit(text: &str) -> bool {
    text.is_empty() || UNITS.contains(&text)
}

fn is_part(c: char) -> bool {
    c.is_ascii_digit() || looks_like_digit(c) || matches!(c, '.' | ',' | '\'' | '’' | '_')
}

const fn looks_like_digit(c: char) -> bool {
    matches!(c, 'O' | 'o' | 'I' | 'l' | '|' | 'О' | 'о' | 'Ο' | 'ο' | 'І' | 'і' | 'З' | 'з' | 'б' | 'Օ' | 'օ')
}

#[cfg(test)]
mod tests {
    use super::super::{Oddity, plain};

    fn marked(text: &str) -> bool {
        let shown = plain(text);
        let told = shown.oddities.contains(&Oddity::Digits);
        assert_eq!(told, shown.text.contains("‹letter "), "{text}: {}", shown.text);
        told
    }

    #[test]
    fn an_amount_is_marked_wherever_it_stands() {
        for text in [
            "1O0",
            "Pay 1O0.00 EUR",
            "<b>1O</b>",
            "<b>1O0</b>",
            "Pay<b>1O0</b>now",
            "1<b>O</b>0",
            "1<span style=\"x\">O</span>0",
            "<i><b>l00</b></i>",
            "[1O0](https://bank.example)",
            "**1O0**",
            "`5OO0`",
            "EUR1O0",
            "1O0EUR",
            "€1O0",
            "1O0k",
            "-1O0-",
            "1\u{0336}O\u{0336}0",
            "&nbsp;1O0;",
            "=1O0=",
            "1O0/month",
        ] {
            assert!(marked(text), "{text}");
        }
        assert_eq!(plain("<b>1O</b>").text, "<b>1‹letter O›</b>");
        assert_eq!(plain("1<b>O</b>0").text, "1<b>‹letter O›</b>0");
    }

    #[test]
    fn joined_digits_are_marked_as_plain_ones() {
        for text in ["1\u{200b}O\u{200d}0", "1\u{2060}O0", "1\u{feff}O", "\u{ff11}O0", "<b>1\u{200b}O</b>"] {
            let shown = plain(text);
            assert!(shown.text.contains("‹letter O›"), "{text:?}: {}", shown.text);
            assert!(shown.oddities.contains(&Oddity::Digits), "{text:?}");
        }
    }

    #[test]
    fn words_and_names_are_left_alone() {
        for text in [
            "v2lite",
            "H2O",
            "model3l",
            "Oslo",
            "All 3",
            "B2B",
            "100",
            "<b>100</b>",
            "room A1l2b",
            "Ill",
            "ISO27001x5y",
        ] {
            assert!(!marked(text), "{text}: {}", plain(text).text);
        }
    }
}
