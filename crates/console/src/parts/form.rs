//! Forms: plain POST, always with the session's token against forgery, with the version of what is changed, and
//! with what was typed when the server sends them back.

use maud::{Markup, PreEscaped, html};

use super::field::{Field, Kind};
use super::notice::{self, Tone};
use crate::frame::Frame;

/// A submission that was refused: shown again as it was typed, with what to mend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Name of the form, as given to [`Form::new`]. Empty: no form was refused.
    pub form: String,
    /// Field and text. Never holds a password.
    pub values: Vec<(String, String)>,
    /// Field and sentence; an empty field name speaks of the form as a whole.
    pub problems: Vec<(String, String)>,
}

impl Draft {
    pub fn of(form: &str) -> Self {
        Self { form: form.to_owned(), ..Self::default() }
    }
    #[must_use]
    pub fn value(mut self, field: &str, text: &str) -> Self {
        self.values.push((field.to_owned(), text.to_owned()));
        self
    }
    #[must_use]
    pub fn problem(mut self, field: &str, words: &str) -> Self {
        self.problems.push((field.to_owned(), notice::sentence(words)));
        self
    }
}

/// One form on a page.
pub struct Form<'a> {
    name: &'a str,
    csrf: &'a str,
    draft: Option<&'a Draft>,
    version: Option<i64>,
    confirm: Option<String>,
}

impl<'a> Form<'a> {
    pub fn new(frame: &'a Frame, name: &'a str, draft: &'a Draft) -> Self {
        let draft = (draft.form == name).then_some(draft);
        Self { name, csrf: &frame.csrf, draft, version: None, confirm: None }
    }

    /// A form without fields to fill in: one button.
    pub fn button(frame: &'a Frame, name: &'a str) -> Self {
        Self { name, csrf: &frame.csrf, draft: None, version: None, confirm: None }
    }

    /// The version the page was drawn from; the server refuses the change if another came first.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// A question the script asks before it submits. Without scripts the button acts at once, so only changes that
    /// can be taken back rest on it.
    #[must_use]
    pub fn confirm(mut self, question: impl Into<String>) -> Self {
        self.confirm = Some(question.into());
        self
    }

    /// What was typed into a field before the form came back.
    pub fn typed_into(&self, name: &str) -> Option<&'a str> {
        self.draft.and_then(|d| d.values.iter().find(|(n, _)| n == name)).map(|(_, text)| text.as_str())
    }

    /// The token against forgery, for a form that is built by hand.
    pub const fn csrf(&self) -> &str {
        self.csrf
    }

    /// What to mend, for a form that is built by hand.
    pub fn refusal(&self) -> Markup {
        self.summary()
    }

    pub fn is_refused(&self) -> bool {
        self.draft.is_some()
    }

    pub fn text(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(Kind::Text("text"), name, label)
    }
    pub fn typed(&self, kind: &'static str, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(Kind::Text(kind), name, label)
    }
    pub fn area(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(Kind::Area, name, label)
    }
    pub fn choice(&self, name: &'a str, label: &'a str, options: Vec<(String, String)>) -> Field<'a> {
        self.field(Kind::Choice(options), name, label)
    }
    pub fn check(&self, name: &'a str, label: &'a str) -> Field<'a> {
        self.field(Kind::Check, name, label)
    }

    fn field(&self, kind: Kind, name: &'a str, label: &'a str) -> Field<'a> {
        let problem = self.draft.and_then(|d| d.problems.iter().find(|(n, _)| n == name));
        // A box that was not ticked is not sent at all.
        let unticked = (matches!(kind, Kind::Check) && self.draft.is_some()).then_some("");
        Field::new(self.id(name), kind, name, label)
            .draft(self.typed_into(name).or(unticked), problem.map(|(_, sentence)| sentence.as_str()))
    }

    /// An id for what a page adds by hand, unique like those of the fields.
    pub fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    pub fn post(&self, action: &str, body: &Markup) -> Markup {
        html! {
            form method="post" action=(action) data-confirm=[self.confirm.as_deref()] {
                input type="hidden" name="csrf" value=(self.csrf);
                @if let Some(version) = self.version { input type="hidden" name="version" value=(version); }
                (self.summary())
                (PreEscaped(&body.0))
            }
        }
    }

    /// A question: it changes nothing, so it has an address and no token.
    pub fn ask(&self, action: &str, body: &Markup) -> Markup {
        let problems = self.draft.map(|draft| draft.problems.as_slice()).unwrap_or_default();
        let general = problems.iter().filter(|(field, _)| field.is_empty());
        html! {
            form method="get" action=(action) {
                @if !problems.is_empty() {
                    (notice::notice(Tone::Error, "There is no answer to this. Please mend it and ask again.", html! {
                        @for (_, sentence) in general { p { (sentence) } }
                    }))
                }
                (PreEscaped(&body.0))
            }
        }
    }

    fn summary(&self) -> Markup {
        let Some(draft) = self.draft.filter(|d| !d.problems.is_empty()) else { return html! {} };
        let general = draft.problems.iter().filter(|(field, _)| field.is_empty());
        notice::notice(
            Tone::Error,
            "Nothing was changed. Please mend this and send it again.",
            html! { @for (_, sentence) in general { p { (sentence) } } },
        )
    }
}

/// The row of buttons that ends a form.
pub fn submit(words: &str) -> Markup {
    html! { div.buttons { button.primary type="submit" { (words) } } }
}

pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A form behind a disclosure; open when it was refused.
pub fn disclosure(summary: &str, open: bool, body: &Markup) -> Markup {
    html! {
        details.disclosure open[open] {
            summary { (summary) }
            div.disclosure-body { (PreEscaped(&body.0)) }
        }
    }
}

/// A single button that posts.
pub fn button_post(
    form: &Form<'_>,
    action: &str,
    class: &str,
    words: &str,
    about: &str,
    fields: &Markup,
) -> Markup {
    form.post(
        action,
        &html! {
            (PreEscaped(&fields.0))
            button.small.(class) type="submit" { (words) @if !about.is_empty() { span.hidden { " " (about) } } }
        },
    )
}
