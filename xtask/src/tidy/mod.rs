//! The laws of the house. Each check is one file and one line in [`CHECKS`].

mod architecture;
mod environment;
mod layers;
mod lists;
mod lockfile;
mod places;
mod purity;
mod reasons;
mod secrets;
mod size;
mod sql;

use crate::house::House;
use crate::say;

/// Something that breaks a law.
pub struct Breach {
    pub place: String,
    pub what: String,
    /// What to do about it.
    pub mend: &'static str,
    /// Worth a look, and no failure.
    pub mild: bool,
}

impl Breach {
    pub fn new(place: impl Into<String>, what: impl Into<String>, mend: &'static str) -> Self {
        Self { place: place.into(), what: what.into(), mend, mild: false }
    }
}

/// One law: how it is said, and what finds its breaches.
struct Check {
    rule: &'static str,
    find: fn(&House) -> Vec<Breach>,
}

const CHECKS: &[Check] = &[
    Check { rule: layers::RULE, find: layers::find },
    Check { rule: purity::RULE, find: purity::find },
    Check { rule: sql::RULE, find: sql::find },
    Check { rule: environment::RULE, find: environment::find },
    Check { rule: environment::SPAWN_RULE, find: environment::find_spawns },
    Check { rule: lockfile::RULE, find: lockfile::find },
    Check { rule: reasons::RULE, find: reasons::find },
    Check { rule: secrets::RULE, find: secrets::find },
    Check { rule: size::RULE, find: size::find },
    Check { rule: lists::RULE, find: lists::find },
    Check { rule: architecture::RULE, find: architecture::find },
    Check { rule: places::RULE, find: places::find },
];

/// Runs every check; true if nothing fails.
pub fn run(house: &House) -> anyhow::Result<bool> {
    let (mut failures, mut warnings) = (0, 0);
    for check in CHECKS {
        let breaches = (check.find)(house);
        if !breaches.is_empty() {
            say(format_args!("\nRule: {}", check.rule))?;
        }
        for breach in breaches {
            let word = if breach.mild { "warning" } else { "error" };
            *(if breach.mild { &mut warnings } else { &mut failures }) += 1;
            say(format_args!("  {word}: {}: {}\n    mend: {}", breach.place, breach.what, breach.mend))?;
        }
    }
    say(format_args!("tidy: {} rules, {failures} broken, {warnings} warnings", CHECKS.len()))?;
    Ok(failures == 0)
}
