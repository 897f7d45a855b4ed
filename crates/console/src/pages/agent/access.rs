//! What the agent reaches: connections by tier, assignments, credentials, live tokens.

use chancery_model::AuthMethod;
use maud::{Markup, html};

use super::{Client, Connection, View};
use crate::frame::Frame;
use crate::links;
use crate::parts::table::{Column, table};
use crate::pages::client::proof;
use crate::parts::{Draft, Form, badge, form, name, notice, tier, time};

pub fn connections(frame: &Frame, view: &View) -> Markup {
    html! {
        @if view.connections.is_empty() {
            (notice::empty("No connection of its own.",
                "Where it is assigned, the application’s own tiers hold. Connect it to say otherwise: which scopes it gets by itself, which after a yes, and which never."))
        } @else { @for connection in &view.connections { (one(frame, view, connection)) } }
        @for a in view.assignments.iter().filter(|a| !a.connectable.is_empty()) {
            @let name = format!("connect-{}", a.application.id);
            @let f = Form::new(frame, &name, &view.draft);
            (form::disclosure(&format!("Connect to {}", a.application.name), f.is_refused(),
                &f.post(&links::agent_connection_create(&view.id), &html! {
                    (form::hidden("application", &a.application.id))
                    (tier::matrix(&f, &a.connectable))
                    (limits(&f, None))
                    (form::submit("Create connection"))
                })))
        }
    }
}

fn one(frame: &Frame, view: &View, c: &Connection) -> Markup {
    const COLUMNS: &[Column] = &[Column::of("Scope"), Column::wide("Lets it"), Column::of("Tier")];
    let rows: Vec<Vec<Markup>> = c
        .scopes
        .iter()
        .map(|s| vec![html! { (name::code(&s.scope)) br; (badge::action(s.action)) }, html! { (s.title) }, badge::tier(s.tier)])
        .collect();
    html! {
        div.connection {
            div.connection-head {
                h3 { (name::application(&c.application)) }
                p.muted {
                    "Approved by " (approver_words(c))
                    @if let Some(most) = c.longest_lifetime { " · tokens live at most " (time::span(most)) }
                    @if let Some(ends) = c.ends { " · ends " (time::ago(frame.now, ends)) }
                    @if c.asks_by_itself { " · asks by itself" }
                }
            }
            (table(&format!("Scopes in {}", c.application.name), COLUMNS, &rows))
            (edit(frame, &view.draft, c))
        }
    }
}

fn edit(frame: &Frame, draft: &Draft, c: &Connection) -> Markup {
    let name = format!("tiers-{}", c.id);
    let f = Form::new(frame, &name, draft).version(c.version);
    let end = Form::button(frame, "end")
        .version(c.version)
        .confirm(format!("End the connection to {}? Tokens over it die at once.", c.application.name));
    let body = html! {
        (f.post(&links::connection(&c.id), &html! {
            (tier::matrix(&f, &c.scopes))
            (limits(&f, Some(c)))
            (form::submit("Save connection"))
        }))
        (form::button_post(&end, &links::connection_end(&c.id), "danger", "End connection", &c.application.name, &html! {}))
    };
    form::disclosure("Change tiers and limits", f.is_refused(), &body)
}

fn approvers() -> [(&'static str, &'static str); 7] {
    [
        ("person", "the person it acts for"),
        ("agent_owner", "an owner of the agent"),
        ("agent_sponsor", "the agent’s sponsor"),
        ("application_owner", "the application’s owner"),
        ("manager", "the manager of that person"),
        ("group", "a member of a group"),
        ("kept", "as the rules of approvals say"),
    ]
}

fn approver_words(c: &Connection) -> String {
    let words = approvers().into_iter().find(|(value, _)| *value == c.approver).map_or("nobody", |(_, w)| w);
    if c.approver == "group" { format!("{words}, {}", c.approver_group) } else { words.to_owned() }
}

fn limits(f: &Form<'_>, c: Option<&Connection>) -> Markup {
    // A rule of several needs is written on its own page, and stays as it is here.
    let kept = c.is_some_and(|c| c.approver == "kept");
    let offered = approvers().into_iter().filter(|(value, _)| kept || *value != "kept");
    let options = offered.map(|(value, words)| (value.to_owned(), words.to_owned())).collect();
    let approver = c.map_or("person", |c| c.approver.as_str());
    let lifetime = c.and_then(|c| c.longest_lifetime).map(|s| s.0.to_string()).unwrap_or_default();
    let ends = c.and_then(|c| c.ends).map(time::day).unwrap_or_default();
    html! {
        div.pair {
            (field_choice(f, options, approver))
            (f.text("approver_group", "Group").value(c.map_or("", |c| c.approver_group.as_str()))
                .hint("Only where a group approves: its name."))
        }
        div.pair {
            (f.typed("number", "longest_lifetime", "Longest token life in seconds").value(lifetime)
                .hint("Empty: as the application says."))
            (f.typed("date", "ends", "End date").value(ends))
        }
        (f.check("asks_by_itself", "Ask by itself").value(if c.is_some_and(|c| c.asks_by_itself) { "yes" } else { "" })
            .hint("An attempt that lacks nothing but a yes files the question, without the agent asking for that."))
    }
}

fn field_choice(f: &Form<'_>, options: Vec<(String, String)>, approver: &str) -> Markup {
    html! { (f.choice("approver", "Who approves", options).required().value(approver)) }
}

pub fn assignments(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "assign", &view.draft);
    let body = f.post(
        &links::assign(),
        &html! {
            (form::hidden("on", "agent")) (form::hidden("kind", "agent")) (form::hidden("name", &view.id))
            (f.text("application", "Application").required().autocomplete("off").hint("Name or id."))
            (f.text("scopes", "Scopes").hint("Separated by spaces. Empty: all of the application’s."))
            (form::submit("Assign"))
        },
    );
    html! {
        @if view.assignments.is_empty() { p.muted { "Nothing. It cannot reach any application." } }
        @else {
            ul.rows { @for a in &view.assignments {
                @let u = Form::button(frame, "unassign").version(a.version)
                    .confirm(format!("Unassign from {}? Its tokens there die at once.", a.application.name));
                li {
                    div {
                        (name::application(&a.application))
                        div.under { @if a.scopes.is_empty() { "all scopes" } @else { (name::scopes(&a.scopes)) } }
                    }
                    (form::button_post(&u, &links::unassign(&a.id), "danger", "Unassign", &a.application.name,
                        &form::hidden("on", "agent")))
                }
            } }
        }
        (form::disclosure("Assign to an application", f.is_refused(), &body))
    }
}

pub fn clients(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "client", &view.draft);
    let methods = [
        ("private_key_jwt", "Its own key (private_key_jwt)"),
        ("client_secret_basic", "Client secret"),
        ("none", "None: a public client with PKCE"),
    ]
    .map(|(value, words)| (value.to_owned(), words.to_owned()))
    .to_vec();
    let body = f.post(
        &links::agent_client_create(&view.id),
        &html! {
            (f.text("name", "Name").required().most(120))
            (f.choice("auth", "Proves itself by", methods).required())
            (f.area("redirect_uris", "Redirect addresses").hint("One per line; for clients that people sign in through."))
            (form::submit("Add client"))
        },
    );
    html! {
        @if view.clients.is_empty() { p.muted { "None. Without one it cannot become active." } }
        @else { ul.rows { @for client in &view.clients { (client_row(client)) } } }
        (form::disclosure("Add a client", f.is_refused(), &body))
    }
}

fn client_row(c: &Client) -> Markup {
    html! {
        li {
            div {
                (name::client(&c.client))
                p.under { (proof::words(c.auth)) @if c.auth != AuthMethod::None { ", " (proof::count(c.credentials)) } }
            }
            @if c.enabled && c.credentials == 0 && c.auth != AuthMethod::None { (badge::warning("no credential")) }
            @else { (badge::enabled(c.enabled)) }
        }
    }
}
