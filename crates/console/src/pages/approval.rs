//! One question, for administrators: what was asked, whose yes it takes, who said what, and what came of it.

use chancery_kernel::{Seconds, Timestamp};
use chancery_model::{Sentence, State};
use maud::{Markup, html};

use super::approvals::Kind;
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
    pub kind: Kind,
    /// Of what asks for a permission for a while.
    pub access: Option<Access>,
    /// The viewer is among those who may answer it now.
    pub answerable: bool,
    /// It was taken in an emergency, nobody has looked at that, and the viewer may.
    pub reviewable: bool,
    /// The viewer may take it back, and it is not over.
    pub cancelable: bool,
    pub evidence: Vec<EventRow>,
    /// Forms `cancel`: `reason`; `review`: `justified`, `note`.
    pub draft: Draft,
}

/// What a permission for a while was asked for, and whether it is in force.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub purpose: String,
    pub lasts: Seconds,
    pub starts: Option<Timestamp>,
    pub extends: bool,
    /// The person who asked, where no agent did.
    pub by: Option<Named>,
    /// It is in force until then, or will be.
    pub stands: Option<Timestamp>,
    /// What somebody found of an emergency.
    pub review: Option<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Approvals,
        title: "A question to a person",
        noun: "Approval",
        badges: html! { (badge::approval(view.state)) @if view.reported { " " (badge::warning("reported")) } },
        actions: html! { @if view.answerable { a.button href=(links::question(&view.approval)) { "Answer" } } },
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
                @if view.reviewable { section.panel aria-labelledby="review" { h2 #review { "Review this emergency" } (review(frame, view)) } }
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
    let asker = html! {
        @match (&view.agent, &view.access) {
            (Some(agent), _) => (name::agent(agent)),
            (None, Some(Access { by: Some(by), .. })) => { (name::user(by)) ", a person" },
            (None, _) => (name::user(&view.user)),
        }
    };
    let mut rows = vec![("Asked by", asker), ("For", name::user(&view.user)), ("A yes gives", html! { (view.kind.words()) })];
    if let Some(access) = &view.access {
        rows.extend(asked_for(frame, access));
    }
    rows.extend([
        ("Whose yes it takes", needs),
        ("Weighs as", html! { @if view.weight.is_empty() { span.muted { "nothing of weight" } } @else { (view.weight) } }),
        ("Answers", said),
        ("Asked", time::ago(frame.now, view.asked)),
        ("End", end),
        ("Id", name::copied(&view.approval)),
    ]);
    facts::facts(&rows)
}

fn asked_for(frame: &Frame, access: &Access) -> Vec<(&'static str, Markup)> {
    let purpose = html! { @if access.purpose.is_empty() { span.muted { "not said" } } @else { q { (access.purpose) } } };
    let lasts = html! {
        (time::span(access.lasts)) @if access.extends { " more" }
        @if let Some(starts) = access.starts { ", from " (time::exact(starts)) " on" }
    };
    let stands = html! {
        @match access.stands {
            Some(until) => { a href=(links::grants()) { "in force" } ", ends " (time::ago(frame.now, until)) },
            None => span.muted { "not in force" },
        }
    };
    let mut rows = vec![("What for", purpose), ("Lasts", lasts), ("Permission", stands)];
    rows.extend(access.review.as_ref().map(|review| ("Review", html! { (review) })));
    rows
}

fn review(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "review", &view.draft);
    let found = [("yes", "it was justified"), ("no", "it was not: end the permission")];
    let found = found.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    f.post(
        &links::approval_review(&view.approval),
        &html! {
            (f.choice("justified", "What you found", found).required())
            (f.text("note", "Note").required().most(200).hint("It stands in the audit log."))
            (form::submit("Save review"))
        },
    )
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
        kind: Kind::Access,
        access: Some(Access {
            purpose: "Pay the invoice of Acme Corp".into(),
            lasts: Seconds(900),
            starts: Some(sample::after(3_600)),
            ..Access::default()
        }),
        answerable: true,
        reviewable: false,
        cancelable: true,
        evidence: vec![sample::allowance()],
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = View { needs: vec![text.into()], weight: text.into(), user: Named::new("usr_8", text), ..full() };
        view.sentences.iter_mut().for_each(|sentence| sentence.text = text.into());
        view.access = view.access.map(|access| Access { purpose: text.into(), review: Some(text.into()), ..access });
        View { closed: Some((sample::NOW, text.into())), ..view }
    };
    let over = View { state: State::Denied, reported: true, cancelable: false, agent: None, answers: Vec::new(), ..full() };
    let taken = Access {
        by: Some(sample::ines()),
        stands: Some(sample::after(600)),
        review: Some("Ines Duarte found it justified: production was down".into()),
        ..full().access.unwrap_or_default()
    };
    let emergency = View {
        kind: Kind::Emergency,
        state: State::Redeemed,
        agent: None,
        access: Some(taken),
        reviewable: true,
        answerable: false,
        cancelable: false,
        ..full()
    };
    let once = View { kind: Kind::Once, access: None, ..full() };
    let draft = Draft::of("cancel").problem("reason", "Say why, in one sentence.");
    vec![
        ("full", full()),
        ("over", over),
        ("emergency", emergency),
        ("once", once),
        ("error", View { draft, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
