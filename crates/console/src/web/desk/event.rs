//! One line of the log, explained and proven.

use axum::extract::Path;
use axum::response::Response;
use chancery_audit::{Checkpoint, Entry, Event, Evidence, Hash, Person};
use chancery_context::Cx;
use chancery_kernel::{EventId, Fault, Outcome, PageRequest};
use chancery_watch::events::{Explained, Filter, explain, timeline};

use super::names::Names;
use super::seat::Seat;
use super::{lines, sentences};
use crate::pages::event::{Fields, Proof, View, render};

/// By its id, or by its position: tokens know only that.
pub(super) async fn show(seat: Seat, Path(event): Path<String>) -> Response {
    seat.show(view(&seat, &event).await, render)
}

async fn view(seat: &Seat, event: &str) -> Outcome<View> {
    let cx = seat.cx();
    let found = match (event.parse::<EventId>(), event.parse::<i64>()) {
        (Ok(id), _) => Some(id),
        (_, Ok(seq)) => at(&cx, seq).await?,
        _ => None,
    };
    let explained = explain(&cx, found.ok_or_else(|| Fault::not_found("event"))?).await?;
    let seq = explained.seen.entry.seq();
    let (earlier, later) = (at(&cx, seq - 1).await?, at(&cx, seq + 1).await?);
    let names = Names::of(seat);
    let entry = &explained.seen.entry;
    Ok(View {
        id: entry.envelope.id.to_string(),
        at: entry.at(),
        kind: entry.kind_name().to_owned(),
        sentence: sentences::of(&names, entry),
        meaning: entry.kind().map(|kind| kind.doc.to_owned()).unwrap_or_default(),
        verdict: lines::verdict(entry),
        reasons: reasons(&names, entry),
        fields: fields(&names, entry),
        particulars: particulars(entry),
        request_id: entry.envelope.request.map(|id| id.to_string()).unwrap_or_default(),
        raw: String::from_utf8_lossy(&explained.seen.line).into_owned(),
        proof: proof(&explained),
        earlier: earlier.map(|id| id.to_string()),
        later: later.map(|id| id.to_string()),
    })
}

/// The entry at a position, if there is one.
async fn at(cx: &Cx, seq: i64) -> Outcome<Option<EventId>> {
    let before = PageRequest::new(Some(seq.saturating_add(1).to_string()), Some(1));
    let found = timeline(cx, &Filter::default(), &before).await?;
    Ok(found.items.first().filter(|seen| seen.entry.seq() == seq).map(|seen| seen.entry.envelope.id))
}

fn reasons(names: &Names, entry: &Entry) -> Vec<(String, String)> {
    let (reasons, mend) = match entry.event() {
        Some(Event::TokenDecided { reasons, mend, .. }) => (reasons.as_slice(), mend.as_ref()),
        Some(Event::ClientTokenDecided { reasons, .. } | Event::PersonTokenDecided { reasons, .. }) => {
            (reasons.as_slice(), None)
        }
        Some(Event::AccessDenied { reason, .. } | Event::SignInFailed { reason, .. }) => {
            (std::slice::from_ref(reason), None)
        }
        _ => (&[][..], None),
    };
    let told = reasons.iter().map(|reason| lines::split(reason.as_str()));
    let told = told.map(|(code, words)| (code, names.spoken(&words)));
    told.chain(mend.map(|mend| (String::new(), format!("To change that: {mend}")))).collect()
}

/// What this kind of event says beside the evidence.
fn particulars(entry: &Entry) -> Vec<(String, String)> {
    let told = ["reasons", "mend"];
    let fields = entry.fields().into_iter();
    let fields = fields.filter(|(name, value)| !value.is_empty() && !told.contains(&name.as_str()));
    fields.map(|(name, value)| (name.replace('_', " "), value)).collect()
}

fn fields(names: &Names, entry: &Entry) -> Fields {
    let common = Fields {
        user: lines::user(names, entry),
        agent: lines::agent(names, entry),
        application: lines::application(names, entry),
        client: lines::client(names, entry),
        organization: names.organization(),
        actor: names.actor(entry.envelope.actor),
        ..Fields::default()
    };
    match entry.evidence() {
        Some(evidence) => decided(names, evidence, common),
        None => common,
    }
}

fn decided(names: &Names, evidence: &Evidence, common: Fields) -> Fields {
    let Evidence { user, agent, resource, task, decision, outcome, .. } = evidence;
    let (asked_by, details) = match user {
        Person::Acting { asked_by, .. } => (asked_by.map(|id| names.user(id).name), String::new()),
        Person::None { why } => (None, format!("no person behind it: {why}")),
    };
    Fields {
        asked_by: asked_by.unwrap_or_default(),
        client: Some(names.client(agent.client)),
        chain: agent.chain.iter().map(|id| names.agent(*id).name).collect(),
        target: resource.to_string(),
        run: task.run.map(|id| id.to_string()).unwrap_or_default(),
        scopes: task.scopes.iter().map(ToString::to_string).collect(),
        details,
        decided_by: decision.by.to_string(),
        outcome: outcome.to_string(),
        ..common
    }
}

fn proof(explained: &Explained) -> Proof {
    let entry = &explained.seen.entry;
    let leaf = hex(&chancery_audit::leaf_hash(&explained.seen.line));
    let bare = Proof { position: lines::position(entry), leaf, ..Proof::default() };
    let Some(proof) = &explained.proof else { return bare };
    let Ok(signed) = Checkpoint::read_unverified(&proof.checkpoint) else { return bare };
    Proof {
        tree_size: proof.size,
        root: hex(&signed.root),
        signed: Some(signed.at),
        path: proof.path.iter().map(hex).collect(),
        ..bare
    }
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
