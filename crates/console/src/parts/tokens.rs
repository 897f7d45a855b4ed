//! Live tokens, each with the button that ends it alone.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use super::name::{self, Named};
use super::table::{Column, table};
use super::{Form, form, notice, time};
use crate::frame::Frame;
use crate::links;

/// A token as the log knows it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The task it belongs to, which can be stopped alone.
    pub run: Option<String>,
    pub application: Named,
    /// The agent that acts with it.
    pub agent: Option<Named>,
    /// The person it acts for, or whose own it is.
    pub user: Option<Named>,
    pub client: Named,
    pub scopes: Vec<String>,
    pub expires: Timestamp,
    /// Where the decision that made it stands in the log.
    pub position: u64,
}

/// On whose page the list stands: what the page is about is not said again in every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On<'a> {
    Agent(&'a str),
    User(&'a str),
    Client(&'a str),
}

impl On<'_> {
    /// As the form says where to come back to.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Agent(_) => ("agent", "The agent holds no token at this moment."),
            Self::User(_) => ("user", "Nothing acts in this person’s name at this moment."),
            Self::Client(_) => ("client", "The client holds no token at this moment."),
        }
    }

    const fn id(&self) -> &str {
        match self {
            Self::Agent(id) | Self::User(id) | Self::Client(id) => id,
        }
    }
}

/// The list. `id` names it for the script that keeps it fresh.
pub fn tokens(frame: &Frame, on: On<'_>, tokens: &[Token], more: bool) -> Markup {
    const COLUMNS: &[Column] =
        &[Column::most("Application"), Column::of("Scopes"), Column::of("Expires"), Column::act("End")];
    let cells = |token: &Token| {
        vec![
            html! { (name::application(&token.application)) (parties(on, token)) },
            name::scopes(&token.scopes),
            html! {
                (time::ago(frame.now, token.expires))
                p.under { "from " a href=(links::event(&token.position.to_string())) { "#" (token.position) } }
            },
            html! { div.acts { (stop_task(frame, on, token)) (revoke(frame, on, token)) } },
        ]
    };
    html! {
        div #alive data-live {
            @if tokens.is_empty() {
                (notice::empty("None alive.", on.words().1))
            } @else {
                (table("Live tokens", COLUMNS, &tokens.iter().map(cells).collect::<Vec<_>>()))
                @if more { p.more { "The latest " (tokens.len()) " are listed; there are more." } }
            }
        }
    }
}

fn parties(on: On<'_>, token: &Token) -> Markup {
    html! {
        @if !matches!(on, On::Agent(_)) {
            @if let Some(agent) = &token.agent { p.under { "held by " (name::agent(agent)) } }
        }
        @if !matches!(on, On::User(_)) {
            p.under { "for " @match &token.user { Some(user) => (name::user(user)), None => "nobody" } }
        }
        @if !matches!(on, On::Client(_)) { p.under { "through " (name::client(&token.client)) } }
    }
}

/// Tokens of one task stop together.
fn stop_task(frame: &Frame, on: On<'_>, token: &Token) -> Markup {
    let f =
        Form::button(frame, "run").confirm("Stop this task? Its tokens die; other tasks of the agent go on.");
    html! {
        @if let (On::Agent(agent), Some(run)) = (on, &token.run) {
            (form::button_post(&f, &links::agent_run_stop(agent), "danger", "Stop task", &token.application.name,
                &form::hidden("run", run)))
        }
    }
}

/// Ends this one token. Whoever held it may ask for another: to keep it from that, its client is disabled or its agent
/// contained.
fn revoke(frame: &Frame, on: On<'_>, token: &Token) -> Markup {
    let f = Form::button(frame, "revoke").confirm(
        "Revoke this token? It stops working at once, here and at every guard. Nothing else stops, and its client may ask for another.",
    );
    let fields = html! { (form::hidden("on", on.words().0)) (form::hidden("id", on.id())) };
    let position = token.position.to_string();
    form::button_post(
        &f,
        &links::token_revoke(&position),
        "danger",
        "Revoke",
        &token.application.name,
        &fields,
    )
}
