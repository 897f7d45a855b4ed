//! One question to a person: the exact sentences that are approved, the two answers, and what came of it.

use chancery_kernel::Timestamp;
use chancery_model::approval::Voice;
use chancery_model::{Sentence, State};
use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::{Draft, Form, badge, form, time};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub approval: String,
    pub state: State,
    /// Word for word; their digest is `seen`.
    pub sentences: Vec<Sentence>,
    pub seen: String,
    pub asked: Timestamp,
    pub lapses: Timestamp,
    /// Whether the viewer can answer now.
    pub open: bool,
    /// Whether the viewer can take their yes back.
    pub withdrawable: bool,
    /// Who said what when.
    pub answers: Vec<Said>,
    /// Why it ended, and when.
    pub closed: Option<(Timestamp, String)>,
    /// What it weighs as, in words; empty where it weighs nothing.
    pub weight: String,
    /// The number that the requester shows has to be typed.
    pub number: bool,
    /// Where a fresh second factor is proven, if that has to come first.
    pub prove: Option<String>,
    /// Whose yes it takes, in words.
    pub needs: Vec<String>,
    /// Form `answer`: a refused one.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Said {
    pub name: String,
    /// For whom, where that is somebody else.
    pub instead_of: String,
    pub allow: bool,
    pub at: Timestamp,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let title = if view.open { "An agent asks for your yes" } else { "What an agent asked" };
    let body = html! {
        div.narrow {
            div #question-state data-live { (standing(frame, view)) }
            section.panel aria-labelledby="asked" {
                h2 #asked { "What you say yes or no to" }
                (sentences(&view.sentences))
            }
            @if view.open { (answers(frame, view)) }
            @if view.withdrawable { (take_back(frame, view)) }
            @if !view.answers.is_empty() { (said(frame, view)) }
            @if view.needs.len() > 1 {
                section aria-labelledby="needs" { h2 #needs { "Whose yes it takes" } ul.plain { @for need in &view.needs { li { (need) } } } }
            }
            p.fine {
                "Question " code { (view.approval) } ", asked " (time::ago(frame.now, view.asked))
                ". Digest of these sentences: " code.digest { (view.seen) }
            }
            p { a href=(links::inbox()) { "Back to the inbox" } }
        }
    };
    let lead = "Read it as if nobody else would: what stands here is what you allow.";
    frame::sheet_following(frame, title, lead, Some(links::inbox_live()), &body)
}

/// Word for word, as they were hashed.
pub fn sentences(all: &[Sentence]) -> Markup {
    html! {
        dl.facts.asked {
            @for (term, said) in grouped(all) { div { dt { (term) } dd { @for sentence in said { (one(sentence)) } } } }
        }
    }
}

/// Sentences of one term stand together, in the order in which the terms come.
fn grouped(sentences: &[Sentence]) -> Vec<(&str, Vec<&Sentence>)> {
    let mut groups: Vec<(&str, Vec<&Sentence>)> = Vec::new();
    for sentence in sentences {
        match groups.iter_mut().find(|(term, _)| *term == sentence.term) {
            Some((_, said)) => said.push(sentence),
            None => groups.push((&sentence.term, vec![sentence])),
        }
    }
    groups
}

fn one(sentence: &Sentence) -> Markup {
    html! {
        @match sentence.voice {
            Voice::Server => p { (sentence.text) },
            Voice::Agent => p.quoted { span.hidden { "The agent says: " } q { (sentence.text) } },
            Voice::Warning => p.warned { (badge::warning("Mind")) " " (sentence.text) },
        }
    }
}

fn standing(frame: &Frame, view: &View) -> Markup {
    html! {
        p { (badge::approval(view.state))
            @if view.state.is_live() { " lapses " (time::ago(frame.now, view.lapses)) }
            @if let Some((at, why)) = &view.closed { " " (why) ", " (time::ago(frame.now, *at)) }
        }
    }
}

fn answers(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "answer", &view.draft);
    f.post(
        &links::question_answer(&view.approval),
        &html! {
            (form::hidden("seen", &view.seen))
            (weighs(&f, view))
            div.buttons.even {
                button type="submit" name="answer" value="deny" { "Deny" }
                @if view.prove.is_none() { button.primary type="submit" name="answer" value="approve" { "Approve" } }
            }
            (form::disclosure("This should not have been asked", false, &html! {
                (f.text("note", "What is wrong with it").most(200))
                div.buttons { button.danger type="submit" name="answer" value="report" { "Deny and report" } }
                p.fine { "Your security team hears of it, and what else this agent asked of you is taken back." }
            }))
            @if let Some(viewer) = &frame.viewer {
                p.fine { "Signed in as " strong { (viewer.name) } " (" (viewer.login) ")." }
            }
        },
    )
}

/// What a yes of weight takes besides the button.
fn weighs(f: &Form<'_>, view: &View) -> Markup {
    html! {
        @if let Some(to) = &view.prove {
            p { "It counts as " (view.weight) ". To approve it, prove your second factor first." }
            p { a.button href=(to) { "Prove your second factor" } }
        } @else if view.number {
            (f.text("number", "Number").most(2).autocomplete("off")
                .hint("To approve: the two digits that whoever started the agent sees. They do not see them? Then deny."))
        }
    }
}

fn take_back(frame: &Frame, view: &View) -> Markup {
    let form = Form::button(frame, "take-back").confirm("Take your yes back? What came of it stops at once.");
    form::button_post(
        &form,
        &links::question_take_back(&view.approval),
        "danger",
        "Take it back",
        "",
        &html! {},
    )
}

fn said(frame: &Frame, view: &View) -> Markup {
    html! {
        section aria-labelledby="answers" {
            h2 #answers { "Answers" }
            ul.plain {
                @for said in &view.answers {
                    li { (said.name) @if !said.instead_of.is_empty() { ", for " (said.instead_of) } ": " strong { @if said.allow { "yes" } @else { "no" } } ", " (time::ago(frame.now, said.at)) }
                }
            }
        }
    }
}

/// The page after an answer that came too late or to other sentences says so itself.
pub fn refused(words: &str) -> Draft {
    Draft::of("answer").problem("", words)
}

fn full() -> View {
    let says = |voice, term: &str, text: &str| Sentence { voice, term: term.into(), text: text.into() };
    let server = |term: &str, text: &str| says(Voice::Server, term, text);
    View {
        approval: "apr_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        state: State::Pending,
        sentences: vec![
            server("Who asks", "The agent support-agent, registered for: answers customers. Sofia Berglund answers for it"),
            server("For", "Brandon Stark (brandon.stark@acme.com)"),
            says(Voice::Agent, "Message", "Approve AI agent to update Salesforce CRM for Brandon Stark?"),
            server("What", "Change your customers"),
            says(Voice::Agent, "What", "Set the stage of Acme Corp to won"),
            server("System", "Salesforce CRM (https://crm.example)"),
            server("Data", "customers, contacts, stages"),
            server("Access", "It changes data"),
            server("Impact", "It can spoil records and promise what you did not."),
            server("How long", "5 minutes, once"),
            says(Voice::Warning, "Mind", "The agent's words held hidden characters. They were removed."),
        ],
        seen: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        asked: sample::before(30),
        lapses: sample::after(270),
        open: true,
        withdrawable: false,
        answers: Vec::new(),
        closed: None,
        weight: String::new(),
        number: false,
        prove: None,
        needs: vec!["the person concerned".into()],
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let with = |text: &str| {
        let mut view = View { weight: text.into(), needs: vec![text.into(), text.into()], ..full() };
        for sentence in &mut view.sentences {
            sentence.term = if sentence.term == "What" { text.to_owned() } else { sentence.term.clone() };
            sentence.text = text.to_owned();
        }
        view.seen = text.into();
        View { closed: Some((sample::NOW, text.into())), ..view }
    };
    let weighs = View { weight: "a payment".into(), number: true, needs: vec!["the person concerned".into(), "2 of: the group finance".into()], ..full() };
    let unproven = View { prove: Some(links::second_factor()), ..weighs.clone() };
    let answered = View {
        state: State::Redeemed,
        open: false,
        withdrawable: true,
        answers: vec![Said { name: "Brandon Stark".into(), instead_of: "Ines Duarte".into(), allow: true, at: sample::before(20) }],
        closed: Some((sample::before(10), "fetched by the client".into())),
        ..full()
    };
    let draft = refused("What you answered is not what is asked: load the page again and read it.");
    vec![
        ("full", full()),
        ("answered", answered),
        ("weighs", weighs),
        ("unproven", unproven),
        ("error", View { draft, ..full() }),
        ("long", with(sample::LONG)),
        ("hostile", with(sample::HOSTILE)),
    ]
}
