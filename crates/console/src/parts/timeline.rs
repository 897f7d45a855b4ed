//! Lines of the audit log, one row each.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use super::badge::{self, Verdict};
use super::name::{self, Named};
use super::{notice, time};
use crate::frame::Frame;
use crate::links;

/// One line of the log as lists show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventRow {
    pub id: String,
    pub at: Timestamp,
    /// The event's name in the catalogue, such as `token.denied`.
    pub kind: String,
    /// What happened, as one sentence.
    pub sentence: String,
    pub verdict: Option<Verdict>,
    pub agent: Option<Named>,
    pub user: Option<Named>,
    pub application: Option<Named>,
    /// Where no agent stands behind it.
    pub client: Option<Named>,
    /// Why, where something was decided: `human_not_assigned`.
    pub reason: Option<String>,
    pub position: u64,
    /// A containment: drawn as what it is, whoever or whatever caused it.
    pub contained: bool,
}

/// `id` names the list for the script that keeps it fresh; `None` for lists that stand still.
pub fn timeline(frame: &Frame, id: Option<&str>, rows: &[EventRow], none: (&str, &str)) -> Markup {
    html! {
        div.live-room id=[id] data-live[id.is_some()] {
            @if rows.is_empty() { (notice::empty(none.0, none.1)) }
            @else { ol.timeline { @for event in rows { (row(frame, event)) } } }
        }
    }
}

fn row(frame: &Frame, event: &EventRow) -> Markup {
    html! {
        li.(tone(event)) data-key=(event.id) {
            div.timeline-when {
                (time::ago(frame.now, event.at))
                span.timeline-pos { "#" (event.position) }
            }
            div.timeline-what {
                p.timeline-sentence { a href=(links::event(&event.id)) { (event.sentence) } }
                p.timeline-names {
                    @if let Some(agent) = &event.agent { (name::agent(agent)) }
                    @if let Some(user) = &event.user { (name::user(user)) }
                    @if let Some(client) = &event.client { (name::client(client)) }
                    @if let Some(app) = &event.application { (name::application(app)) }
                    code.kind { (event.kind) }
                    @if let Some(reason) = &event.reason { code.reason { (reason) } }
                }
            }
            div.timeline-verdict {
                @if event.contained { (badge::contained()) }
                @else { @match event.verdict { Some(v) => (badge::verdict(v)), None => (badge::change()) } }
            }
        }
    }
}

fn tone(event: &EventRow) -> &'static str {
    if event.contained { "contained" } else { event.verdict.map_or("quiet", Verdict::as_str) }
}
