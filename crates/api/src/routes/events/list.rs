//! `event_list`: the timeline of the caller's organization.

use axum::response::Response;
use chancery_audit::{Subject, Verdict};
use chancery_kernel::{Page, Timestamp};
use chancery_watch::events;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::extract::{Call, Paging, Query};
use crate::views;

/// Everything given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Ids that the event names, as its actor or in its fields; several with commas, of which all must be named.
    subject: Option<String>,
    /// Kinds of event; several with commas, of which any will do.
    kind: Option<String>,
    /// `allow`, `deny` or `pending`.
    verdict: Option<String>,
    /// Not before this time (RFC 3339).
    from: Option<String>,
    /// Before this time (RFC 3339).
    until: Option<String>,
}

impl Filter {
    fn read(self) -> Result<events::Filter, Problem> {
        let list = |text: &Option<String>| -> Vec<String> {
            let items = text.iter().flat_map(|text| text.split(','));
            items.map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
        };
        let subject = |text: &String| {
            let bad = || {
                Problem::invalid("bad_subject", "`subject` is an id, such as `agt_…`; several with commas")
            };
            Subject::parse(text).ok_or_else(bad)
        };
        let verdict = match self.verdict.as_deref() {
            None => None,
            Some("allow") => Some(Verdict::Allow),
            Some("deny") => Some(Verdict::Deny),
            Some("pending") => Some(Verdict::Pending),
            Some(_) => {
                return Err(Problem::invalid("bad_verdict", "`verdict` is `allow`, `deny` or `pending`"));
            }
        };
        Ok(events::Filter {
            subjects: list(&self.subject).iter().map(subject).collect::<Result<_, _>>()?,
            kinds: list(&self.kind),
            verdict,
            from: time(self.from)?,
            until: time(self.until)?,
        })
    }
}

fn time(text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let read = text.map(|text| text.parse::<Timestamp>()).transpose();
    read.map_err(|_| {
        Problem::invalid("bad_time", "write times as RFC 3339 in UTC, such as 2026-01-31T09:00:00Z")
    })
}

pub async fn handle(
    Call(cx): Call,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Response, Problem> {
    let Page { items, next } = events::timeline(&cx, &filter.read()?, &paging.request).await?;
    let items: Vec<views::Event> = items.iter().map(views::Event::from).collect();
    Ok(paging.answer(&Page { items, next }))
}
