//! Forms that the passkey script fills: hidden until it runs, since nothing else can.

use maud::{Markup, html};

use super::Form;
use super::form::hidden;
use crate::{assets, links};

/// What the browser is told about the party and the person.
#[derive(Clone, Debug, Default)]
pub struct Ceremony {
    /// In base64url, as all bytes here.
    pub challenge: String,
    pub rp_id: String,
    /// Ids of passkeys the person has, apart by spaces.
    pub known: String,
    /// To make one: who it is for.
    pub party: String,
    pub user: String,
    pub login: String,
    pub name: String,
}

const ALGORITHMS: &str = "-7 -8 -257";

/// Fields the script fills in to make a passkey, and to use one.
const MADE: &[&str] = &["client_data", "attestation"];
const USED: &[&str] = &["credential", "client_data", "authenticator_data", "signature"];

pub fn script() -> Markup {
    html! { script src=(links::asset(&assets::PASSKEY.name)) defer {} }
}

/// A form that makes a passkey; `body` is what the person fills in.
pub fn make(form: &Form<'_>, action: &str, c: &Ceremony, body: &Markup) -> Markup {
    html! {
        div hidden {
            form method="post" action=(action) data-passkey="make" data-challenge=(c.challenge) data-rp=(c.rp_id)
                data-known=(c.known) data-party=(c.party) data-user=(c.user) data-login=(c.login) data-name=(c.name)
                data-algorithms=(ALGORITHMS) {
                (inside(form, c, MADE))
                (body)
                button.primary type="submit" { "Add a passkey" }
                p role="status" {}
            }
        }
    }
}

/// A form that uses one.
pub fn sign(form: &Form<'_>, action: &str, c: &Ceremony, body: &Markup) -> Markup {
    html! {
        div hidden {
            form method="post" action=(action) data-passkey="use" data-challenge=(c.challenge) data-rp=(c.rp_id)
                data-known=(c.known) {
                (inside(form, c, USED))
                (body)
                button.primary.full type="submit" { "Use a passkey" }
                p role="status" {}
            }
        }
    }
}

fn inside(form: &Form<'_>, c: &Ceremony, fields: &[&str]) -> Markup {
    html! {
        (hidden("csrf", form.csrf()))
        (hidden("challenge", &c.challenge))
        @for field in fields { (hidden(field, "")) }
    }
}
