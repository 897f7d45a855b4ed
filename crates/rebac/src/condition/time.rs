//! Points in time and durations, as Go's package `time` reads and writes them.

use std::fmt::Write;

/// A point in time; the offset is kept for how it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    /// Since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    pub nanos: u32,
    /// Of the clock it was written by, in seconds east of UTC.
    pub offset: i32,
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.instant() == other.instant()
    }
}

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

const NANOS: i64 = 1_000_000_000;
pub(super) const OVERFLOW: &str = "timestamp overflow";

/// A date and a time of day, in some zone.
pub(super) struct Civil {
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    pub day: i64,
    /// Of the year, from 1.
    pub year_day: i64,
    /// 0 is Sunday.
    pub week_day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

impl Time {
    pub(super) fn instant(&self) -> (i64, u32) {
        (self.seconds, self.nanos)
    }

    pub(super) fn from_seconds(seconds: i64) -> Option<Self> {
        Self { seconds, nanos: 0, offset: 0 }.within()
    }

    pub(super) fn within(self) -> Option<Self> {
        (FIRST_SECOND..=LAST_SECOND).contains(&self.seconds).then_some(self)
    }

    pub(super) fn plus(self, nanos: i64) -> Option<Self> {
        let total = i64::from(self.nanos) + nanos.rem_euclid(NANOS);
        let seconds =
            self.seconds.checked_add(nanos.div_euclid(NANOS))?.checked_add(total.div_euclid(NANOS))?;
        Self { seconds, nanos: u32::try_from(total.rem_euclid(NANOS)).ok()?, offset: self.offset }.within()
    }

    pub(super) fn minus(self, nanos: i64) -> Option<Self> {
        match nanos.checked_neg() {
            Some(back) => self.plus(back),
            None => self.plus(i64::MAX)?.plus(1),
        }
    }

    /// The duration since another point in time, in nanoseconds.
    pub(super) fn since(self, other: Self) -> Option<i64> {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let total = seconds * i128::from(NANOS) + i128::from(self.nanos) - i128::from(other.nanos);
        i64::try_from(total).ok()
    }

    pub(super) fn civil(self, offset: i32) -> Civil {
        let local = self.seconds + i64::from(offset);
        let (days, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = date(days);
        Civil {
            year,
            month,
            day,
            year_day: days - days_before(year, 1, 1) + 1,
            week_day: (days + 4).rem_euclid(7),
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// RFC 3339, with as many digits of a second as there are.
    pub(super) fn write(self) -> String {
        let civil = self.civil(self.offset);
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second
        );
        if self.nanos != 0 {
            let fraction = format!("{:09}", self.nanos);
            let _ = write!(text, ".{}", fraction.trim_end_matches('0'));
        }
        if self.offset == 0 {
            text.push('Z');
        } else {
            let (sign, minutes) = (if self.offset < 0 { '-' } else { '+' }, self.offset.abs() / 60);
            let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        text
    }

    /// RFC 3339 as Go's parser takes it: an hour of one digit, a comma before a fraction, and offsets
    /// up to `+24:60` are let pass.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text);
        let year = rest.digits(4)?;
        let month = rest.after("-")?.digits(2)?;
        let day = rest.after("-")?.digits(2)?;
        rest.after("T")?;
        let hour = rest.digits(2).or_else(|| rest.digits(1))?;
        let minute = rest.after(":")?.digits(2)?;
        let second = rest.after(":")?.digits(2)?;
        let nanos = rest.fraction()?;
        let offset = rest.offset()?;
        let valid = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60
            && rest.0.is_empty();
        let seconds =
            days_before(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - i64::from(offset);
        valid.then_some(Self { seconds, nanos, offset })
    }
}

struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn after(&mut self, sign: &str) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(sign)?;
        Some(self)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let found = self.0.get(..count).filter(|text| text.bytes().all(|one| one.is_ascii_digit()))?;
        self.0 = self.0.get(count..)?;
        found.parse().ok()
    }

    fn fraction(&mut self) -> Option<u32> {
        let Some(after) = self.0.strip_prefix(['.', ',']) else { return Some(0) };
        let length = after.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return None;
        }
        let nine: String = after.chars().take(length).chain("000000000".chars()).take(9).collect();
        self.0 = after.get(length..)?;
        nine.parse().ok()
    }

    fn offset(&mut self) -> Option<i32> {
        if let Some(after) = self.0.strip_prefix('Z') {
            self.0 = after;
            return Some(0);
        }
        let sign = if self.0.starts_with('-') { -1 } else { 1 };
        self.0 = self.0.strip_prefix(['-', '+'])?;
        let hours = self.digits(2)?;
        let minutes = self.after(":")?.digits(2)?;
        (hours <= 24 && minutes <= 60).then_some(())?;
        i32::try_from(sign * (hours * 3600 + minutes * 60)).ok()
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A duration as Go writes it (`1h30m`, `-1.5h`, `300ms`), in nanoseconds.
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut rest = rest;
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (part, after) = duration_part(rest)?;
        total = total.checked_add(part).filter(|total| *total <= 1 << 63)?;
        rest = after;
    }
    if negative { 0_i64.checked_sub_unsigned(total) } else { i64::try_from(total).ok() }
}

/// A number and its unit, in nanoseconds, and what comes after.
fn duration_part(text: &str) -> Option<(u64, &str)> {
    let whole_length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at_checked(whole_length)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(after) => after.split_at_checked(after.bytes().take_while(u8::is_ascii_digit).count())?,
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let unit_length = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(unit_length)?;
    let unit: u64 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok().filter(|one| *one <= 1 << 63)? };
    let mut total = whole.checked_mul(unit)?;
    if let Some(digits) = fraction.get(..fraction.len().min(18)).filter(|digits| !digits.is_empty()) {
        let scale = 10_f64.powi(i32::try_from(digits.len()).ok()?);
        let part: u64 = digits.parse().ok()?;
        total = total.checked_add((part as f64 * (unit as f64 / scale)) as u64)?;
    }
    Some((total, rest))
}
