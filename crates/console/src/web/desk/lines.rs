//! Entries of the log as rows of lists.

use chancery_audit::{Actor, Entry, Event, Person, Subject, Verdict};
use chancery_context::Act;
use chancery_kernel::{Outcome, PageRequest};
use chancery_watch::events::{Filter, Seen, timeline};

use super::names::Names;
use super::seat::Seat;
use super::sentences;
use crate::parts::{self, EventRow, Named};

pub(super) fn row(names: &Names, seen: &Seen) -> EventRow {
    let entry = &seen.entry;
    EventRow {
        id: entry.envelope.id.to_string(),
        at: entry.at(),
        kind: entry.kind_name().to_owned(),
        sentence: sentences::of(names, entry),
        verdict: verdict(entry),
        agent: agent(names, entry),
        user: user(names, entry),
        application: application(names, entry),
        client: client(names, entry),
        reason: reason(entry),
        position: position(entry),
        contained: matches!(entry.event(), Some(Event::AgentContained { .. })),
    }
}

pub(super) fn position(entry: &Entry) -> u64 {
    u64::try_from(entry.seq()).unwrap_or_default()
}

/// The latest entries that name this id; none for those who may not read the log.
pub(super) async fn about(seat: &Seat, subject: Subject, most: usize) -> Outcome<Vec<EventRow>> {
    of_kinds(seat, subject, &[], most).await
}

/// The same, of these kinds.
pub(super) async fn of_kinds(
    seat: &Seat,
    subject: Subject,
    kinds: &[&str],
    most: usize,
) -> Outcome<Vec<EventRow>> {
    if !seat.may(Act::EventRead) {
        return Ok(Vec::new());
    }
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let filter = Filter { subjects: vec![subject], kinds, ..Filter::default() };
    let found = timeline(&seat.cx(), &filter, &PageRequest::new(None, Some(most))).await?;
    let names = Names::of(seat);
    Ok(found.items.iter().map(|seen| row(&names, seen)).collect())
}

/// How it came out, where something was decided.
pub(super) fn verdict(entry: &Entry) -> Option<parts::Verdict> {
    Some(match entry.event()?.verdict()? {
        Verdict::Allow => parts::Verdict::Allow,
        Verdict::Deny => parts::Verdict::Deny,
        Verdict::Pending => parts::Verdict::Pending,
    })
}

/// The code of the first reason.
fn reason(entry: &Entry) -> Option<String> {
    let first = match entry.event()? {
        Event::TokenDecided { reasons, .. }
        | Event::ClientTokenDecided { reasons, .. }
        | Event::PersonTokenDecided { reasons, .. } => reasons.first()?,
        Event::TokenUsed { reason, .. } => reason.as_ref()?,
        Event::SignInFailed { reason, .. } | Event::ClientAuthenticationFailed { reason, .. } => reason,
        _ => return None,
    };
    Some(split(first.as_str()).0).filter(|code| !code.is_empty())
}

/// A reason as code and sentence, as the issuer writes it; some have no code, and some nothing but one.
pub(super) fn split(reason: &str) -> (String, String) {
    let code = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    match reason.split_once(": ") {
        Some((word, sentence)) if code(word) => (word.to_owned(), sentence.to_owned()),
        _ if code(reason) => (reason.to_owned(), String::new()),
        _ => (String::new(), reason.to_owned()),
    }
}

/// Ids of one noun that the event names, beside its actor.
fn first<I: std::str::FromStr>(entry: &Entry, prefix: &str) -> Option<I> {
    let subjects = entry.event()?.subjects();
    subjects.iter().find(|subject| subject.prefix == prefix).and_then(|s| s.to_string().parse().ok())
}

/// Evidence keeps the name of its time; the link leads to what the agent is called now.
pub(super) fn agent(names: &Names, entry: &Entry) -> Option<Named> {
    if let Some(evidence) = entry.evidence() {
        let now = names.agent(evidence.agent.agent);
        return Some(Named { name: evidence.agent.name.to_string(), ..now });
    }
    let actor = match entry.envelope.actor {
        Actor::Agent(id) => Some(id),
        _ => None,
    };
    first(entry, "agt").or(actor).map(|id| names.agent(id))
}

pub(super) fn user(names: &Names, entry: &Entry) -> Option<Named> {
    match entry.evidence().map(|evidence| &evidence.user) {
        Some(Person::Acting { user, login, .. }) => {
            Some(Named { name: login.to_string(), ..names.user(*user) })
        }
        Some(Person::None { .. }) => None,
        None => first(entry, "usr").map(|id| names.user(id)),
    }
}

pub(super) fn application(names: &Names, entry: &Entry) -> Option<Named> {
    if let Some(evidence) = entry.evidence() {
        let now = names.application(evidence.target.application?);
        return Some(Named { name: evidence.target.name.to_string(), ..now });
    }
    first(entry, "app").map(|id| names.application(id))
}

/// The client, where no agent stands behind it: agents are known by their own names.
pub(super) fn client(names: &Names, entry: &Entry) -> Option<Named> {
    match entry.evidence() {
        Some(_) => None,
        None => first(entry, "cli").map(|id| names.client(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_reason_is_a_code_and_a_sentence_where_it_has_both() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(split("agent_expired: it ended: long ago"), pair("agent_expired", "it ended: long ago"));
        assert_eq!(split("Nothing: of the kind"), pair("", "Nothing: of the kind"));
        assert_eq!(split("wrong_password"), pair("wrong_password", ""));
    }
}
