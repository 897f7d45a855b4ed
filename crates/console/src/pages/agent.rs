//! One agent: what it is for, who answers for it, what it reaches, what it did, and the way to stop it.

use chancery_kernel::{Seconds, Timestamp};
use chancery_model::{AuthMethod, Stage};
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::icon::{Icon, icon};
use crate::parts::notice::{self, Tone};
use crate::parts::tier::ScopeTier;
use crate::parts::tokens::{self, On};
use crate::parts::{Draft, EventRow, Named, Token, badge, facts, name, time, timeline};
use crate::links;

mod access;
mod changes;
mod samples;

pub use samples::samples;

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub version: i64,
    pub name: String,
    pub purpose: String,
    pub task: String,
    pub data_sources: Vec<String>,
    pub action_classes: Vec<String>,
    pub business_owner: String,
    pub stage: Stage,
    pub contained: Option<Contained>,
    pub owners: Vec<Named>,
    pub sponsor: Option<Named>,
    /// Nobody who can act answers for it: whoever is named has been disabled.
    pub ownerless: bool,
    pub expires: Option<Timestamp>,
    pub clients: Vec<Client>,
    pub assignments: Vec<Assignment>,
    pub connections: Vec<Connection>,
    pub tokens: Vec<Token>,
    /// There are more than are listed.
    pub more_tokens: bool,
    pub history: Vec<Change>,
    pub evidence: Vec<EventRow>,
    /// Forms: `edit` (`purpose`, `task`, `data_sources`, `action_classes`, `business_owner`, `sponsor`, `expires`,
    /// `why`), `stage` (`stage`, `why`), `owner` (`user`), `client` (`name`, `auth`, `redirect_uris`), `assign` (`name`…), `connect-<application>` and `tiers-<connection>` (`tier.<scope>`, `approver`,
    /// `longest_lifetime`, `ends`).
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Contained {
    pub incident: String,
    pub at: Timestamp,
    pub by: String,
    pub reason: String,
}

/// An OAuth client: the face of the agent. What it proves itself by stands on its own page.
#[derive(Clone, Debug)]
pub struct Client {
    pub client: Named,
    pub auth: AuthMethod,
    pub enabled: bool,
    /// How many keys or secrets it has.
    pub credentials: usize,
}

#[derive(Clone, Debug)]
pub struct Assignment {
    pub id: String,
    pub version: i64,
    pub application: Named,
    /// Empty: all of the application's.
    pub scopes: Vec<String>,
    /// The application's scopes with their default tiers, where no connection exists yet; else empty.
    pub connectable: Vec<ScopeTier>,
}

#[derive(Clone, Debug)]
pub struct Connection {
    pub id: String,
    pub version: i64,
    pub application: Named,
    pub scopes: Vec<ScopeTier>,
    /// `person`, `agent_owner`, `agent_sponsor`, `application_owner`, or `group`.
    pub approver: String,
    /// Name of the group that approves, where `approver` says so.
    pub approver_group: String,
    pub longest_lifetime: Option<Seconds>,
    pub ends: Option<Timestamp>,
    /// An attempt that lacks nothing but a yes files the question by itself.
    pub asks_by_itself: bool,
}

/// One version of the agent's record.
#[derive(Clone, Debug)]
pub struct Change {
    pub number: i64,
    pub at: Timestamp,
    pub by: String,
    pub why: String,
    /// What was different afterwards, in words.
    pub what: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Agents,
        title: &view.name,
        noun: "Agent",
        badges: html! {
            (badge::stage(view.stage))
            @if view.contained.is_some() { (badge::contained()) }
        },
        actions: switch(view),
        lead: &view.purpose,
        live: true,
    };
    let body = html! {
        (banner(frame, view))
        div.columns.uneven {
            div {
                section aria-labelledby="connections" { h2 #connections { "What it may do" } (access::connections(frame, view)) }
                section aria-labelledby="tokens" { h2 #tokens { "Live tokens" } (tokens::tokens(frame, On::Agent(&view.id), &view.tokens, view.more_tokens)) }
                section aria-labelledby="evidence" { h2 #evidence { "Recent evidence" } (evidence(frame, view)) }
                section aria-labelledby="history" { h2 #history { "History" } (changes::history(frame, view)) }
            }
            div {
                section.panel aria-labelledby="about" { h2 #about { "About" } (about(frame, view)) }
                section.panel aria-labelledby="assignments" { h2 #assignments { "Assigned to" } (access::assignments(frame, view)) }
                section.panel aria-labelledby="change" { h2 #change { "Change" } (changes::forms(frame, view)) }
                section.panel aria-labelledby="credentials" { h2 #credentials { "Clients" } (access::clients(frame, view)) }
            }
        }
    };
    frame::desk(frame, &head, &body)
}

fn banner(frame: &Frame, view: &View) -> Markup {
    html! {
        @if let Some(c) = &view.contained {
            (notice::notice(Tone::Contained, "Contained: nothing issued to this agent works.", html! {
                p { (c.reason) }
                p { "By " (c.by) ", " (time::ago(frame.now, c.at)) ", incident " code { (c.incident) } "." }
            }))
        }
        @if view.ownerless && view.sponsor.is_some() && !view.owners.is_empty() {
            (notice::notice(Tone::Warning, "Nobody who can act answers for this agent.", html! {
                p { "Its sponsor, or every technical owner, is disabled. Name others, or stop the agent." }
            }))
        }
        @if view.sponsor.is_none() || view.owners.is_empty() {
            (notice::notice(Tone::Warning, "Nobody fully answers for this agent.", html! {
                p { "It needs a technical owner and an accountable sponsor before it can become active." }
            }))
        }
    }
}

/// The way to the page that stops, or lets go: in reach on every screen. The act itself takes a reason and a second
/// step there.
fn switch(view: &View) -> Markup {
    html! {
        @if view.contained.is_some() { a.button href=(links::agent_release(&view.id)) { "Release…" } }
        @else { a.button.stop href=(links::agent_contain(&view.id)) { (icon(Icon::Stop)) "Contain…" } }
    }
}

fn about(frame: &Frame, view: &View) -> Markup {
    let owners = html! {
        @if view.owners.is_empty() { (badge::warning("nobody")) }
        @else { ul.plain { @for owner in &view.owners { li { (name::user(owner)) } } } }
    };
    let expires = html! {
        @match view.expires { Some(at) => (time::ago(frame.now, at)), None => "no end date" }
    };
    html! {
        (facts::facts(&[
            ("Sponsor", html! { @match &view.sponsor { Some(s) => (name::user(s)), None => (badge::warning("nobody")) } }),
            ("Owners", owners),
            ("Ends", expires),
            ("Task", facts::or_none(&view.task)),
            ("Data sources", facts::lines(&view.data_sources)),
            ("Actions", facts::lines(&view.action_classes)),
            ("Works for", facts::or_none(&view.business_owner)),
            ("Version", html! { (view.version) }),
            ("Id", name::copied(&view.id)),
        ]))
    }
}

fn evidence(frame: &Frame, view: &View) -> Markup {
    html! {
        (timeline::timeline(frame, Some("seen"), &view.evidence, ("Nothing yet.", "Decisions about this agent appear here.")))
        p.more { a href=(links::with(links::audit(), &[("agent", &view.name)])) { "All evidence of this agent" } }
    }
}
