//! A person's inbox: what waits for their answer, and what they answered before.

use chancery_kernel::Timestamp;
use chancery_model::State;
use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::icon::{Icon, icon};
use crate::parts::form::hidden;
use crate::parts::{Form, badge, form, notice, time};
use crate::{assets, links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Questions that are alike stand together; the oldest first: it lapses first.
    pub pending: Vec<Vec<Item>>,
    /// The latest first.
    pub history: Vec<Item>,
    /// By which a browser's push service is to know us; empty where none is offered.
    pub push_key: String,
    /// When an administrator took their second factors away, for a while after that.
    pub factors_reset: Option<Timestamp>,
}

/// One question, in a line.
#[derive(Clone, Debug)]
pub struct Item {
    pub approval: String,
    /// Who asks.
    pub asker: String,
    pub system: String,
    /// What for, in one sentence.
    pub sentence: String,
    pub changes: bool,
    pub state: State,
    /// What came of it, in a sentence.
    pub outcome: String,
    /// It is a permission that stands, or a yes of theirs that was not fetched: one tap takes it back.
    pub withdrawable: bool,
    pub asked: Timestamp,
    /// When it lapses, or when it ended.
    pub until: Timestamp,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        @if let Some(at) = view.factors_reset {
            (notice::notice(notice::Tone::Warning, "Your second factors were taken away.", html! {
                p { "An administrator removed them and your recovery codes " (time::ago(frame.now, at))
                    ". If you did not ask for that, call your administrators now. "
                    a href=(links::factors()) { "Enroll another" } "." }
            }))
        }
        section aria-labelledby="waiting" {
            h2 #waiting { "Waiting for you" }
            div #pending data-live {
                @if view.pending.is_empty() {
                    (notice::empty("Nothing waits for you.",
                        "When an agent needs your yes, the question appears here. This page follows by itself."))
                } @else {
                    ul.questions { @for alike in &view.pending { (together(frame, alike)) } }
                }
            }
        }
        section aria-labelledby="past" {
            h2 #past { "Before" }
            div #history data-live {
                @if view.history.is_empty() {
                    (notice::empty("You have answered nothing yet.", ""))
                } @else {
                    ul.questions { @for item in &view.history { (past(frame, item)) } }
                }
            }
        }
    };
    let body = html! { (body) (telling(frame, view)) };
    let lead = "Agents ask here before they do what needs your yes.";
    frame::sheet_following(frame, "Inbox", lead, Some(links::inbox_live()), &body)
}

/// One question, or several that are alike behind the first of them.
fn together(frame: &Frame, alike: &[Item]) -> Markup {
    html! {
        @match alike {
            [] => {},
            [only] => (waiting(frame, only)),
            [first, rest @ ..] => {
                (waiting(frame, first))
                li.question data-key={ (first.approval) "-alike" } {
                    (form::disclosure(&format!("{} more like this from {}", rest.len(), first.asker), false,
                        &html! { ul.questions { @for item in rest { (waiting(frame, item)) } } }))
                }
            }
        }
    }
}

/// Hidden until the script finds that this browser can.
fn telling(frame: &Frame, view: &View) -> Markup {
    html! {
        @if !view.push_key.is_empty() {
            div hidden {
                form method="post" action=(links::browsers()) data-push=(view.push_key) {
                    (hidden("csrf", &frame.csrf))
                    @for field in ["endpoint", "p256dh", "auth"] { (hidden(field, "")) }
                    button type="submit" { "Tell me in this browser" }
                    p role="status" {}
                }
            }
            script src=(links::asset(&assets::PUSH.name)) defer {}
        }
    }
}

fn waiting(frame: &Frame, item: &Item) -> Markup {
    html! {
        li.question data-key=(item.approval) {
            a.question-link href=(links::question(&item.approval)) {
                span.question-text { (item.sentence) } " "
                span.question-line { (icon(Icon::Agent)) (item.asker) " · " (icon(Icon::System)) (item.system) }
            }
            p.question-line {
                (badge::action(action(item.changes))) " lapses " (time::ago(frame.now, item.until))
            }
        }
    }
}

fn past(frame: &Frame, item: &Item) -> Markup {
    html! {
        li.question data-key=(item.approval) {
            a.question-link href=(links::question(&item.approval)) {
                span.question-text { (item.sentence) } " "
                span.question-line { (icon(Icon::Agent)) (item.asker) " · " (icon(Icon::System)) (item.system) }
            }
            p.question-line {
                (badge::approval(item.state)) " " (time::ago(frame.now, item.until))
                @if !item.outcome.is_empty() { ". " (item.outcome) }
            }
            @if item.withdrawable {
                (form::button_post(&Form::button(frame, &format!("back-{}", item.approval)),
                    &links::question_take_back(&item.approval), "danger", "Withdraw", &item.sentence, &html! {
                        (form::hidden("back", "inbox"))
                    }))
            }
        }
    }
}

const fn action(changes: bool) -> chancery_model::Action {
    if changes { chancery_model::Action::Change } else { chancery_model::Action::Read }
}

fn item(sentence: &str, state: State) -> Item {
    Item {
        approval: "apr_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        asker: "support-agent".into(),
        system: "Salesforce CRM".into(),
        sentence: sentence.into(),
        changes: true,
        state,
        outcome: String::new(),
        withdrawable: state == State::Redeemed,
        asked: sample::before(30),
        until: sample::after(270),
    }
}

fn full() -> View {
    let one = |sentence: &str, n: usize, state| Item {
        approval: format!("apr_06cf2m4k1ov3gq5s8t0a9b7c{n:02}"),
        until: sample::before(600 * n as i64),
        ..item(sentence, state)
    };
    let ends = State::ALL.into_iter().skip(1).enumerate();
    View {
        pending: vec![
            vec![item("Approve AI agent to update Salesforce CRM for Brandon Stark?", State::Pending)],
            (7..10).map(|n| one("Set the stage of Acme Corp to won", n, State::Pending)).collect(),
        ],
        push_key: "BAQ_x".into(),
        factors_reset: Some(sample::before(600)),
        history: ends.map(|(n, state)| one("Set the stage of Acme Corp to won", n + 1, state)).collect(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let of = |text: &str| {
        let mut item = item(text, State::Pending);
        item.asker = text.into();
        item.system = text.into();
        View { history: vec![Item { approval: "apr_2".into(), outcome: text.into(), ..item.clone() }], pending: vec![vec![item]], ..View::default() }
    };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("long", of(sample::LONG)),
        ("hostile", of(sample::HOSTILE)),
    ]
}
