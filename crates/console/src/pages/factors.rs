//! A person's second factors: what they have, and adding and removing.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::notice::{self, Tone};
use crate::parts::passkey::{self, Ceremony};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, form, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub factors: Vec<Factor>,
    pub codes_left: i64,
    /// The organization wants one, and there is none yet: nothing else can be done before.
    pub must: bool,
    /// Whether a change needs a proof first, and where it is given.
    pub prove: Option<String>,
    /// Absent where this server has no name that a passkey could be for.
    pub ceremony: Option<Ceremony>,
    /// Form `passkey`: `name`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Factor {
    pub id: String,
    pub kind: &'static str,
    pub name: String,
    pub created: Timestamp,
    pub used: Option<Timestamp>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        @if view.must {
            (notice::notice(Tone::Warning, "Your organization wants a second factor",
                html! { p { "Add one here. Until then there is nothing else you can do." } }))
        }
        section aria-labelledby="have" {
            h2 #have { "What you have" }
            (have(frame, view))
        }
        section aria-labelledby="add" {
            h2 #add { "Add one" }
            @match &view.prove {
                Some(to) => {
                    p { "Prove who you are first: it was too long ago." }
                    p { a.button href=(to) { "Go on" } }
                }
                None => (adding(frame, view)),
            }
        }
        @if !view.factors.is_empty() { (codes(frame, view)) }
        p { a href=(links::me()) { "Back to your page" } }
    };
    let lead = "What you show besides your password: at the sign-in, and before you approve something of weight.";
    frame::sheet(frame, "Second factors", lead, &body)
}

fn have(frame: &Frame, view: &View) -> Markup {
    const COLUMNS: &[Column] =
        &[Column::of("Name"), Column::of("Kind"), Column::of("Added"), Column::of("Last used"), Column::act("Remove")];
    if view.factors.is_empty() {
        return notice::empty("You have none yet.", "With a second factor a stolen password alone opens nothing.");
    }
    let row = |f: &Factor| {
        let end = Form::button(frame, "remove").confirm(format!("Remove {}?", f.name));
        let used = html! { @match f.used { Some(at) => (time::ago(frame.now, at)), None => "never" } };
        let end = form::button_post(&end, &links::factor_remove(&f.id), "danger", "Remove", &f.name, &html! {});
        vec![html! { (f.name) }, html! { (f.kind) }, time::ago(frame.now, f.created), used, end]
    };
    table("Second factors", COLUMNS, &view.factors.iter().map(row).collect::<Vec<_>>())
}

fn adding(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "passkey", &view.draft);
    html! {
        @match &view.ceremony {
            Some(ceremony) => {
                (passkey::make(&f, &links::factor_passkey(), ceremony, &html! {
                    (f.text("name", "Name of the passkey").most(60).hint("Such as: my phone."))
                }))
                noscript { p { "Passkeys need scripts. An authenticator app works without." } }
                (passkey::script())
            }
            None => p { "This server has no host name, so there are no passkeys here: ask its operator to set one." },
        }
        p { a.button href=(links::factor_totp()) { "Add an authenticator app" } }
    }
}

fn codes(frame: &Frame, view: &View) -> Markup {
    let fresh = Form::button(frame, "codes").confirm("Make new recovery codes? The ones you have stop working.");
    html! {
        section aria-labelledby="codes" {
            h2 #codes { "Recovery codes" }
            p { (view.codes_left) " of your codes are left. Each works once, in place of your second factor." }
            (form::button_post(&fresh, &links::factor_codes(), "", "Make new codes", "", &html! {}))
        }
    }
}

fn full() -> View {
    let one = |n: u32, kind, name: &str, used| Factor {
        id: format!("fac_06cf2m4k1ov3gq5s8t0a9b7c{n:02}"),
        kind,
        name: name.into(),
        created: sample::before(40 * 86_400),
        used,
    };
    View {
        factors: vec![one(1, "Authenticator app", "Old phone", None), one(2, "Passkey", "Laptop", Some(sample::before(90)))],
        codes_left: 9,
        must: false,
        prove: None,
        ceremony: Some(ceremony()),
        draft: Draft::default(),
    }
}

pub(super) fn ceremony() -> Ceremony {
    Ceremony {
        challenge: "Y2hhbGxlbmdl".into(),
        rp_id: "id.corp.example".into(),
        known: "aWQ aWQy".into(),
        party: "Corp".into(),
        user: "dXNlcg".into(),
        login: "ada@corp.example".into(),
        name: "Ada".into(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let named = |text: &str| {
        let mut view = full();
        view.factors.iter_mut().for_each(|factor| factor.name = text.into());
        View { ceremony: Some(Ceremony { party: text.into(), name: text.into(), ..ceremony() }), ..view }
    };
    let refused = Draft::of("passkey").value("name", "x").problem("", "This passkey cannot be kept.");
    vec![
        ("must", View { must: true, ceremony: Some(ceremony()), ..View::default() }),
        ("nameless", View { ceremony: None, ..View::default() }),
        ("full", full()),
        ("prove", View { prove: Some(links::second_factor()), ..full() }),
        ("error", View { draft: refused, ..full() }),
        ("long", named(sample::LONG)),
        ("hostile", named(sample::HOSTILE)),
    ]
}
