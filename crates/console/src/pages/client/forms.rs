//! What an administrator changes on a client.

use chancery_model::AuthMethod;
use maud::{Markup, html};

use super::{View, backchannel, grants};
use crate::frame::Frame;
use crate::links;
use crate::parts::{Form, form, name};

pub fn assignments(frame: &Frame, view: &View) -> Markup {
    if let Some(agent) = &view.agent {
        return html! { p.muted { "As its agent: what " (name::agent(agent)) " is assigned to." } };
    }
    let f = Form::new(frame, "assign", &view.draft);
    let body = f.post(
        &links::assign(),
        &html! {
            (form::hidden("on", "client")) (form::hidden("kind", "client")) (form::hidden("name", &view.id))
            (f.text("application", "Application").required().autocomplete("off").hint("Name or id."))
            (f.text("scopes", "Scopes").hint("Separated by spaces. Empty: all of the application’s."))
            (form::submit("Assign"))
        },
    );
    html! {
        @if view.assignments.is_empty() { p.muted { "Nothing." } }
        @else { ul.rows { @for a in &view.assignments { (assignment(frame, a)) } } }
        (form::disclosure("Assign to an application", f.is_refused(), &body))
    }
}

fn assignment(frame: &Frame, a: &super::Assignment) -> Markup {
    let f = Form::button(frame, "unassign")
        .version(a.version)
        .confirm(format!("Unassign from {}? Its tokens there die at once.", a.application.name));
    html! {
        li {
            div {
                (name::application(&a.application))
                div.under { @if a.scopes.is_empty() { "all scopes" } @else { (name::scopes(&a.scopes)) } }
            }
            (form::button_post(&f, &links::unassign(&a.id), "danger", "Unassign", &a.application.name,
                &form::hidden("on", "client")))
        }
    }
}

pub fn changes(frame: &Frame, view: &View) -> Markup {
    html! {
        @if view.builtin {
            p.muted { "Part of the server: it can be switched off, and stays as it is otherwise." }
        } @else { (edit(frame, view)) }
        div.stack { (switches(frame, view)) }
        @if !view.builtin { (delete(frame, view)) }
    }
}

fn edit(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "edit", &view.draft).version(view.version);
    let strict = if view.strict_audience { "yes" } else { "" };
    let body = f.post(
        &links::client(&view.id),
        &html! {
            (f.text("name", "Name").required().most(120).value(&view.name))
            (grants::boxes(&f, &view.grants))
            (f.area("redirect_uris", "Redirect addresses").value(view.redirect_uris.join("\n"))
                .hint("One per line, compared byte by byte."))
            (f.area("post_logout_redirect_uris", "Addresses after sign-out").value(view.post_logout_redirect_uris.join("\n"))
                .hint("One per line."))
            @if view.auth == AuthMethod::PrivateKeyJwt {
                (f.check("strict_audience", "Assertions name the issuer alone").value(strict)
                    .hint("Refuses assertions addressed to the token endpoint, which many libraries still send."))
            }
            (backchannel::fields(&f, &view.backchannel))
            (form::submit("Save"))
        },
    );
    form::disclosure("Edit", f.is_refused(), &body)
}

fn switches(frame: &Frame, view: &View) -> Markup {
    let off = Form::button(frame, "disable")
        .version(view.version)
        .confirm(format!("Disable the client {}? It is refused, and its tokens die at once.", view.name));
    let on = Form::button(frame, "enable").version(view.version);
    html! {
        @if view.enabled { (form::button_post(&off, &links::client_disable(&view.id), "danger", "Disable client", "", &html! {})) }
        @else { (form::button_post(&on, &links::client_enable(&view.id), "", "Enable client", "", &html! {})) }
    }
}

/// There is no way back, so it is asked for on the page itself, with or without scripts.
fn delete(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "delete", &view.draft).version(view.version);
    let body = f.post(
        &links::client_delete(&view.id),
        &html! {
            p { "Its tokens die, and its assignments and the consents that people gave to it go with it. The log keeps what it did." }
            (f.check("sure", "Delete this client for good").required())
            div.buttons { button.danger type="submit" { "Delete client" } }
        },
    );
    form::disclosure("Delete", f.is_refused(), &body)
}
