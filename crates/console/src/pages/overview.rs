//! Overview: who acts here, what was decided, what needs a hand.

use chancery_kernel::Timestamp;
use chancery_model::Stage;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::icon::{Icon, icon};
use crate::parts::spark::{self, Hour};
use crate::parts::{EventRow, Named, badge, name, notice, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub agents: Stages,
    pub users: u64,
    pub groups: u64,
    pub applications: u64,
    pub contained: Vec<ContainedAgent>,
    /// Oldest first, 24 of them.
    pub hours: Vec<Hour>,
    /// There were more decisions than were counted.
    pub short: bool,
    pub denials: Vec<EventRow>,
    pub attention: Vec<Attention>,
    /// Lines in the log.
    pub log_size: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Stages {
    pub staged: u64,
    pub active: u64,
    pub suspended: u64,
    pub retired: u64,
}

#[derive(Clone, Debug)]
pub struct ContainedAgent {
    pub agent: Named,
    pub at: Timestamp,
    pub by: String,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub struct Attention {
    pub agent: Named,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    NoSponsor,
    NoOwner,
    NoCredential,
    /// Its end date is near or past.
    Expires(Timestamp),
    CredentialExpires(Timestamp),
    /// Its sponsor or last owner was disabled.
    OwnerLeft,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Overview,
        title: "Overview",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Every agent known, owned, limited, and stoppable.",
        live: true,
    };
    let body = html! {
        div.live-room #held data-live { @if !view.contained.is_empty() { (contained(frame, &view.contained)) } }
        div.tiles #tiles data-live { (tiles(view)) }
        div.columns {
            section.panel aria-labelledby="decisions" {
                h2 #decisions { "Decisions, last 24 hours" }
                div #decided data-live { (decisions(view)) }
            }
            section.panel aria-labelledby="stages" {
                h2 #stages { "Agents by stage" }
                div #staged data-live { (stages(view.agents)) }
            }
        }
        div.columns.uneven {
            section aria-labelledby="denials" {
                h2 #denials { "Latest denials" }
                (timeline::timeline(frame, Some("denied"), &view.denials,
                    ("Nothing was denied.", "Refused requests appear here as they happen.")))
                p.more { a href=(links::with(links::audit(), &[("verdict", "deny")])) { "All denials in the audit log" } }
            }
            section aria-labelledby="attention" { h2 #attention { "Needs attention" } (attention(frame, &view.attention)) }
        }
    };
    frame::desk(frame, &head, &body)
}

fn contained(frame: &Frame, agents: &[ContainedAgent]) -> Markup {
    html! {
        section.alarm aria-labelledby="contained" {
            h2 #contained { (icon(Icon::Stop)) "Contained now" }
            ul {
                @for c in agents {
                    li {
                        p.alarm-name { (name::agent(&c.agent)) }
                        p { (c.reason) }
                        p.muted { "by " (c.by) ", " (time::ago(frame.now, c.at)) }
                    }
                }
            }
        }
    }
}

fn tiles(view: &View) -> Markup {
    let log = links::audit();
    html! {
        (tile("Active agents", view.agents.active, &links::with(links::agents(), &[("stage", "active")]), ""))
        (tile("Contained", view.contained.len() as u64, &links::with(links::agents(), &[("stage", "contained")]),
            if view.contained.is_empty() { "" } else { "alarmed" }))
        (tile("Applications", view.applications, &links::applications(), ""))
        (tile("Users", view.users, &links::users(), ""))
        (tile("Groups", view.groups, &links::groups(), ""))
        (tile("Log entries", view.log_size, &log, ""))
    }
}

fn tile(label: &str, n: u64, href: &str, class: &str) -> Markup {
    html! { a.tile.(class) href=(href) { span.tile-number { (time::count(n)) } span.tile-label { (label) } } }
}

fn decisions(view: &View) -> Markup {
    let hours = &view.hours;
    let allow: u64 = hours.iter().map(|h| h.allow).sum();
    let deny: u64 = hours.iter().map(|h| h.deny).sum();
    html! {
        div.figures {
            p.figure.allow { (icon(Icon::Check)) strong { (time::count(allow)) } " allowed" }
            p.figure.deny { (icon(Icon::Cross)) strong { (time::count(deny)) } " denied" }
        }
        @if allow + deny == 0 { (notice::empty("No decisions yet.", "They appear as soon as an agent asks for a token.")) }
        @else { (spark::decisions(hours)) p.axis { span { "24 h ago" } span { "now" } } }
        @if view.short { p.fine { "There were too many to count them all: these are the latest." } }
    }
}

fn stages(n: Stages) -> Markup {
    let rows = [
        (Stage::Active, "part-active", n.active),
        (Stage::Staged, "part-staged", n.staged),
        (Stage::Suspended, "part-suspended", n.suspended),
        (Stage::Retired, "part-retired", n.retired),
    ];
    html! {
        (spark::shares("Agents by stage; the numbers follow", &rows.map(|(_, class, n)| (class, n))))
        ul.legend {
            @for (stage, _, n) in rows {
                li {
                    a href=(links::with(links::agents(), &[("stage", stage.as_str())])) { (badge::stage(stage)) }
                    strong { (time::count(n)) }
                }
            }
        }
    }
}

fn attention(frame: &Frame, rows: &[Attention]) -> Markup {
    html! {
        @if rows.is_empty() { (notice::empty("All in order.", "Every agent has a sponsor, an owner and a credential.")) }
        @else {
            ul.todo { @for row in rows { li { (name::agent(&row.agent)) span.todo-why { (icon(Icon::Warning)) span { (why(frame, row.why)) } } } } }
        }
    }
}

fn why(frame: &Frame, why: Why) -> Markup {
    html! {
        @match why {
            Why::NoSponsor => "has no accountable sponsor",
            Why::NoOwner => "has no technical owner",
            Why::NoCredential => "has no credential",
            Why::Expires(at) => { "its end date is " (time::ago(frame.now, at)) },
            Why::CredentialExpires(at) => { "its credential expires " (time::ago(frame.now, at)) },
            Why::OwnerLeft => "its sponsor or last owner has left",
        }
    }
}

fn full() -> View {
    let hours = (0..24_u64).map(|h| Hour { allow: 20 + h * h % 37 * 3, deny: if h % 5 == 3 { 6 + h } else { h % 3 } });
    let flag = |agent: Named, why| Attention { agent, why };
    View {
        agents: Stages { staged: 4, active: 31, suspended: 2, retired: 9 },
        users: 1_204,
        groups: 58,
        applications: 17,
        contained: Vec::new(),
        hours: hours.collect(),
        denials: vec![
            sample::denial(),
            EventRow { at: sample::before(3_000), position: 48_177, ..sample::denial() },
            EventRow { at: sample::before(21_000), position: 47_902, ..sample::denial() },
        ],
        attention: vec![
            flag(sample::hr_agent(), Why::NoSponsor),
            flag(Named::new("agt_1", "invoice-scanner"), Why::Expires(sample::after(5 * 86_400))),
            flag(Named::new("agt_2", "night-batch"), Why::CredentialExpires(sample::after(90_000))),
            flag(Named::new("agt_3", "prototype-7"), Why::NoOwner),
        ],
        short: false,
        log_size: 48_214,
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let pulled = |agent: Named, reason: &str| ContainedAgent {
        agent,
        at: sample::before(700),
        by: "ines@corp.example".into(),
        reason: reason.into(),
    };
    let sales = Named::new("agt_9", "sales-agent-prod-001");
    let contained =
        View { contained: vec![pulled(sales, "Read 500 customer records in 10 minutes.")], ..full() };
    let hostile = View {
        contained: vec![pulled(sample::hostile_name(), sample::HOSTILE)],
        denials: vec![sample::hostile_event()],
        attention: vec![Attention { agent: sample::hostile_name(), why: Why::OwnerLeft }],
        ..full()
    };
    let long_name = Named::new("agt_4", sample::LONG);
    let long = View {
        contained: vec![pulled(long_name.clone(), sample::LONG)],
        attention: vec![Attention { agent: long_name, why: Why::NoCredential }],
        ..full()
    };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("short", View { short: true, ..full() }),
        ("contained", contained),
        ("long", long),
        ("hostile", hostile),
    ]
}
