//! One labeled field of a form, with its hint and its problem tied to it.

use maud::{Markup, Render, html};

#[derive(Clone, Debug)]
pub enum Kind {
    /// An input with this type.
    Text(&'static str),
    Area,
    /// Value and words of each option.
    Choice(Vec<(String, String)>),
    Check,
}

#[derive(Clone, Debug)]
pub struct Field<'a> {
    id: String,
    kind: Kind,
    name: &'a str,
    label: &'a str,
    value: String,
    hint: String,
    problem: Option<&'a str>,
    /// What was typed before the form came back.
    typed: Option<&'a str>,
    required: bool,
    autocomplete: Option<&'static str>,
    pattern: Option<&'static str>,
    most: Option<u32>,
    /// For a text of many lines, read letter by letter.
    tall: bool,
}

impl<'a> Field<'a> {
    pub fn new(id: String, kind: Kind, name: &'a str, label: &'a str) -> Self {
        Self {
            id,
            kind,
            name,
            label,
            value: String::new(),
            hint: String::new(),
            problem: None,
            typed: None,
            required: false,
            autocomplete: None,
            pattern: None,
            most: None,
            tall: false,
        }
    }

    #[must_use]
    pub fn draft(mut self, typed: Option<&'a str>, problem: Option<&'a str>) -> Self {
        self.typed = typed;
        self.problem = problem;
        self
    }
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }
    #[must_use]
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token);
        self
    }
    #[must_use]
    pub fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }
    #[must_use]
    pub fn most(mut self, characters: u32) -> Self {
        self.most = Some(characters);
        self
    }

    #[must_use]
    pub fn tall(mut self) -> Self {
        self.tall = true;
        self
    }

    fn text(&self) -> &str {
        self.typed.unwrap_or(&self.value)
    }

    /// Ids of hint and problem, so that they are read out with the field.
    fn described(&self) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let problem = self.problem.map(|_| format!("{}-problem", self.id));
        match (hint, problem) {
            (Some(h), Some(p)) => Some(format!("{p} {h}")),
            (h, p) => p.or(h),
        }
    }

    /// The control itself. A refused one asks for the focus, so that the page opens where the mending is due.
    fn control(&self) -> Markup {
        let invalid = self.problem.map(|_| "true");
        let described = self.described();
        html! {
            @match &self.kind {
                Kind::Text(kind) => input type=(kind) id=(self.id) name=(self.name) value=[self.shown(kind)]
                    required[self.required] autocomplete=[self.autocomplete] pattern=[self.pattern] autofocus[self.problem.is_some()]
                    maxlength=[self.most] aria-describedby=[described] aria-invalid=[invalid];,
                Kind::Area => textarea.tall[self.tall] id=(self.id) name=(self.name) rows=(if self.tall { "24" } else { "3" }) spellcheck=[self.tall.then_some("false")] required[self.required] autofocus[self.problem.is_some()]
                    maxlength=[self.most] aria-describedby=[described] aria-invalid=[invalid] { (self.text()) },
                Kind::Choice(options) => select id=(self.id) name=(self.name) required[self.required] autofocus[self.problem.is_some()]
                    aria-describedby=[described] aria-invalid=[invalid] {
                    @for (value, words) in options {
                        option value=(value) selected[value == self.text()] { (words) }
                    }
                },
                Kind::Check => input type="checkbox" id=(self.id) name=(self.name) value="yes"
                    checked[self.text() == "yes"] required[self.required] aria-describedby=[described]
                    aria-invalid=[invalid];,
            }
        }
    }

    /// A password never travels back to the browser.
    fn shown(&self, kind: &str) -> Option<&str> {
        (kind != "password" && !self.text().is_empty()).then(|| self.text())
    }

    fn remarks(&self) -> Markup {
        html! {
            @if let Some(problem) = self.problem { p.field-problem id={ (self.id) "-problem" } { (problem) } }
            @if !self.hint.is_empty() { p.field-hint id={ (self.id) "-hint" } { (self.hint) } }
        }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let check = matches!(self.kind, Kind::Check);
        html! {
            div.field.check[check] {
                @if check { (self.control()) }
                label for=(self.id) {
                    (self.label)
                    @if !self.required && !check { span.optional { " optional" } }
                }
                @if !check { (self.control()) }
                (self.remarks())
            }
        }
    }
}
