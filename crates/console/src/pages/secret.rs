//! One secret: its versions, who has it, and how to take it back. Never its value.

use chancery_kernel::Timestamp;
use chancery_model::Tier;
use maud::{Markup, html};

use super::approvers::{self, Rule};
use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, EventRow, Form, Named, badge, facts, form, name, notice, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub name: String,
    pub folder: String,
    pub description: String,
    pub kind: String,
    pub tier: Tier,
    /// The client of this server whose secret it is.
    pub client: Option<Named>,
    /// In words: by whom, and when next.
    pub rotation: Option<String>,
    pub versions: Vec<Version>,
    pub leases: Vec<Lease>,
    pub evidence: Vec<EventRow>,
    /// Whose yes it takes, where that is changed here.
    pub rule: Rule,
    /// The viewer may change the rule, and have it rotated.
    pub manageable: bool,
    /// The viewer may end leases.
    pub endable: bool,
    /// Forms `end`: `lease`, `reason`; `rule-<id>` as on the page of rules.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Version {
    pub number: i64,
    /// `current`, `old`, `pending`.
    pub state: String,
    pub created: Timestamp,
    pub by: String,
}

#[derive(Clone, Debug)]
pub struct Lease {
    pub id: String,
    pub agent: Option<Named>,
    pub user: Option<Named>,
    pub exclusive: bool,
    pub began: Timestamp,
    pub until: Timestamp,
    /// Why it is over.
    pub over: Option<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Secrets,
        title: &view.name,
        noun: "Secret",
        badges: badge::tier(view.tier),
        actions: rotate(frame, view),
        lead: &view.description,
        live: false,
    };
    let body = html! {
        div.columns.uneven {
            div {
                section aria-labelledby="leases" {
                    h2 #leases { "Who has it" }
                    @if view.leases.is_empty() { (notice::empty("Nobody has it.", "What was lent and returned stands in the evidence below.")) }
                    @else { (leases(frame, view)) }
                }
                section aria-labelledby="versions" { h2 #versions { "Versions" } (versions(frame, &view.versions)) }
            }
            div {
                section.panel aria-labelledby="known" { h2 #known { "What is known of it" } (known(view)) }
                section.panel aria-labelledby="yes" {
                    h2 #yes { "Whose yes it takes" }
                    p.muted { "That of the person concerned, and by the rule of " (view.rule.scopes) ":" }
                    @if view.manageable { (approvers::change(frame, &view.draft, &view.rule)) }
                    @else { ul.plain { @for words in &view.rule.words { li { (words) } } } }
                }
            }
        }
        section aria-labelledby="evidence" {
            h2 #evidence { "Recent evidence" }
            (timeline::timeline(frame, None, &view.evidence, ("Nothing yet.", "")))
        }
    };
    frame::desk(frame, &head, &body)
}

fn rotate(frame: &Frame, view: &View) -> Markup {
    html! {
        @if view.rotation.is_some() && view.manageable {
            (form::button_post(&Form::button(frame, "rotate"), &links::secret_rotate(&view.id), "", "Rotate now", "", &html! {}))
        }
    }
}

fn known(view: &View) -> Markup {
    facts::facts(&[
        ("Folder", html! { (view.folder) }),
        ("Kind", html! { (view.kind) }),
        ("Client", html! { @match &view.client { Some(client) => (name::client(client)), None => span.muted { "of another system" } } }),
        ("Rotation", html! { @match &view.rotation { Some(words) => (words), None => span.muted { "none" } } }),
        ("Id", name::copied(&view.id)),
    ])
}

fn versions(frame: &Frame, all: &[Version]) -> Markup {
    const COLUMNS: &[Column] =
        &[Column::of("Number"), Column::of("State"), Column::of("Stored"), Column::of("By")];
    let cells = |v: &Version| {
        vec![html! { (v.number) }, html! { (v.state) }, time::ago(frame.now, v.created), html! { (v.by) }]
    };
    table("Versions", COLUMNS, &all.iter().map(cells).collect::<Vec<_>>())
}

fn leases(frame: &Frame, view: &View) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Agent"),
        Column::of("For"),
        Column::of("Since"),
        Column::of("Until"),
        Column::act("End"),
    ];
    let cells = |lease: &Lease| {
        vec![
            html! { @match &lease.agent { Some(agent) => (name::agent(agent)), None => span.muted { "a person" } }
                @if lease.exclusive { p.under { "nobody else meanwhile" } } },
            html! { @match &lease.user { Some(user) => (name::user(user)), None => span.muted { "nobody" } } },
            time::ago(frame.now, lease.began),
            time::ago(frame.now, lease.until),
            html! { @match &lease.over { Some(why) => span.muted { (why) }, None => @if view.endable { (end(frame, view, lease)) } } },
        ]
    };
    table("Leases", COLUMNS, &view.leases.iter().map(cells).collect::<Vec<_>>())
}

fn end(frame: &Frame, view: &View, lease: &Lease) -> Markup {
    let f = Form::new(frame, "end", &view.draft);
    f.post(
        &links::lease_end(&view.id),
        &html! {
            (form::hidden("lease", &lease.id))
            (form::hidden("reason", "ended by an administrator in the console"))
            button.small.danger type="submit" { "End now" span.hidden { " lease " (lease.id) } }
        },
    )
}

fn full() -> View {
    let at = Timestamp::from_seconds(1_790_000_000);
    let version = |number: i64, state: &str| Version { number, state: state.into(), created: at, by: "the server".into() };
    let lease = |id: &str, over: Option<&str>| Lease {
        id: id.into(),
        agent: Some(sample::finance_agent()),
        user: None,
        exclusive: true,
        began: at,
        until: at,
        over: over.map(str::to_owned),
    };
    View {
        id: "sec_1".into(),
        name: "crm-access".into(),
        folder: "prod / crm".into(),
        description: "Customers and contacts in the CRM".into(),
        kind: "oauth_client".into(),
        tier: Tier::Approval,
        client: Some(Named::new("cli_1", "crm access")),
        rotation: Some("by client, after use".into()),
        versions: vec![version(2, "current"), version(1, "old")],
        leases: vec![lease("lse_2", None), lease("lse_1", Some("given back"))],
        evidence: Vec::new(),
        rule: approvers::sample_rule("sec_1", links::approver_secret("sec_1"), "this secret alone"),
        manageable: true,
        endable: true,
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let bare = View { leases: Vec::new(), rotation: None, client: None, ..full() };
    let odd = |text: &str| {
        let lease = Lease { over: Some(text.into()), ..full().leases.remove(0) };
        View { name: text.into(), description: text.into(), folder: text.into(), leases: vec![lease], ..full() }
    };
    let watched = View { manageable: false, endable: false, ..full() };
    let draft = Draft::of("rule-sec_1").value("who.0", "group").problem("", "There is no group of this name.");
    vec![("full", full()), ("watched", watched), ("error", View { draft, ..full() }), ("empty", bare), ("long", odd(sample::LONG)), ("hostile", odd(sample::HOSTILE))]
}
