//! The forms of a page: what a browser would show in them, fill in and send.

use anyhow::{Context, bail, ensure};

use super::html::{Piece, pieces};

/// A form with what stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// As it is written in the page; may be relative or empty.
    pub action: String,
    pub post: bool,
    fields: Vec<Field>,
    buttons: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Field {
    name: String,
    value: String,
    kind: Kind,
    required: bool,
    /// Sent at all: not so for a box without its tick.
    on: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Shown,
    Hidden,
    /// One tick, or one of several.
    Tick,
    Choice,
}

impl Form {
    /// Every form of a page, in order.
    pub fn all(html: &str) -> Vec<Self> {
        let mut reader = Reader::default();
        for piece in pieces(html) {
            reader.take(&piece);
        }
        reader.done
    }

    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    pub fn has_button(&self, name: &str, value: &str) -> bool {
        self.buttons.iter().any(|(n, v)| n == name && v == value)
    }

    /// Types into a field.
    pub fn fill(mut self, name: &str, value: &str) -> anyhow::Result<Self> {
        let field = self.fields.iter_mut().find(|field| field.name == name && field.kind != Kind::Hidden);
        let field = field.with_context(|| format!("the page has no field `{name}` to fill in"))?;
        value.clone_into(&mut field.value);
        field.on = true;
        Ok(self)
    }

    /// What is sent when a button is pressed; with no name, any button that has none.
    pub fn press(self, button: Option<(&str, &str)>) -> anyhow::Result<Vec<(String, String)>> {
        if let Some((name, value)) = button {
            ensure!(self.has_button(name, value), "the page has no button {name}={value}");
        }
        let empty = self.fields.iter().find(|field| field.required && (field.value.is_empty() || !field.on));
        if let Some(field) = empty {
            bail!("the page asks for `{}`, and the story does not say what to write there", field.name);
        }
        let sent = self.fields.into_iter().filter(|field| field.on && !field.name.is_empty());
        let mut pairs: Vec<(String, String)> = sent.map(|field| (field.name, field.value)).collect();
        pairs.extend(button.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(pairs)
    }
}

#[derive(Default)]
struct Reader {
    done: Vec<Form>,
    inside: Option<Form>,
    area: bool,
}

impl Reader {
    fn take(&mut self, piece: &Piece) {
        match piece {
            Piece::Open { name, .. } if name == "form" => {
                let action = piece.attribute("action").unwrap_or_default().to_owned();
                let post =
                    piece.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
                self.inside = Some(Form { action, post, ..Form::default() });
            }
            Piece::Close(name) if name == "form" => self.done.extend(self.inside.take()),
            Piece::Close(name) if name == "textarea" => self.area = false,
            Piece::Open { name, .. } => {
                self.area = name == "textarea";
                if let Some(form) = &mut self.inside {
                    form.take(name, piece);
                }
            }
            Piece::Text(text) if self.area => {
                if let Some(field) = self.inside.as_mut().and_then(|form| form.fields.last_mut()) {
                    text.clone_into(&mut field.value);
                }
            }
            Piece::Text(_) | Piece::Close(_) => {}
        }
    }
}

impl Form {
    fn take(&mut self, tag: &str, piece: &Piece) {
        let text = |name| piece.attribute(name).unwrap_or_default().to_owned();
        let has = |name| piece.attribute(name).is_some();
        let (name, value, required) = (text("name"), text("value"), has("required"));
        if has("disabled") {
            return;
        }
        match (tag, piece.attribute("type").unwrap_or("text")) {
            ("button", kind) if kind != "button" && kind != "reset" => self.buttons.push((name, value)),
            ("input", "submit") => self.buttons.push((name, value)),
            ("input", "button" | "reset" | "image" | "file") => {}
            ("input", "hidden") => {
                self.fields.push(Field { name, value, kind: Kind::Hidden, required: false, on: true });
            }
            ("input", "checkbox" | "radio") => {
                let value = if has("value") { value } else { "on".to_owned() };
                self.fields.push(Field { name, value, kind: Kind::Tick, required, on: has("checked") });
            }
            ("input" | "textarea", _) => {
                self.fields.push(Field { name, value, kind: Kind::Shown, required, on: true });
            }
            ("select", _) => {
                self.fields.push(Field { name, kind: Kind::Choice, required, ..Field::default() })
            }
            ("option", _) => self.option(value, has("selected")),
            _ => {}
        }
    }

    /// The first option stands until another one is marked.
    fn option(&mut self, value: String, selected: bool) {
        if let Some(field) = self.fields.last_mut().filter(|field| field.kind == Kind::Choice)
            && (selected || !field.on)
        {
            field.value = value;
            field.on = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN_IN: &str = r#"<!DOCTYPE html><body><form method="get" action="/search"><input name="q"></form>
        <form method="post" action="/sign-in?next=%2Fme&amp;x=1"><input type="hidden" name="csrf" value="a&amp;b">
        <label for="l">Login</label><input id="l" type="text" name="login" required>
        <input type="password" name="password" required maxlength="1024"><textarea name="note">kept</textarea>
        <input type="checkbox" name="stay" checked><input type="checkbox" name="news">
        <select name="org"><option value="a">A</option><option value="b" selected>B</option></select>
        <button type="submit">Sign in</button></form>"#;

    fn sign_in() -> Form {
        Form::all(SIGN_IN).into_iter().nth(1).unwrap()
    }

    fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
        wanted.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_filled_form_sends_what_a_browser_would() {
        let form = sign_in();
        assert_eq!((form.action.as_str(), form.post), ("/sign-in?next=%2Fme&x=1", true));
        let sent = form.fill("login", "alice").unwrap().fill("password", "p&w").unwrap().press(None).unwrap();
        let wanted = [
            ("csrf", "a&b"),
            ("login", "alice"),
            ("password", "p&w"),
            ("note", "kept"),
            ("stay", "on"),
            ("org", "b"),
        ];
        assert_eq!(sent, pairs(&wanted));
    }

    #[test]
    fn a_required_field_that_nobody_filled_is_named() {
        let error = sign_in().fill("login", "alice").unwrap().press(None).unwrap_err().to_string();
        assert!(error.contains("`password`"), "{error}");
    }

    #[test]
    fn fields_that_are_not_there_or_hidden_cannot_be_filled() {
        for name in ["nobody", "csrf"] {
            let error = sign_in().fill(name, "x").unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn the_pressed_button_is_sent_and_no_other() {
        let page = r#"<form method=post action=/consent><button name="answer" value="deny">Deny</button>
            <button type="submit" name="answer" value="allow">Allow</button></form>"#;
        let form = Form::all(page).remove(0);
        assert!(form.has_button("answer", "deny"));
        assert_eq!(form.clone().press(Some(("answer", "allow"))).unwrap(), pairs(&[("answer", "allow")]));
        assert!(form.press(Some(("answer", "maybe"))).is_err());
    }
}
