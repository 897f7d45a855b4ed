//! The scopes of an application: well-formed, in words a person can decide by, and not taken away under those who
//! name them.

use chancery_kernel::scope::MAX_COUNT;
use chancery_kernel::{Fault, Outcome, ScopeSet};
use chancery_model::{Application, ScopeRule};
use chancery_store::Hot;

use crate::check;

/// They mean the person's own profile at this server (OpenID Connect Core §5.4, §11).
const RESERVED: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

pub(super) fn checked(rules: Vec<ScopeRule>) -> Outcome<Vec<ScopeRule>> {
    if rules.len() > MAX_COUNT {
        return Err(Fault::invalid(
            "too_many_scopes",
            format!("an application has at most {MAX_COUNT} scopes"),
        ));
    }
    let names: ScopeSet = rules.iter().map(|rule| rule.name.clone()).collect();
    if names.len() != rules.len() {
        return Err(Fault::invalid("scope_twice", "a scope stands in the list twice: leave one of them out"));
    }
    rules.into_iter().map(rule).collect()
}

fn rule(rule: ScopeRule) -> Outcome<ScopeRule> {
    if RESERVED.contains(&rule.name.as_str()) {
        return Err(Fault::invalid(
            "scope_reserved",
            format!("the scope {} means the person's own profile: choose another name", rule.name),
        ));
    }
    Ok(ScopeRule {
        title: check::line("the title of a scope", &rule.title)?,
        data: check::text("the data of a scope", &rule.data, check::LONG)?,
        impact: check::text("the impact of a scope", &rule.impact, check::LONG)?,
        ..rule
    })
}

/// A scope that assignments or connections name stays until they no longer do.
pub(super) fn still_there(hot: &Hot, before: &Application, after: &Application) -> Outcome<()> {
    let gone = before.all_scopes().without(&after.all_scopes());
    if gone.is_empty() {
        return Ok(());
    }
    let named = |scopes: &ScopeSet| !scopes.intersection(&gone).is_empty();
    let assigned = hot.assignments_to(before.org, before.id);
    let assigned = assigned.filter(|a| a.scopes.as_ref().is_some_and(named)).count();
    let connected = hot.connections.of(before.org).filter(|c| c.application == before.id);
    let connected = connected.filter(|c| [&c.auto, &c.approval, &c.never].into_iter().any(named)).count();
    if assigned + connected == 0 {
        return Ok(());
    }
    Err(Fault::conflict(
        "scope_in_use",
        format!(
            "{gone} still stands in {assigned} assignments and {connected} connections: take it out there first"
        ),
    ))
}
