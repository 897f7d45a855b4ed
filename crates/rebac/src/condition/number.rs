//! Numbers as Go reads and writes them.

/// The shortest text that gives the number back, with an exponent below 1e-4 and from 1e6.
pub(super) fn write_double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{number:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
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
