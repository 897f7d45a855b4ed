//! Tuples that are to come or to go: who gains and who loses, and only then the button.

use maud::{Markup, html};

use crate::frame::Frame;
use crate::parts::notice::{self, Tone};
use crate::parts::place::{Place, Room};
use crate::parts::table::{Column, table};
use crate::parts::badge::{self, Turn};
use crate::parts::{Draft, Form, Named, form, name, time};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub store: Named,
    /// They go; else they come.
    pub goes: bool,
    pub wish: Wish,
    /// What the model has, to help with the names.
    pub vocabulary: Vec<(String, Vec<String>)>,
    pub preview: Option<Preview>,
    /// The store has moved since it was shown.
    pub moved: bool,
    /// Form `tuple`: `object`, `relation`, `user`, `more`, `condition`, `context`, `given`.
    pub draft: Draft,
}

/// As it was typed.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub object: String,
    pub relation: String,
    pub user: String,
    /// Others with it, one to a line.
    pub more: String,
    pub condition: String,
    /// What the tuples give their condition.
    pub context: String,
    /// What questions give.
    pub given: String,
}

#[derive(Clone, Debug)]
pub struct Preview {
    /// How many come or go.
    pub tuples: usize,
    pub rows: Vec<Row>,
    pub more: u64,
    pub undecided: u64,
    pub complete: bool,
    /// What the change is bound to.
    pub seal: String,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub who: String,
    pub turn: Turn,
    pub relation: String,
    pub object: String,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let place = Place::new(&view.store, Room::Tuples, if view.goes { "Remove tuples" } else { "Add tuples" });
    let body = html! {
        @if view.moved {
            (notice::notice(Tone::Warning, "Nothing was changed: the store has moved since you looked.", html! {
                p { "What would happen is now as follows. Look again, and confirm if it is still what you want." }
            }))
        }
        div.columns {
            div { section aria-labelledby="tuple" { h2 #tuple { "The tuples" } (question(frame, view)) } }
            div.answered[view.preview.is_some()] {
                section aria-labelledby="effect" {
                    h2 #effect { "Who gains, who loses" }
                    @match &view.preview {
                        None => p.muted { "Fill in one tuple or several, and look before anything is changed." },
                        Some(preview) => (effect(frame, view, preview)),
                    }
                }
            }
        }
    };
    place.render(frame, &body)
}

fn question(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "tuple", &view.draft);
    let wish = &view.wish;
    f.ask(
        &links::store_change(&view.store.id),
        &html! {
            (form::hidden("act", if view.goes { "remove" } else { "add" }))
            (f.text("object", "Object").most(256).value(&*wish.object).hint("As in document:plan."))
            (f.text("relation", "Relation").most(50).value(&*wish.relation).hint("As in viewer."))
            (f.text("user", "User").most(512).value(&*wish.user)
                .hint("As in user:anne, group:eng#member, or user:* for everybody."))
            (f.area("more", "Several at once").most(8_000).value(&*wish.more)
                .hint("One to a line: object, relation and user apart by spaces. All of them are one change, seen and made whole or not at all; 100 at most."))
            @if !view.goes {
                (f.text("condition", "Condition").most(256).value(&*wish.condition).hint("It goes for each of the tuples."))
                (f.area("context", "Values of the condition").value(&*wish.context).hint("As JSON: {\"until\": \"2027-01-01T00:00:00Z\"}."))
            }
            (f.area("given", "What questions bring").value(&*wish.given)
                .hint("As JSON, where answers rest on conditions. It is used for looking alone."))
            (form::submit("See who gains and who loses"))
            (vocabulary(&view.vocabulary))
        },
    )
}

/// What the model has, for whoever does not know it by heart.
pub fn vocabulary(all: &[(String, Vec<String>)]) -> Markup {
    html! {
        @if all.is_empty() {
            (notice::line(Tone::Info, "This store has no model yet: write one first."))
        } @else {
            details.fold {
                summary { "Types and relations of the model" }
                dl.facts {
                    @for (kind, relations) in all {
                        div {
                            dt { (kind) }
                            dd { @if relations.is_empty() { span.muted { "no relations" } } @else { (relations.join(", ")) } }
                        }
                    }
                }
            }
        }
    }
}

/// Rows that fit on a screen.
const FEW: usize = 12;

fn effect(frame: &Frame, view: &View, preview: &Preview) -> Markup {
    html! {
        @if preview.rows.is_empty() { (notice::empty("Nobody gains or loses anything.", "No answer changes by it.")) }
        @else {
            @if preview.rows.len() > FEW {
                p { (time::count(preview.rows.len() as u64 + preview.more)) " answers change. " a href="#confirm" { "To the button below them" } }
            }
            (changes(&preview.rows))
        }
        @if preview.more > 0 { p.more { "And " (time::count(preview.more)) " more." } }
        (completeness(preview))
        div #confirm { (confirm(frame, view, preview)) }
    }
}

fn completeness(preview: &Preview) -> Markup {
    html! {
        @if !preview.complete {
            (notice::line(Tone::Warning, "This is not all: there is too much to look at, and more may change."))
        } @else if preview.undecided > 0 {
            (notice::notice(Tone::Info, "That is everything that is certain.", html! {
                p { "More rests on conditions that are not decided. Say above what questions bring, to know." }
            }))
        } @else {
            p.muted { "That is everything." }
        }
    }
}

fn changes(rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[Column::of("Who"), Column::of("Change"), Column::of("What")];
    let cells = |row: &Row| {
        vec![
            html! { span.part { (name::plain(&row.who)) } },
            badge::turn(row.turn),
            html! { div { (name::part(&row.relation)) " on " (name::part(&row.object)) } },
        ]
    };
    table("Answers that change", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn confirm(frame: &Frame, view: &View, preview: &Preview) -> Markup {
    let (act, verb) = if view.goes { ("remove", "Remove") } else { ("add", "Add") };
    let words = match preview.tuples {
        0 | 1 => format!("{verb} this tuple"),
        many => format!("{verb} these {many} tuples"),
    };
    let wish = &view.wish;
    let fields: [(&str, &str); 9] = [
        ("act", act),
        ("object", &wish.object),
        ("relation", &wish.relation),
        ("user", &wish.user),
        ("more", &wish.more),
        ("condition", &wish.condition),
        ("context", &wish.context),
        ("given", &wish.given),
        ("seen", &preview.seal),
    ];
    Form::button(frame, "confirm").post(
        &links::store_tuples(&view.store.id),
        &html! {
            @for (name, value) in fields { (form::hidden(name, value)) }
            div.buttons {
                button.primary type="submit" { (words) }
                a.button href=(links::store_tuples(&view.store.id)) { "Leave it" }
            }
        },
    )
}

fn full() -> View {
    let row = |who: &str, turn, relation: &str| Row {
        who: who.into(),
        turn,
        relation: relation.into(),
        object: "document:plan".into(),
    };
    View {
        store: Named::new("01JDEMO0000000000000000001", "drive"),
        goes: false,
        wish: Wish {
            object: "group:eng".into(),
            relation: "member".into(),
            user: "user:anne".into(),
            ..Wish::default()
        },
        vocabulary: vec![("user".into(), Vec::new()), ("group".into(), vec!["member".into()])],
        preview: Some(Preview {
            tuples: 1,
            rows: vec![
                row("user:anne", Turn::Gains, "viewer"),
                row("user:anne", Turn::Loses, "requester"),
                row("everybody else of the type user", Turn::MayGain, "viewer"),
                row("user:bob", Turn::MayLose, "viewer"),
            ],
            more: 0,
            undecided: 0,
            complete: true,
            seal: "5eal".into(),
        }),
        moved: false,
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let wish = Wish {
            object: text.into(),
            relation: text.into(),
            user: text.into(),
            more: text.into(),
            ..Wish::default()
        };
        let row = Row { who: text.into(), turn: Turn::Gains, relation: text.into(), object: text.into() };
        let preview =
            Preview { tuples: 7, rows: vec![row], more: 1_204, undecided: 3, complete: false, seal: text.into() };
        let vocabulary = vec![(text.into(), vec![text.into()])];
        View { store: Named::new(text, text), wish, preview: Some(preview), vocabulary, moved: true, ..full() }
    };
    let nothing = Preview { tuples: 1, rows: Vec::new(), more: 0, undecided: 3, complete: true, seal: "5eal".into() };
    let refused = Draft::of("tuple").problem("", "Type 'dokument' not found.");
    vec![
        ("blank", View { preview: None, wish: Wish::default(), ..full() }),
        ("full", full()),
        ("nothing", View { preview: Some(nothing), goes: true, ..full() }),
        ("error", View { preview: None, draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
