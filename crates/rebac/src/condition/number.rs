//! Numbers as Go reads and writes them.

/// The shortest text that gives the number back, with an exponent below 1e-4 and from 1e6.
pub(super) fn write_double(number: f64) -> String {
    write_with(number, 6, &format!("{number:e}"))
}

/// The number to ten digits, with an exponent below 1e-4 and from 1e10.
pub(super) fn write_rounded(number: f64) -> String {
    write_with(number, 10, &format!("{number:.9e}"))
}

/// From scientific notation: with an exponent only below 1e-4 and from one followed by `most` zeros.
fn write_with(number: f64, most: i32, scientific: &str) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific.to_owned() };
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..most).contains(&exponent) {
        // What is shown has no more digits than what was given, so reading it again loses nothing.
        return format!("{digits}e{exponent}")
            .parse::<f64>()
            .map_or_else(|_| scientific.to_owned(), |one| one.to_string());
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A decimal number that no double comes near, to ten digits with an exponent; further digits are cut.
pub(super) fn write_digits(text: &str) -> String {
    let (sign, unsigned) =
        text.strip_prefix('-').map_or(("", text.trim_start_matches('+')), |rest| ("-", rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let skipped = digits.len() - significant.len();
    let place = whole.len() as i64 - skipped as i64 - 1 + exponent.parse().unwrap_or(0_i64);
    let kept: String = significant.chars().take(10).collect();
    let (first, rest) = kept.split_at_checked(1).unwrap_or(("0", ""));
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}e{}{:02}", if place < 0 { '-' } else { '+' }, place.abs())
}

/// A double as Go's `ParseFloat` takes it.
pub(super) fn parse_double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with("0x") || unsigned.starts_with("0X") {
        return parse_hexadecimal(text);
    }
    let lower = unsigned.to_ascii_lowercase();
    let named = matches!(lower.as_str(), "inf" | "infinity" | "nan");
    if lower == "nan" && unsigned.len() != text.len() {
        return None;
    }
    let found: f64 = text.parse().ok()?;
    (named || found.is_finite()).then_some(found)
}

/// `0x1.8p3`: the exponent must be there.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.get(2..)?.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 13 {
        return None;
    }
    let exponent: i32 = exponent.parse().ok().filter(|one: &i32| one.abs() < 2000)?;
    let shift = exponent - 4 * i32::try_from(fraction.len()).ok()?;
    let found = u64::from_str_radix(&digits, 16).ok()? as f64 * 2_f64.powi(shift);
    found.is_finite().then_some(if negative { -found } else { found })
}

/// A whole number from a double, cut towards zero; `None` beyond the range.
pub(super) fn to_int(double: f64) -> Option<i64> {
    (double > i64::MIN as f64 && double < i64::MAX as f64).then_some(double as i64)
}

pub(super) fn to_uint(double: f64) -> Option<u64> {
    (double >= 0.0 && double < u64::MAX as f64).then_some(double as u64)
}
