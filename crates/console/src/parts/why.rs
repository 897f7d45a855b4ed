//! Why a check came out as it did, step by step.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::name::plain;

/// One step; what is deeper belongs to the one above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub depth: usize,
    /// None where it cannot be said.
    pub allowed: Option<bool>,
    pub says: String,
}

/// Deeper steps are not moved in any further.
const DEEPEST: usize = 8;

pub fn why(steps: &[Step]) -> Markup {
    html! { ol.why { @for one in steps { (step(one)) } } }
}

fn step(step: &Step) -> Markup {
    let (tone, shape, word) = match step.allowed {
        Some(true) => ("allow", Icon::Check, "Holds: "),
        Some(false) => ("deny", Icon::Cross, "Does not hold: "),
        None => ("pending", Icon::Warning, "Cannot be said: "),
    };
    let depth = format!("deep-{}", step.depth.min(DEEPEST));
    html! {
        li.(tone).(depth) {
            (icon(shape))
            span { span.hidden { "Level " (step.depth + 1) ". " (word) } (plain(&step.says)) }
        }
    }
}
