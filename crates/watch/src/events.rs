//! The timeline, single events, and an event explained with its proof. Only ever the caller's own organization's.

mod proof;

use chancery_audit::{Entry, Evidence, JUDGED, Subject, Verdict};
use chancery_context::{Act, Cx};
use chancery_kernel::{Cursor, EventId, Fault, Outcome, Page, PageRequest, Timestamp};
use chancery_store::log;

pub use proof::Proof;

/// What to look for; everything given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Ids that the event names, as its actor or in its fields: all of them.
    pub subjects: Vec<Subject>,
    /// Names of kinds: any of them, or all kinds where empty.
    pub kinds: Vec<String>,
    pub verdict: Option<Verdict>,
    pub from: Option<Timestamp>,
    /// Up to, and without.
    pub until: Option<Timestamp>,
}

/// An event as it stands in the log.
#[derive(Clone, Debug)]
pub struct Seen {
    pub entry: Entry,
    /// The canonical line: what was hashed into the tree.
    pub line: Vec<u8>,
}

impl Seen {
    fn read(stored: log::Stored) -> Outcome<Self> {
        let entry = stored.decode();
        let entry =
            entry.map_err(|e| Fault::internal(format!("entry {} of a log", stored.seq)).because(e))?;
        Ok(Self { entry, line: stored.body })
    }

    /// The line as a JSON value.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.line).unwrap_or_default()
    }
}

/// Latest first. A page may be short and still have a next one: work on one page is bounded.
pub async fn timeline(cx: &Cx, filter: &Filter, page: &PageRequest) -> Outcome<Page<Seen>> {
    let _may = cx.allowed(Act::EventRead, "events").await?;
    let mut kinds = filter.kinds.iter().map(|name| kind_code(name)).collect::<Outcome<Vec<u16>>>()?;
    if kinds.is_empty() && filter.verdict.is_some() {
        // Nothing else has a verdict, and naming the kinds keeps the search in the index.
        kinds = JUDGED.iter().map(|name| kind_code(name)).collect::<Outcome<Vec<u16>>>()?;
    }
    let before = page.after.as_ref().map(|cursor| cursor.0.parse::<i64>()).transpose();
    let before = before.map_err(|_| Fault::invalid("bad_cursor", "`after` is no cursor of this list"))?;
    // The organization itself is named by every entry, and therefore stands in no index.
    let whole = Subject::of(cx.org);
    let subjects: Vec<Subject> =
        filter.subjects.iter().copied().filter(|subject| *subject != whole).collect();
    let search = log::Filter {
        subject: subjects.first().copied(),
        kinds,
        verdict: filter.verdict,
        from: filter.from,
        until: filter.until,
    };
    let (org, limit) = (cx.org, page.limit);
    let found = cx.db().read(move |sql| log::timeline(sql, org, &search, before, limit)).await?;
    let mut items = found.items.into_iter().map(Seen::read).collect::<Outcome<Vec<Seen>>>()?;
    let further = subjects.get(1..).unwrap_or_default();
    items.retain(|seen| further.iter().all(|subject| names(&seen.entry, subject)));
    Ok(Page { items, next: found.next.map(|next| Cursor(next.to_string())) })
}

fn kind_code(name: &str) -> Outcome<u16> {
    let kind = chancery_audit::EventKind::by_name(name);
    kind.map(|kind| kind.code).ok_or_else(|| Fault::invalid("unknown_kind", "there is no such kind of event"))
}

fn names(entry: &Entry, subject: &Subject) -> bool {
    entry.envelope.actor.subject().as_ref() == Some(subject)
        || entry.event().is_some_and(|event| event.subjects().contains(subject))
        || entry.acting().is_some_and(|evidence| evidence.subjects().contains(subject))
}

/// One event.
pub async fn get(cx: &Cx, event: EventId) -> Outcome<Seen> {
    let _may = cx.allowed(Act::EventRead, event).await?;
    find(cx, event).await
}

async fn find(cx: &Cx, event: EventId) -> Outcome<Seen> {
    let org = cx.org;
    let stored = cx.db().read(move |sql| log::find_by_event_id(sql, org, event)).await?;
    Seen::read(stored.ok_or_else(|| Fault::not_found("event"))?)
}

/// An event in plain words, with all that is needed to check that it is in the log.
#[derive(Clone, Debug)]
pub struct Explained {
    pub seen: Seen,
    pub sentences: Vec<String>,
    /// The seven facts in words, where this was decided or done on behalf of an agent.
    pub evidence: Option<[String; 7]>,
    /// None while no checkpoint covers the event yet, within the second after it.
    pub proof: Option<Proof>,
}

/// Explains one event.
pub async fn explain(cx: &Cx, event: EventId) -> Outcome<Explained> {
    let _may = cx.allowed(Act::EventRead, event).await?;
    let seen = find(cx, event).await?;
    let (org, seq, line) = (cx.org, seen.entry.seq(), seen.line.clone());
    let proof = cx.db().read(move |sql| proof::of(sql, org, seq, &line)).await?;
    let sentences = chancery_audit::explain(&seen.entry);
    let evidence = seen.entry.evidence().map(Evidence::lines);
    Ok(Explained { seen, sentences, evidence, proof })
}
