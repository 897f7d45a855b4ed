//! The kill switch: what it stops, why it is pulled, and a second look before it is.
//!
//! A page of its own, so that two deliberate steps stand between an administrator and a stopped agent without scripts.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::notice::{self, Tone};
use crate::parts::{Draft, Form, Named, badge, time};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub agent: Named,
    pub version: i64,
    pub mode: Mode,
    /// Tokens of this agent that are alive now.
    pub tokens: u64,
    /// People it acts for at the moment.
    pub people: u64,
    /// Applications it reaches.
    pub applications: Vec<String>,
    /// Form `stop`: `reason`, `sure`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub enum Mode {
    Contain,
    /// Contained at present; the page offers to let it go.
    Release { incident: String, at: Timestamp, by: String, reason: String },
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let contains = matches!(view.mode, Mode::Contain);
    let title = format!("{} {}?", if contains { "Contain" } else { "Release" }, view.agent.name);
    let head = Head {
        section: Section::Agents,
        title: &title,
        noun: "Kill switch",
        badges: html! { @if !contains { (badge::contained()) } },
        actions: html! {},
        lead: if contains {
            "Containing stops the agent at once. It is meant to be used in doubt; you can release it afterwards."
        } else {
            "Releasing lets the agent ask for new tokens. Those it held before stay dead."
        },
        live: false,
    };
    let body = html! {
        div.narrow {
            @match &view.mode {
                Mode::Contain => (consequences(view)),
                Mode::Release { incident, at, by, reason } => (incident_facts(frame, incident, *at, by, reason)),
            }
            (confirm(frame, view, contains))
        }
    };
    frame::desk(frame, &head, &body)
}

fn consequences(view: &View) -> Markup {
    html! {
        section.panel aria-labelledby="consequences" {
            h2 #consequences { "What happens" }
            ul.consequences {
                li { strong { (time::count(view.tokens)) " live tokens" } " die, here and at every guarded application, within seconds." }
                li { strong { (time::count(view.people)) " people" } " it acts for at the moment lose its help." }
                li {
                    @if view.applications.is_empty() { "It reaches no application at present." }
                    @else { "It reaches nothing any more in " strong { (view.applications.join(", ")) } "." }
                }
                li { "An incident is opened, with your name and reason." }
            }
        }
    }
}

fn incident_facts(frame: &Frame, incident: &str, at: Timestamp, by: &str, reason: &str) -> Markup {
    notice::notice(
        Tone::Contained,
        "Contained at present",
        html! {
            p { (reason) }
            p { "By " (by) ", " (time::ago(frame.now, at)) ", incident " code { (incident) } "." }
        },
    )
}

fn confirm(frame: &Frame, view: &View, contains: bool) -> Markup {
    let f = Form::new(frame, "stop", &view.draft).version(view.version);
    let id = &view.agent.id;
    let action = if contains { links::agent_contain(id) } else { links::agent_release(id) };
    let sure = if contains { "Stop this agent now" } else { "I have looked into the incident" };
    f.post(
        &action,
        &html! {
            (f.text("reason", "Reason").required().most(125)
                .hint("Stands in the audit log with your name. One sentence will do."))
            (f.check("sure", sure).required())
            div.buttons {
                @if contains { button.stop type="submit" { "Contain agent" } }
                @else { button.primary type="submit" { "Release agent" } }
                a.button href=(links::agent(id)) { "Go back" }
            }
        },
    )
}

fn contain() -> View {
    View {
        agent: sample::finance_agent(),
        version: 7,
        mode: Mode::Contain,
        tokens: 12,
        people: 4,
        applications: vec!["FinanceApp".into(), "Archive".into()],
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let release = Mode::Release {
        incident: "inc_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        at: sample::before(700),
        by: "detection".into(),
        reason: "Read 500 customer records in 10 minutes.".into(),
    };
    let hostile_mode = Mode::Release {
        incident: sample::HOSTILE.into(),
        at: sample::NOW,
        by: sample::HOSTILE.into(),
        reason: sample::HOSTILE.into(),
    };
    let refused = Draft::of("stop").problem("reason", "Give a reason.").problem("sure", "Tick this to go on.");
    let idle = View { tokens: 0, people: 0, applications: Vec::new(), ..contain() };
    let long = View { agent: Named::new("agt_4", sample::LONG), applications: vec![sample::LONG.into()], ..contain() };
    let hostile = View {
        agent: sample::hostile_name(),
        applications: vec![sample::HOSTILE.into()],
        draft: Draft::of("stop").value("reason", sample::HOSTILE),
        ..contain()
    };
    vec![
        ("full", contain()),
        ("empty", idle),
        ("contained", View { mode: release, ..contain() }),
        ("error", View { draft: refused, ..contain() }),
        ("long", long),
        ("hostile", hostile.clone()),
        ("hostile-contained", View { mode: hostile_mode, ..hostile }),
    ]
}
