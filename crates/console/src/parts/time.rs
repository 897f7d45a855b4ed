//! Points in time, for people: exact in UTC where it is evidence, relative where it is news.

use chancery_kernel::{Seconds, Timestamp};
use maud::{Markup, html};

/// `2026-01-31 09:00:00 UTC`
pub fn words(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..19)) {
        (Some(day), Some(clock)) => format!("{day} {clock} UTC"),
        _ => text,
    }
}

/// `2026-01-31`, as date inputs want it.
pub fn day(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

pub fn exact(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (words(at)) } }
}

/// Relative words with the exact time as title; the script keeps them fresh.
pub fn ago(now: Timestamp, at: Timestamp) -> Markup {
    html! { time datetime=(at) title=(words(at)) data-ago { (distance(now, at)) } }
}

/// `4 min ago`, `in 3 days`.
pub fn distance(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.since(at).0;
    if seconds.abs() < 5 {
        return "now".to_owned();
    }
    let span = span(Seconds(seconds.abs()));
    if seconds > 0 { format!("{span} ago") } else { format!("in {span}") }
}

/// A duration in its largest sensible unit: `45 s`, `5 min`, `3 h`, `12 days`.
pub fn span(length: Seconds) -> String {
    match length.0 {
        s if s < 90 => format!("{s} s"),
        s if s < 90 * 60 => format!("{} min", s / 60),
        s if s < 36 * 3_600 => format!("{} h", s / 3_600),
        s => format!("{} days", s / 86_400),
    }
}

/// A count with its thousands apart: `12,345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_read_like_speech() {
        let now = Timestamp::from_seconds(1_000_000);
        let cases = [
            (-2, "now"),
            (-40, "40 s ago"),
            (-600, "10 min ago"),
            (7_200, "in 2 h"),
            (864_000, "in 10 days"),
        ];
        for (offset, want) in cases {
            assert_eq!(distance(now, now.plus(Seconds(offset))), want);
        }
    }

    #[test]
    fn counts_keep_their_thousands_apart() {
        assert_eq!((count(0), count(999), count(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
    }

    #[test]
    fn exact_times_are_utc_to_the_second() {
        assert_eq!(words(Timestamp::from_seconds(1_790_000_000)), "2026-09-21 14:13:20 UTC");
    }
}
