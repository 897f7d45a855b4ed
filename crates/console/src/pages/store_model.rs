//! One model of a store: as text and as a diagram.

use maud::{Markup, html};

use crate::frame::Frame;
use crate::parts::diagram::{self, Kind, Relation};
use crate::parts::place::{Place, Room};
use crate::parts::{Named, badge, notice};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub store: Named,
    pub id: String,
    pub newest: bool,
    /// In the model language.
    pub text: String,
    /// It cannot be written in the model language: the text is JSON.
    pub json: bool,
    pub kinds: Vec<Kind>,
    /// Whether the person may write the next one.
    pub manageable: bool,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let edit = links::with(links::store_models(&view.store.id), &[("from", &view.id)]);
    let place = Place {
        lead: "A model never changes. What is written next becomes the newest, and answers from then on.",
        actions: html! { @if view.manageable { a.button href=(edit) { "Edit as a new model" } } },
        badges: html! { @if view.newest { (badge::quiet("newest")) } },
        ..Place::new(&view.store, Room::Models, "Model")
    };
    let body = html! {
        section aria-labelledby="diagram" { h2 #diagram { "Diagram" } (diagram::diagram(&view.kinds)) }
        section aria-labelledby="text" {
            h2 #text { "Text" }
            p.under { code { (view.id) } }
            @if view.json {
                (notice::line(notice::Tone::Info, "The model language has no words for a part of this model, so here it is as JSON."))
            }
            pre.raw tabindex="0" role="region" aria-label="Text of the model" { code { (view.text) } }
        }
    };
    place.render(frame, &body)
}

pub(super) const TEXT: &str = "model\n  schema 1.1\n\ntype user\n\ntype group\n  relations\n    define member: [user, group#member]\n\n\
     type document\n  relations\n    define owner: [user]\n    define viewer: [user, user:*, group#member] or owner\n";

fn full() -> View {
    let named = |kind: &str, relation: Option<&str>, everybody| diagram::Named {
        kind: kind.into(),
        relation: relation.map(str::to_owned),
        everybody,
    };
    let relation = |name: &str, definition: &str, named| Relation { name: name.into(), definition: definition.into(), named };
    let user = || named("user", None, false);
    let group = || named("group", Some("member"), false);
    let kind = |name: &str, relations| Kind { name: name.into(), relations };
    View {
        store: Named::new("01JDEMO0000000000000000001", "drive"),
        id: "01JDEMO0000000000000000012".into(),
        newest: true,
        text: TEXT.into(),
        json: false,
        manageable: true,
        kinds: vec![
            kind("user", Vec::new()),
            kind("group", vec![relation("member", "[user, group#member]", vec![user(), group()])]),
            kind(
                "document",
                vec![
                    relation("owner", "[user]", vec![user()]),
                    relation(
                        "viewer",
                        "[user, user:*, group#member] or owner",
                        vec![user(), named("user", None, true), group()],
                    ),
                ],
            ),
        ],
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let relation = Relation { name: text.into(), definition: text.into(), named: Vec::new() };
        let kinds = vec![Kind { name: text.into(), relations: vec![relation] }];
        View { store: Named::new(text, text), text: text.into(), kinds, ..full() }
    };
    vec![
        ("full", full()),
        ("read", View { manageable: false, ..full() }),
        ("json", View { json: true, newest: false, text: "{}".into(), ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
