//! A check to try, and why it comes out as it does.

use maud::{Markup, html};

use super::store_change::vocabulary;
use crate::frame::Frame;
use crate::parts::notice::{self, Tone};
use crate::parts::place::{Place, Room};
use crate::parts::why::{Step, why};
use crate::parts::{Draft, Form, Named, badge, form};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub store: Named,
    pub asked: Asked,
    pub vocabulary: Vec<(String, Vec<String>)>,
    pub answer: Option<Answer>,
    /// Form `check`: the fields of [`Asked`].
    pub draft: Draft,
}

/// As it was typed.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub user: String,
    pub relation: String,
    pub object: String,
    /// Tuples that count as stored, one to a line.
    pub contextual: String,
    pub context: String,
}

#[derive(Clone, Debug)]
pub struct Answer {
    /// None where there is none.
    pub allowed: Option<bool>,
    /// Why there is none, and what to do about it.
    pub problem: String,
    pub steps: Vec<Step>,
    pub complete: bool,
    pub version: u64,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let place = Place {
        lead: "Ask what an application would ask, and see why. Asking changes nothing.",
        ..Place::new(&view.store, Room::Check, "Try a check")
    };
    let body = html! {
        div.columns {
            div { section aria-labelledby="question" { h2 #question { "Question" } (question(frame, view)) } }
            div.answered[view.answer.is_some()] {
                section aria-labelledby="answer" {
                    h2 #answer { "Answer" }
                    @match &view.answer {
                        None => p.muted { "Nothing was asked yet." },
                        Some(one) => (answer(one)),
                    }
                }
            }
        }
    };
    place.render(frame, &body)
}

fn question(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "check", &view.draft);
    let asked = &view.asked;
    f.ask(
        &links::store_check(&view.store.id),
        &html! {
            (f.text("user", "User").required().most(512).value(&*asked.user).hint("As in user:anne."))
            (f.text("relation", "Relation").required().most(50).value(&*asked.relation).hint("As in viewer."))
            (f.text("object", "Object").required().most(256).value(&*asked.object).hint("As in document:plan."))
            (f.area("contextual", "Tuples that come with the question").value(&*asked.contextual)
                .hint("One to a line: object, relation and user apart by spaces. They count as stored, for this question alone."))
            (f.area("context", "Context").value(&*asked.context).hint("What conditions read, as JSON: {\"now\": \"2027-01-01T00:00:00Z\"}."))
            (form::submit("Ask"))
            (vocabulary(&view.vocabulary))
        },
    )
}

fn answer(one: &Answer) -> Markup {
    html! {
        p.verdict {
            @match one.allowed {
                Some(true) => (badge::verdict(badge::Verdict::Allow)),
                Some(false) => (badge::verdict(badge::Verdict::Deny)),
                None => (badge::warning("No answer")),
            }
            span.muted { " at version " (one.version) }
        }
        @if !one.problem.is_empty() {
            (notice::line(Tone::Warning, &notice::sentence(&one.problem)))
        }
        (why(&one.steps))
        @if !one.complete { p.muted { "There is more to it than is shown here." } }
    }
}

fn full() -> View {
    let step = |depth, allowed, says: &str| Step { depth, allowed: Some(allowed), says: says.into() };
    View {
        store: Named::new("01JDEMO0000000000000000001", "drive"),
        asked: Asked {
            user: "user:anne".into(),
            relation: "viewer".into(),
            object: "document:plan".into(),
            ..Asked::default()
        },
        vocabulary: vec![("user".into(), Vec::new()), ("document".into(), vec!["viewer".into()])],
        answer: Some(Answer {
            allowed: Some(true),
            problem: String::new(),
            steps: vec![
                step(0, true, "user:anne has viewer on document:plan"),
                step(1, true, "document:plan#viewer@group:eng#member leads on to group:eng#member"),
                step(2, true, "user:anne has member on group:eng"),
                step(3, true, "group:eng#member@user:anne names the user"),
            ],
            complete: true,
            version: 371,
        }),
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let deep = |depth| Step { depth, allowed: Some(depth % 2 == 0), says: text.into() };
        let steps = (0..12).map(deep).collect();
        let answer =
            Answer { allowed: None, problem: text.into(), steps, complete: false, version: 3 };
        let asked = Asked { user: text.into(), contextual: text.into(), context: text.into(), ..full().asked };
        View { store: Named::new(text, text), asked, answer: Some(answer), ..full() }
    };
    let none = Step { depth: 1, allowed: None, says: "the condition in_hours needs now: give it in the context".into() };
    let no = Answer { allowed: Some(false), steps: vec![none], problem: String::new(), complete: true, version: 4 };
    let refused = Draft::of("check").value("user", "anne").problem("user", "Write type:id.");
    vec![
        ("blank", View { asked: Asked::default(), answer: None, ..full() }),
        ("full", full()),
        ("no", View { answer: Some(no), ..full() }),
        ("error", View { answer: None, draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
