//! An entry in plain words: who asked, which agent, on what, for which task, who decided by which rule, what came of
//! it.

use crate::entry::{Actor, Entry};
use crate::event::Event;
use crate::evidence::{Evidence, Person, Verdict};

/// The account of an entry, one sentence a line.
pub fn explain(entry: &Entry) -> Vec<String> {
    let mut lines = vec![headline(entry)];
    if let Some(evidence) = entry.evidence() {
        lines.extend(account(evidence));
    }
    lines.extend(entry.event().map(particulars).unwrap_or_default());
    let told = ["reasons", "mend"];
    let fields = entry.fields().into_iter().filter(|(name, value)| {
        let also_told = told.contains(&name.as_str()) && entry.event().is_some();
        !value.is_empty() && !also_told
    });
    lines.extend(fields.map(|(name, value)| format!("{}: {value}", name.replace('_', " "))));
    lines
}

fn headline(entry: &Entry) -> String {
    let what = match entry.kind() {
        Some(kind) => kind.doc.to_owned(),
        None => format!("An event of the kind `{}`, which this version does not know.", entry.kind_name()),
    };
    let by = match entry.envelope.actor {
        Actor::System => "by the server itself".to_owned(),
        Actor::Anonymous => "by somebody unknown".to_owned(),
        actor => format!("by {actor}"),
    };
    format!("Entry {} of {}, {}, {by}: {what}", entry.seq(), entry.envelope.log, entry.at())
}

fn account(evidence: &Evidence) -> Vec<String> {
    let Evidence { user, agent, target, resource, task, decision, outcome } = evidence;
    let who = match user {
        Person::Acting { user, login, asked_by: None } => format!("{login} ({user}) asked."),
        Person::Acting { user, login, asked_by: Some(other) } => {
            format!("{other} asked, for {login} ({user}).")
        }
        Person::None { why } => format!("Nobody asked: the agent acts for itself, because {why}."),
    };
    let through = agent.chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(", then ");
    let through = if through.is_empty() { String::new() } else { format!(" It was called by {through}.") };
    let application = target.application.map_or_else(String::new, |id| format!(" ({id})"));
    let run = task.run.map_or_else(|| "outside any run".to_owned(), |run| format!("in the run {run}"));
    let scopes =
        if task.scopes.is_empty() { "without scopes".to_owned() } else { format!("for `{}`", task.scopes) };
    let verdict = match decision.verdict {
        Verdict::Allow => "Allowed",
        Verdict::Deny => "Denied",
        Verdict::Pending => "Left open until somebody answers",
    };
    vec![
        who,
        format!("The agent was {} ({}), as client {}.{through}", agent.name, agent.agent, agent.client),
        format!("It wanted {resource} of {}{application}, in {}.", target.name, target.organization),
        format!("The task: {run}, {scopes}."),
        format!("{verdict} by {}.", decision.by),
        format!("What came of it: {outcome}."),
    ]
}

/// Reasons and mends deserve a sentence each.
fn particulars(event: &Event) -> Vec<String> {
    let (reasons, mend) = match event {
        Event::TokenDecided { reasons, mend, .. } => (reasons.as_slice(), mend.as_ref()),
        Event::ClientTokenDecided { reasons, .. } | Event::PersonTokenDecided { reasons, .. } => {
            (reasons.as_slice(), None)
        }
        _ => (Default::default(), None),
    };
    let reasons = reasons.iter().map(|reason| format!("Because: {reason}"));
    reasons.chain(mend.map(|mend| format!("To change that: {mend}"))).collect()
}
