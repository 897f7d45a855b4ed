//! One question, for administrators: what was asked, whose yes it takes, who said what, and what came of it.

use chancery_kernel::Timestamp;
use chancery_model::{Sentence, State};
use maud::{Markup, html};

use super::question::{Said, sentences};
use crate::frame::{self, Frame, Head, Section};
use crate::parts::{Draft, EventRow, Form, Named, badge, facts, form, name, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub approval: String,
    pub state: State,
    pub reported: bool,
    pub agent: Option<Named>,
    pub user: Named,
    pub sentences: Vec<Sentence>,
    pub needs: Vec<String>,
    pub weight: String,
    pub answers: Vec<Said>,
    pub asked: Timestamp,
    pub lapses: Timestamp,
    pub closed: Option<(Timestamp, String)>,
    /// The viewer may take it back, and it is not over.
    pub cancelable: bool,
    pub evidence: Vec<EventRow>,
    /// Form `cancel`: `reason`.
    pub draft: Draft,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Approvals,
        title: "A question to a person",
        noun: "Approval",
        badges: html! { (badge::approval(view.state)) @if view.reported { " " (badge::warning("reported")) } },
        actions: html! {},
        lead: "",
        live: true,
    };
    let body = html! {
        div.columns.uneven {
            div {
                section.panel aria-labelledby="asked" { h2 #asked { "What is asked" } (sentences(&view.sentences)) }
                section aria-labelledby="evidence" {
                    h2 #evidence { "Evidence" }
                    (timeline::timeline(frame, Some("seen"), &view.evidence, ("Nothing yet.", "")))
                }
            }
            div {
                section.panel aria-labelledby="standing" { h2 #standing { "How it stands" } (standing(frame, view)) }
                @if view.cancelable { (cancel(frame, view)) }
            }
        }
        p { a href=(links::approvals()) { "All approvals" } }
    };
    frame::desk(frame, &head, &body)
}

fn standing(frame: &Frame, view: &View) -> Markup {
    let needs = html! { ul.plain { @for need in &view.needs { li { (need) } } } };
    let said = html! {
        @if view.answers.is_empty() { span.muted { "nobody yet" } }
        @else { ul.plain { @for said in &view.answers {
            li { (said.name) @if !said.instead_of.is_empty() { ", for " (said.instead_of) } ": "
                strong { @if said.allow { "yes" } @else { "no" } } ", " (time::ago(frame.now, said.at)) }
        } } }
    };
    let end = html! {
        @match &view.closed {
            Some((at, why)) => { (why) ", " (time::ago(frame.now, *at)) },
            None => { "lapses " (time::ago(frame.now, view.lapses)) },
        }
    };
    facts::facts(&[
        ("Agent", html! { @match &view.agent { Some(agent) => (name::agent(agent)), None => span.muted { "gone" } } }),
        ("For", name::user(&view.user)),
        ("Whose yes it takes", needs),
        ("Weighs as", html! { @if view.weight.is_empty() { span.muted { "nothing of weight" } } @else { (view.weight) } }),
        ("Answers", said),
        ("Asked", time::ago(frame.now, view.asked)),
        ("End", end),
        ("Id", name::copied(&view.approval)),
    ])
}

fn cancel(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "cancel", &view.draft);
    let body = f.post(
        &links::approval_cancel(&view.approval),
        &html! {
            (f.text("reason", "Reason").required().most(200).hint("It stands in the audit log."))
            (form::submit("Take it back"))
        },
    );
    form::disclosure("Take the question back", f.is_refused(), &body)
}

fn full() -> View {
    let says = |voice, term: &str, text: &str| Sentence { voice, term: term.into(), text: text.into() };
    use chancery_model::approval::Voice::{Agent, Server};
    View {
        approval: "apr_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        state: State::Pending,
        reported: false,
        agent: Some(sample::finance_agent()),
        user: sample::alice(),
        sentences: vec![says(Server, "What", "Pay invoices"), says(Agent, "What", "Pay the invoice of Acme Corp")],
        needs: vec!["the person concerned".into(), "2 of: the group finance".into()],
        weight: "a payment".into(),
        answers: vec![Said {
            name: "Alice Moreau".into(),
            instead_of: "Ines Duarte".into(),
            allow: true,
            at: sample::before(20),
        }],
        asked: sample::before(60),
        lapses: sample::after(240),
        closed: None,
        cancelable: true,
        evidence: vec![sample::allowance()],
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = View { needs: vec![text.into()], weight: text.into(), user: Named::new("usr_8", text), ..full() };
        view.sentences.iter_mut().for_each(|sentence| sentence.text = text.into());
        View { closed: Some((sample::NOW, text.into())), ..view }
    };
    let over = View { state: State::Denied, reported: true, cancelable: false, agent: None, answers: Vec::new(), ..full() };
    let draft = Draft::of("cancel").problem("reason", "Say why, in one sentence.");
    vec![
        ("full", full()),
        ("over", over),
        ("error", View { draft, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
