//! Looking decisions up in the audit log, as an auditor does: by who was involved.

use serde_json::Value;

use crate::agents::{Answer, Pass};
use crate::desk::Desk;

/// What to look for among the lines that name the parties.
#[derive(Clone, Copy)]
pub(super) enum Line<'a> {
    /// The line with this id, as a refusal names it.
    Event(&'a str),
    /// The line at this place, as a token names it.
    Pos(i64),
}

/// Lines per question; what is looked for has just been written.
const LATEST: usize = 25;

/// The id of the line, if the log has it and names everybody of `parties` in it.
pub(super) async fn find(
    desk: &mut Desk,
    line: Line<'_>,
    parties: &[&str],
) -> anyhow::Result<Option<String>> {
    let path = format!("/api/v1/events?limit={LATEST}&subject={}", parties.join(","));
    let page = desk.get(&path).await?;
    let items = page.get("items").and_then(Value::as_array).into_iter().flatten();
    let id = |item: &Value| item.get("id").and_then(Value::as_str).map(str::to_owned);
    let fits = |item: &&Value| match line {
        Line::Event(event) => id(item).as_deref() == Some(event),
        Line::Pos(pos) => item.get("seq").and_then(Value::as_i64) == Some(pos),
    };
    Ok(items.into_iter().find(fits).and_then(id))
}

/// The line of a decision.
pub(super) fn line_of(answer: &Answer) -> Option<Line<'_>> {
    match answer {
        Answer::Allowed(pass) => pass.pos().map(Line::Pos),
        Answer::Refused(refusal) => refusal.event.as_deref().map(Line::Event),
    }
}

/// How many lines of a kind name everybody of `parties`.
pub(super) async fn count(desk: &mut Desk, kind: &str, parties: &[&str]) -> anyhow::Result<usize> {
    let path = format!("/api/v1/events?limit=200&kind={kind}&subject={}", parties.join(","));
    let page = desk.get(&path).await?;
    Ok(page.get("items").and_then(Value::as_array).map_or(0, Vec::len))
}

/// The latest line of a kind about somebody.
pub(super) async fn latest(desk: &mut Desk, kind: &str, party: &str) -> anyhow::Result<Option<String>> {
    let page = desk.get(&format!("/api/v1/events?limit=1&kind={kind}&subject={party}")).await?;
    Ok(page.pointer("/items/0/id").and_then(Value::as_str).map(str::to_owned))
}

/// The position a token points at, in words.
pub(super) fn place(pass: &Pass) -> String {
    pass.pos().map_or_else(String::new, |pos| format!("line {pos} of the log"))
}
