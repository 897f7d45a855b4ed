//! Small charts as plain SVG: sizes are attributes, colors come from classes.

use maud::{Markup, html};

use super::time::count;

/// One hour: how many decisions allowed, how many denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    pub allow: u64,
    pub deny: u64,
}

const HEIGHT: u64 = 56;
const STEP: u64 = 12;

/// Bars from the oldest hour to the present one: allowed from below, denied hatched on top.
pub fn decisions(hours: &[Hour]) -> Markup {
    let most = hours.iter().map(|h| h.allow + h.deny).max().unwrap_or(0).max(1);
    let allow: u64 = hours.iter().map(|h| h.allow).sum();
    let deny: u64 = hours.iter().map(|h| h.deny).sum();
    let width = STEP * (hours.len() as u64).max(1);
    let label = format!(
        "Decisions per hour over {} hours: {} allowed, {} denied",
        hours.len(),
        count(allow),
        count(deny)
    );
    html! {
        svg.spark viewBox={ "0 0 " (width) " " (HEIGHT + 2) } width=(width) height=(HEIGHT + 2)
            preserveAspectRatio="none" role="img" aria-label=(label) {
            @for (i, hour) in hours.iter().enumerate() { (bar(i as u64 * STEP, *hour, most)) }
            path.spark-base d={ "M0 " (HEIGHT + 1) "H" (width) } {}
        }
    }
}

fn bar(x: u64, hour: Hour, most: u64) -> Markup {
    let allow = share(hour.allow, most);
    let deny = share(hour.deny, most);
    html! {
        @if allow > 0 { rect.spark-allow x=(x + 1) y=(HEIGHT - allow) width=(STEP - 3) height=(allow) {} }
        @if deny > 0 {
            rect.spark-deny x=(x + 1) y=(HEIGHT.saturating_sub(allow + deny)) width=(STEP - 3) height=(deny) {}
        }
    }
}

/// Height of a part; what is there at all stays visible.
fn share(part: u64, most: u64) -> u64 {
    if part == 0 { 0 } else { (part.saturating_mul(HEIGHT) / most).clamp(2, HEIGHT) }
}

/// Parts of a whole in one bar; the numbers stand in the legend beside it.
pub fn shares(label: &str, parts: &[(&str, u64)]) -> Markup {
    let whole: u64 = parts.iter().map(|(_, n)| n).sum();
    let mut placed = Vec::with_capacity(parts.len());
    let mut x = 0;
    for (class, n) in parts {
        let width = n.saturating_mul(1000).checked_div(whole).unwrap_or(0);
        placed.push((class, x, width));
        x += width;
    }
    html! {
        svg.shares viewBox="0 0 1000 10" width="1000" height="10" preserveAspectRatio="none" role="img" aria-label=(label) {
            rect.shares-rest x="0" y="0" width="1000" height="10" {}
            @for (class, x, width) in placed.into_iter().filter(|(_, _, width)| *width > 0) {
                rect.(class) x=(x) y="0" width=(width.saturating_sub(4).max(2)) height="10" {}
            }
        }
    }
}
