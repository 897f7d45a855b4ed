//! A model being written: its text, and what is wrong with it beside that.

use maud::{Markup, html};

use super::store_model::TEXT;
use crate::frame::Frame;
use crate::parts::notice::{self, Tone};
use crate::parts::place::{Place, Room};
use crate::parts::{Draft, Form, Named};
use crate::{links, sample};

/// Instead of the id of a model to begin from: the one for retrieval that comes with the server.
pub const DOCUMENTS: &str = "documents";

#[derive(Clone, Debug)]
pub struct View {
    pub store: Named,
    pub text: String,
    /// None: not looked at yet.
    pub mistakes: Option<Vec<Mistake>>,
    /// Form `model`: `text`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Mistake {
    pub line: usize,
    pub column: usize,
    /// The line it stands in.
    pub source: String,
    pub message: String,
    pub mend: String,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let place = Place {
        lead: "Checking changes nothing. Writing makes it the newest model, which answers from then on.",
        ..Place::new(&view.store, Room::Models, "New model")
    };
    let body = html! {
        div.columns {
            div { section aria-labelledby="writing" { h2 #writing { "Text" } (editor(frame, view)) } }
            div { section aria-labelledby="mistakes" { h2 #mistakes { "What is wrong" } (mistakes(view)) } }
        }
    };
    place.render(frame, &body)
}

fn editor(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "model", &view.draft);
    f.post(
        &links::store_models(&view.store.id),
        &html! {
            (f.area("text", "Model").tall().required().most(262_144).value(&view.text)
                .hint("In the model language of OpenFGA. Up to 256 KB, as by the API."))
            p.field-hint {
                a href=(links::with(links::store_models(&view.store.id), &[("from", DOCUMENTS)])) { "Begin with the model for documents" }
                ": folders, documents, sections and chunks that inherit who may read them, and a label for what may be read but not quoted."
            }
            div.buttons {
                button type="submit" name="act" value="check" { "Check" }
                button.primary type="submit" name="act" value="write" { "Write as new model" }
            }
        },
    )
}

fn mistakes(view: &View) -> Markup {
    html! {
        @match &view.mistakes {
            None => p.muted { "Not looked at yet." },
            Some(none) if none.is_empty() => (notice::line(Tone::Done, "Nothing: this model can be written.")),
            Some(all) => {
                (notice::line(Tone::Error, "Nothing was written. Please mend this."))
                ol.mistakes { @for one in all { (mistake(one)) } }
            }
        }
    }
}

fn mistake(one: &Mistake) -> Markup {
    html! {
        li {
            p.mistake-place { "Line " (one.line) ", column " (one.column) }
            @if !one.source.is_empty() { pre { code { (one.source) } } }
            p { (notice::sentence(&one.message)) }
            @if !one.mend.is_empty() { p.field-hint { (notice::sentence(&one.mend)) } }
        }
    }
}

fn full() -> View {
    View {
        store: Named::new("01JDEMO0000000000000000001", "drive"),
        text: TEXT.into(),
        mistakes: None,
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let one = Mistake { line: 7, column: 31, source: text.into(), message: text.into(), mend: text.into() };
        View { store: Named::new(text, text), text: text.into(), mistakes: Some(vec![one]), ..full() }
    };
    vec![
        ("blank", full()),
        ("fine", View { mistakes: Some(Vec::new()), ..full() }),
        ("error", odd("define viewer: [user] or")),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
