//! What the agent reaches: connections by tier, assignments, credentials, live tokens.

use chancery_model::AuthMethod;
use maud::{Markup, html};

use super::{Client, Connection, View};
use crate::frame::Frame;
use crate::links;
use crate::parts::table::{Column, table};
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

fn approvers() -> [(&'static str, &'static str); 5] {
    [
        ("person", "the person it acts for"),
        ("agent_owner", "an owner of the agent"),
        ("agent_sponsor", "the agent’s sponsor"),
        ("application_owner", "the application’s owner"),
        ("group", "a member of a group"),
    ]
}

fn approver_words(c: &Connection) -> String {
    let words = approvers().into_iter().find(|(value, _)| *value == c.approver).map_or("nobody", |(_, w)| w);
    if c.approver == "group" { format!("{words}, {}", c.approver_group) } else { words.to_owned() }
}

fn limits(f: &Form<'_>, c: Option<&Connection>) -> Markup {
    let options = approvers().map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
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
    }
}

fn field_choice(f: &Form<'_>, options: Vec<(String, String)>, approver: &str) -> Markup {
    html! { (f.choice("approver", "Who approves", options).required().value(approver)) }
}

pub fn tokens(frame: &Frame, view: &View) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Application"),
        Column::of("Scopes"),
        Column::of("Expires"),
        Column::act("Stop"),
    ];
    if view.tokens.is_empty() {
        return notice::empty("None alive.", "Tokens live for minutes; this list empties by itself.");
    }
    let cells = |t: &super::Token| {
        vec![
            html! {
                (name::application(&t.application))
                p.under { "for " @match &t.user { Some(user) => (name::user(user)), None => "nobody" } }
            },
            name::scopes(&t.scopes),
            html! {
                (time::ago(frame.now, t.expires))
                p.under { "from " a href=(links::event(&t.position.to_string())) { "#" (t.position) } }
            },
            stop_task(frame, view, t),
        ]
    };
    html! {
        (table("Live tokens", COLUMNS, &view.tokens.iter().map(cells).collect::<Vec<_>>()))
        @if view.more_tokens { p.more { "The latest " (view.tokens.len()) " are listed; there are more." } }
    }
}

/// Tokens of one task stop together; those outside any task stop with the agent.
fn stop_task(frame: &Frame, view: &View, token: &super::Token) -> Markup {
    let f = Form::button(frame, "run").confirm("Stop this task? Its tokens die; other tasks of the agent go on.");
    html! {
        @if let Some(run) = &token.run {
            (form::button_post(&f, &links::agent_run_stop(&view.id), "danger", "Stop task", &token.application.name,
                &form::hidden("run", run)))
        }
    }
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
                        p.under { @if a.scopes.is_empty() { "all scopes" } @else { (name::scopes(&a.scopes)) } }
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
        @for client in &view.clients { (client_card(frame, &view.draft, client)) }
        (form::disclosure("Add a client", f.is_refused(), &body))
    }
}

fn client_card(frame: &Frame, draft: &Draft, c: &Client) -> Markup {
    html! {
        div.client {
            p.client-name { strong { (c.name) } (badge::enabled(c.enabled)) }
            p.under { (name::copied(&c.id)) }
            p.under { (proof(c.auth)) }
            @if !c.credentials.is_empty() { ul.rows { @for k in &c.credentials { (credential(frame, c, k)) } } }
            (client_forms(frame, draft, c))
        }
    }
}

fn credential(frame: &Frame, c: &Client, k: &super::Credential) -> Markup {
    let secret = c.auth.is_secret();
    let (noun, path) = if secret {
        ("secret", links::client_secret_remove(&c.id))
    } else {
        ("key", links::client_key_remove(&c.id))
    };
    let f = Form::button(frame, "credential-remove")
        .version(c.version)
        .confirm(format!("Remove the {noun} {}? Whoever has only this one can no longer prove to be {}.", k.name, c.name));
    html! {
        li {
            div {
                (noun) " " code { (k.name) }
                p.under {
                    @if let Some(at) = k.created { "made " (time::ago(frame.now, at)) }
                    @if let Some(at) = k.expires { ", ends " (time::ago(frame.now, at)) }
                }
            }
            (form::button_post(&f, &path, "danger", "Remove", &k.name, &form::hidden("name", &k.name)))
        }
    }
}

fn proof(auth: AuthMethod) -> &'static str {
    match auth {
        AuthMethod::PrivateKeyJwt => "proves itself by its own key",
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => "proves itself by a secret",
        AuthMethod::None => "public client, PKCE",
    }
}

fn client_forms(frame: &Frame, draft: &Draft, c: &Client) -> Markup {
    let key_name = format!("key-{}", c.id);
    let key = Form::new(frame, &key_name, draft).version(c.version);
    let secret = Form::button(frame, "secret").version(c.version);
    let off = Form::button(frame, "disable")
        .version(c.version)
        .confirm(format!("Disable the client {}? Its tokens die at once.", c.name));
    let on = Form::button(frame, "enable").version(c.version);
    let add = key.post(
        &links::client_key_add(&c.id),
        &html! {
            (key.area("jwk", "Public key (JWK)").required())
            (form::submit("Add key"))
        },
    );
    let about = c.name.as_str();
    html! {
        div.client-acts {
            @if c.auth.is_secret() { (form::button_post(&secret, &links::client_secret_create(&c.id), "", "New secret", about, &html! {})) }
            @if c.auth == AuthMethod::PrivateKeyJwt { (form::disclosure("Add a key", key.is_refused(), &add)) }
            @if c.enabled { (form::button_post(&off, &links::client_disable(&c.id), "danger", "Disable", about, &html! {})) }
            @else { (form::button_post(&on, &links::client_enable(&c.id), "", "Enable", about, &html! {})) }
        }
    }
}
