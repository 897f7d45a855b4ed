//! Looking decisions up in the audit log, as an auditor does: by who was involved.

use serde_json::Value;

use crate::agents::Answer;
use crate::desk::Desk;

/// What to look for among the lines that name the parties.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// The line with this id, as a refusal names it.
    Event(&'a str),
    /// The line at this place, as a token names it.
    Pos(i64),
}

/// A line about something an agent did or wanted to do.
pub(super) struct Line {
    pub event: String,
    /// The rule it was decided by.
    pub rule: String,
    /// Whether its evidence names exactly this agent, and exactly this person or none.
    pub exact: bool,
}

/// Lines per question; what is looked for has just been written.
const LATEST: usize = 25;

/// The line of a decision, if the log has it and names everybody of `parties` in it: the agent first, then the person.
pub(super) async fn find(
    desk: &mut Desk,
    wanted: Wanted<'_>,
    parties: &[&str],
) -> anyhow::Result<Option<Line>> {
    let items = items(desk, &format!("limit={LATEST}&kind=token_decided"), parties).await?;
    let fits = |item: &&Value| match wanted {
        Wanted::Event(event) => text(item, "/id") == event,
        Wanted::Pos(pos) => item.get("seq").and_then(Value::as_i64) == Some(pos),
    };
    Ok(items.iter().find(fits).map(|item| line(item, parties)))
}

/// The line of the latest use of a token that was answered with this status.
pub(super) async fn used(desk: &mut Desk, status: u16, parties: &[&str]) -> anyhow::Result<Option<Line>> {
    let items = items(desk, "limit=5&kind=token_used", parties).await?;
    let fits =
        |item: &&Value| item.pointer("/data/status").and_then(Value::as_u64) == Some(u64::from(status));
    Ok(items.iter().find(fits).map(|item| line(item, parties)))
}

fn line(item: &Value, parties: &[&str]) -> Line {
    let evidence = |member: &str| text(item, &format!("/data/evidence/{member}"));
    let person = parties.get(1).copied().unwrap_or_default();
    let exact = parties.first() == Some(&evidence("agent/agent")) && person == evidence("user/user");
    Line { event: text(item, "/id").to_owned(), rule: evidence("decision/by").to_owned(), exact }
}

fn text<'a>(item: &'a Value, pointer: &str) -> &'a str {
    item.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

async fn items(desk: &mut Desk, query: &str, parties: &[&str]) -> anyhow::Result<Vec<Value>> {
    let mut page = desk.get(&format!("/api/v1/events?{query}&subject={}", parties.join(","))).await?;
    match page.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// Where a decision says that it stands.
pub(super) fn wanted(answer: &Answer) -> Option<Wanted<'_>> {
    match answer {
        Answer::Allowed(pass) => pass.pos().map(Wanted::Pos),
        Answer::Refused(refusal) => refusal.event.as_deref().map(Wanted::Event),
    }
}

/// How many lines of a kind name everybody of `parties`.
pub(super) async fn count(desk: &mut Desk, kind: &str, parties: &[&str]) -> anyhow::Result<usize> {
    Ok(items(desk, &format!("limit=200&kind={kind}"), parties).await?.len())
}

/// The latest line of a kind about somebody.
pub(super) async fn latest(desk: &mut Desk, kind: &str, party: &str) -> anyhow::Result<Option<String>> {
    let found = items(desk, &format!("limit=1&kind={kind}"), &[party]).await?;
    Ok(found.first().map(|item| text(item, "/id").to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decided(user: &Value) -> Value {
        let evidence = json!({"agent": {"agent": "agt_1"}, "user": user, "decision": {"by": "two_subjects"}});
        json!({"id": "evt_1", "seq": 7, "data": {"evidence": evidence}})
    }

    #[test]
    fn a_line_is_exact_if_it_names_both_subjects_and_nobody_else() {
        let both = decided(&json!({"user": "usr_1"}));
        assert!(line(&both, &["agt_1", "usr_1"]).exact);
        assert!(!line(&both, &["agt_1", "usr_2"]).exact && !line(&both, &["agt_2", "usr_1"]).exact);
        // An agent for itself: that somebody else stood behind it would be another story.
        assert!(!line(&both, &["agt_1"]).exact);
        assert!(line(&decided(&json!({"none": "it asked for itself"})), &["agt_1"]).exact);
    }
}
