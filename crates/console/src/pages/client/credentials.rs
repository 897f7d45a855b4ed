//! What the client proves itself by, and how a credential comes and goes.

use chancery_model::AuthMethod;
use maud::{Markup, html};

use super::{Credential, View};
use crate::frame::Frame;
use crate::links;
use crate::parts::{Form, form, time};

pub fn list(frame: &Frame, view: &View) -> Markup {
    html! {
        @if view.auth == AuthMethod::None {
            p.muted { "None: a public client cannot keep one. PKCE ties each sign-in to the program that began it." }
        } @else if view.credentials.is_empty() {
            p.muted { "None." }
        } @else {
            ul.credentials { @for (n, k) in view.credentials.iter().enumerate() { li { (credential(frame, view, n, k)) } } }
        }
        @if !view.builtin { (additions(frame, view)) }
    }
}

fn credential(frame: &Frame, view: &View, n: usize, k: &Credential) -> Markup {
    let noun = if view.auth.is_secret() { "secret" } else { "key" };
    html! {
        p { (noun) " " code { (k.name) } }
        p.under {
            @if let Some(at) = k.created { "made " (time::ago(frame.now, at)) }
            @if let Some(at) = k.expires { ", ends " (time::ago(frame.now, at)) }
        }
        @if !view.builtin { (removal(frame, view, n, k, noun)) }
    }
}

/// A credential that leaked has tokens behind it: they end with it unless somebody says otherwise.
fn removal(frame: &Frame, view: &View, n: usize, k: &Credential, noun: &str) -> Markup {
    let path =
        if view.auth.is_secret() { links::client_secret_remove(&view.id) } else { links::client_key_remove(&view.id) };
    let name = format!("remove-{n}");
    let f = Form::new(frame, &name, &view.draft).version(view.version);
    let body = f.post(
        &path,
        &html! {
            (form::hidden("name", &k.name))
            (f.check("end_tokens", "End the tokens issued to this client").value("yes")
                .hint("After a leak they may be in wrong hands. Untick it only when you rotate credentials in peace."))
            div.buttons { button.small.danger type="submit" { "Remove " (noun) } }
        },
    );
    html! {
        details.disclosure {
            summary { "Remove" span.hidden { " the " (noun) " " (k.name) } }
            div.disclosure-body { (body) }
        }
    }
}

fn additions(frame: &Frame, view: &View) -> Markup {
    let secret = Form::button(frame, "secret").version(view.version);
    let key = Form::new(frame, "key", &view.draft).version(view.version);
    let add = key.post(
        &links::client_key_add(&view.id),
        &html! {
            (key.area("jwk", "Public key (JWK)").required().hint("As {\"kty\": …}, or a whole set. Never the private part."))
            (form::submit("Add key"))
        },
    );
    html! {
        @if view.auth.is_secret() {
            div.stack { (form::button_post(&secret, &links::client_secret_create(&view.id), "", "New secret", &view.name, &html! {})) }
        }
        @if view.auth == AuthMethod::PrivateKeyJwt { (form::disclosure("Add a key", key.is_refused(), &add)) }
    }
}
