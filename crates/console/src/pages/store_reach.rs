//! Who has a relation to an object, and to what a user has it. A list is complete, or says that it is not.

use maud::{Markup, html};

use super::store_change::vocabulary;
use crate::frame::Frame;
use crate::parts::notice::{self, Tone};
use crate::parts::place::{Place, Room};
use crate::parts::name::{part, plain};
use crate::parts::{Draft, Form, Named, form, time};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub store: Named,
    pub asked: Asked,
    pub vocabulary: Vec<(String, Vec<String>)>,
    pub found: Option<Found>,
    /// Forms `who` and `what`: the fields of [`Asked`].
    pub draft: Draft,
}

/// As it was typed.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub object: String,
    pub user: String,
    pub relation: String,
    /// Of those who are looked for.
    pub kind: String,
    pub context: String,
}

#[derive(Clone, Debug)]
pub struct Found {
    /// What was asked, in words.
    pub title: String,
    pub names: Vec<String>,
    pub complete: bool,
    pub version: u64,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let place = Place {
        lead: "Asking changes nothing.",
        ..Place::new(&view.store, Room::Reach, "Who and what")
    };
    let body = html! {
        @if let Some(found) = &view.found { (result(found)) }
        div.columns {
            div { section aria-labelledby="who" { h2 #who { "Who can see this" } (who(frame, view)) } }
            div { section aria-labelledby="what" { h2 #what { "What can they see" } (what(frame, view)) } }
        }
        (vocabulary(&view.vocabulary))
    };
    place.render(frame, &body)
}

fn result(found: &Found) -> Markup {
    html! {
        section.panel aria-labelledby="found" {
            h2 #found { (plain(&found.title)) }
            @if found.complete { p.muted { (time::count(found.names.len() as u64)) " found, and that is all, at version " (found.version) "." } }
            @else {
                (notice::line(Tone::Warning, "There are more than are listed here. The API has the whole list as a stream."))
            }
            @if found.names.is_empty() { p.muted { "Nobody and nothing." } }
            @else { ul.found { @for name in &found.names { li { (part(name)) } } } }
        }
    }
}

const CONTEXT: &str = "What conditions read, as JSON.";

fn who(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "who", &view.draft);
    let asked = &view.asked;
    f.ask(
        &links::store_reach(&view.store.id),
        &html! {
            (form::hidden("ask", "who"))
            (f.text("object", "Object").required().most(256).value(&*asked.object).hint("As in document:plan."))
            (f.text("relation", "Relation").required().most(50).value(&*asked.relation))
            (f.text("kind", "Type of users").required().most(320).value(&*asked.kind).hint("As in user, or group#member."))
            (f.area("context", "Context").value(&*asked.context).hint(CONTEXT))
            (form::submit("List who"))
        },
    )
}

fn what(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "what", &view.draft);
    let asked = &view.asked;
    f.ask(
        &links::store_reach(&view.store.id),
        &html! {
            (form::hidden("ask", "what"))
            (f.text("user", "User").required().most(512).value(&*asked.user).hint("As in user:anne."))
            (f.text("relation", "Relation").required().most(50).value(&*asked.relation))
            (f.text("kind", "Type of objects").required().most(254).value(&*asked.kind).hint("As in document."))
            (f.area("context", "Context").value(&*asked.context).hint(CONTEXT))
            (form::submit("List what"))
        },
    )
}

fn full() -> View {
    View {
        store: Named::new("01JDEMO0000000000000000001", "drive"),
        asked: Asked {
            object: "document:plan".into(),
            relation: "viewer".into(),
            kind: "user".into(),
            ..Asked::default()
        },
        vocabulary: vec![("user".into(), Vec::new()), ("document".into(), vec!["viewer".into()])],
        found: Some(Found {
            title: "Of the type user, with viewer on document:plan".into(),
            names: vec!["user:anne".into(), "user:bob".into()],
            complete: true,
            version: 371,
        }),
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let found = Found { title: text.into(), names: vec![text.into(); 3], complete: false, version: 3 };
        let asked = Asked { object: text.into(), user: text.into(), ..full().asked };
        View { store: Named::new(text, text), asked, found: Some(found), ..full() }
    };
    let nobody = Found { names: Vec::new(), ..full().found.unwrap_or(Found { title: String::new(), names: Vec::new(), complete: true, version: 0 }) };
    let refused = Draft::of("what").value("user", "anne").problem("", "Relation 'document#flies' not found.");
    vec![
        ("blank", View { asked: Asked::default(), found: None, ..full() }),
        ("full", full()),
        ("nobody", View { found: Some(nobody), ..full() }),
        ("error", View { found: None, draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
