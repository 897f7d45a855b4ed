//! Text of strangers, made harmless.

use chancery_policy::approval::{Oddity, plain};
use proptest::prelude::*;

fn of(text: &str) -> (String, Vec<Oddity>) {
    let plain = plain(text);
    (plain.text, plain.oddities)
}

#[test]
fn ordinary_words_of_any_script_stay_as_they_are() {
    for text in [
        "Approve AI agent to update Salesforce CRM for Brandon Stark?",
        "Überweisung an Łódź, naïve café",
        "Обновить запись клиента в CRM?",
        "この注文を承認しますか？".replace('？', "?").as_str(),
        "تحديث سجل العميل",
        "Ενημέρωση της εγγραφής πελάτη",
        "BUY-4711 for 1,200.00 EUR",
        "O2 invoice".replace("O2", "IBM").as_str(),
    ] {
        assert_eq!(of(text), (text.to_owned(), vec![]));
    }
}

#[test]
fn what_turns_or_hides_text_is_removed() {
    let (text, odd) = of("pay \u{202e}00.1\u{202c} EUR\u{200b} to\u{2067} B");
    assert_eq!((text.as_str(), odd), ("pay 00.1 EUR to B", vec![Oddity::Hidden]));
    assert_eq!(of("a\u{7}b\r\nc\td").0, "ab c d");
    assert_eq!(of("Z\u{301}\u{301}\u{301}\u{301}\u{301}").0, "Z\u{301}\u{301}");
    assert_eq!(of("\u{e0041}tag").0, "tag");
}

#[test]
fn a_word_in_disguise_is_shown_as_one() {
    let (text, odd) = of("pay pаypal now");
    assert_eq!((text.as_str(), odd), ("pay p‹Cyrillic а›ypal now", vec![Oddity::Alphabets]));
    assert!(of("сосо").1.contains(&Oddity::Alphabets), "spelled in another alphabet altogether");
    assert_eq!(of("ＰＡＹ").0, "PAY");
    assert_eq!(of("𝐩𝐚𝐲 𝟏𝟎").0, "pay 10");
}

#[test]
fn an_amount_is_made_of_digits() {
    let (text, odd) = of("transfer 1O,O00 EUR");
    assert_eq!((text.as_str(), odd), ("transfer 1‹letter O›,‹letter O›00 EUR", vec![Oddity::Digits]));
    assert_eq!(of("٣٥ EUR").0, "35 EUR");
    assert_eq!(of("10² EUR").0, "102 EUR");
    assert_eq!(of("l00").0, "‹letter l›00");
    assert!(of("version 2.0 of INV-1042").1.is_empty());
}

#[test]
fn an_address_is_called_one() {
    assert_eq!(of("see https://evil.example/x").1, [Oddity::Address]);
}

proptest! {
    #[test]
    fn whatever_comes_nothing_invisible_remains(text in "\\PC{0,60}|[\\x00-\\x1f\u{200b}-\u{206f}a-z0-9 ]{0,60}") {
        let once = plain(&text);
        let bad = |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        prop_assert!(!once.text.chars().any(bad));
        prop_assert!(!once.text.contains("  "));
        prop_assert!(!plain(&once.text).oddities.contains(&Oddity::Hidden), "nothing is left to remove");
    }
}
