//! What people type about an endpoint, read strictly.

use chancery_context::Cx;
use chancery_kernel::{Fault, Outcome, Secret};
use chancery_model::Told;

const LONGEST_NAME: usize = 120;

pub(super) fn name(text: &str) -> Outcome<String> {
    let text = text.trim();
    let fine = (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fine {
        return Ok(text.to_owned());
    }
    Err(Fault::invalid("bad_name", format!("a name is one line of 1 to {LONGEST_NAME} characters")))
}

/// In the order of the list, each once.
pub(super) fn events(wanted: &[Told]) -> Outcome<Vec<Told>> {
    if wanted.is_empty() {
        let text = "it would be told nothing: name events, or disable the endpoint";
        return Err(Fault::invalid("no_events", text));
    }
    Ok(Told::ALL.into_iter().filter(|told| wanted.contains(told)).collect())
}

/// Where it is, without what may be secret about that; and the address itself.
pub(super) fn address(cx: &Cx, named: &Secret) -> Outcome<(String, String)> {
    let url = cx.platform.outbound.check(named.expose()).map_err(|why| {
        Fault::invalid("bad_address", format!("this address cannot be told anything: {why}"))
    })?;
    Ok((url.origin().ascii_serialization(), named.expose().to_owned()))
}
