//! Time zones by their offset. Named zones other than UTC need a database that is not carried here.

/// Seconds east of UTC at a point in time.
pub(super) fn offset(zone: &str, _at: i64) -> Result<i32, String> {
    if matches!(zone, "" | "UTC") {
        return Ok(0);
    }
    let Some((hours, minutes)) = zone.split_once(':') else {
        return Err(format!("unknown time zone {zone}"));
    };
    let malformed = |text: &str| format!("strconv.Atoi: parsing {text:?}: invalid syntax");
    let west = hours.starts_with('-');
    let whole_hours: i32 = hours.parse().map_err(|_| malformed(hours))?;
    let whole_minutes: i32 = minutes.parse().map_err(|_| malformed(minutes))?;
    if !(-23..=23).contains(&whole_hours) {
        return Err(format!("timezone offset hours out of range [-23, 23]: {zone}"));
    }
    if !(0..=59).contains(&whole_minutes) {
        return Err(format!("timezone offset minutes out of range [0, 59]: {zone}"));
    }
    let minutes = if west { -whole_minutes } else { whole_minutes };
    Ok(whole_hours * 3600 + minutes * 60)
}
