//! The organization itself: what it is called, and its rules for everybody.

use chancery_kernel::Timestamp;
use chancery_model::{FactorRule, LeavingRule};
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::{Draft, EventRow, Form, facts, form, name, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub version: i64,
    pub title: String,
    pub slug: String,
    pub second_factor: FactorRule,
    pub approver_left: LeavingRule,
    pub since: Timestamp,
    /// The viewer may change it.
    pub manageable: bool,
    pub evidence: Vec<EventRow>,
    /// Form `edit`: `title`, `second_factor`, `approver_left`.
    pub draft: Draft,
}

/// Each rule by its field value.
pub const RULES: [(&str, FactorRule); 3] = [
    ("when_enrolled", FactorRule::WhenEnrolled),
    ("administrators", FactorRule::Administrators),
    ("everybody", FactorRule::Everybody),
];

/// The same, of what an approver leaves behind.
pub const LEAVING: [(&str, LeavingRule); 2] = [("end", LeavingRule::End), ("review", LeavingRule::Review)];

const fn leaving(rule: LeavingRule) -> &'static str {
    match rule {
        LeavingRule::End => "End at once",
        LeavingRule::Review => "Go on, and wait for a review",
    }
}

const fn words(rule: FactorRule) -> &'static str {
    match rule {
        FactorRule::WhenEnrolled => "Of everybody who has one",
        FactorRule::Administrators => "Of whoever has rights over this server too",
        FactorRule::Everybody => "Of everybody",
    }
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Overview,
        title: &view.title,
        noun: "Organization",
        badges: html! {},
        actions: html! {},
        lead: "",
        live: false,
    };
    let body = html! {
        div.columns.uneven {
            section aria-labelledby="evidence" {
                h2 #evidence { "Recent evidence" }
                (timeline::timeline(frame, None, &view.evidence, ("Nothing yet.", "")))
            }
            div {
                section.panel aria-labelledby="about" { h2 #about { "About" } (about(frame, view)) }
                @if view.manageable { section.panel aria-labelledby="change" { h2 #change { "Change" } (edit(frame, view)) } }
            }
        }
    };
    frame::desk(frame, &head, &body)
}

fn about(frame: &Frame, view: &View) -> Markup {
    facts::facts(&[
        ("Short name", html! { (view.slug) }),
        ("Second factor", html! { (words(view.second_factor)) }),
        ("When an approver leaves", html! { "Permissions " (leaving(view.approver_left).to_lowercase()) }),
        ("Since", time::ago(frame.now, view.since)),
        ("Id", name::copied(&view.id)),
    ])
}

fn edit(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "edit", &view.draft).version(view.version);
    let rules = RULES.map(|(value, rule)| (value.to_owned(), words(rule).to_owned())).to_vec();
    let left = LEAVING.map(|(value, rule)| (value.to_owned(), leaving(rule).to_owned())).to_vec();
    f.post(
        &links::organization(),
        &html! {
            (f.text("title", "Name").required().most(120).value(&view.title))
            (f.choice("second_factor", "Second factor at the sign-in", rules).required().value(view.second_factor.as_str())
                .hint("Whoever has to have one and has none can do nothing but enroll one. A yes of weight always takes one."))
            (f.choice("approver_left", "When an approver leaves, permissions", left).required().value(view.approver_left.as_str())
                .hint("Of a permission in force that rests on the yes of somebody who is disabled or removed."))
            (form::submit("Save"))
        },
    )
}

fn full() -> View {
    View {
        id: "org_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        version: 3,
        title: "Corp".into(),
        slug: "corp".into(),
        second_factor: FactorRule::Administrators,
        approver_left: LeavingRule::Review,
        since: sample::before(400 * 86_400),
        manageable: true,
        evidence: vec![sample::allowance()],
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let draft = Draft::of("edit").value("title", "").problem("title", "The title is empty: give it one.");
    let odd = |text: &str| View { title: text.into(), slug: text.into(), ..full() };
    vec![
        ("full", full()),
        ("watched", View { manageable: false, evidence: Vec::new(), ..full() }),
        ("error", View { draft, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
