//! One client: whose face it is, what it proves itself by, what it may ask for, and what it holds.

use chancery_kernel::{Secret, Timestamp};
use chancery_model::{AuthMethod, Backchannel, GrantType};
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::links;
use crate::parts::notice::{self, Tone};
use crate::parts::tokens::{self, On};
use crate::parts::{Draft, EventRow, Named, Token, badge, facts, name, time, timeline};

pub mod backchannel;
mod credentials;
mod forms;
pub mod grants;
pub mod proof;
mod samples;

pub use samples::samples;

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub version: i64,
    pub name: String,
    pub auth: AuthMethod,
    pub enabled: bool,
    /// Part of the server: neither changed nor deleted.
    pub builtin: bool,
    pub strict_audience: bool,
    pub agent: Option<Named>,
    pub application: Option<Named>,
    pub grants: Vec<GrantType>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    /// How it is told what came of a question to a person.
    pub backchannel: Backchannel,
    pub credentials: Vec<Credential>,
    pub assignments: Vec<Assignment>,
    pub tokens: Vec<Token>,
    /// There are more than are listed.
    pub more_tokens: bool,
    pub created: Timestamp,
    /// What was changed about it.
    pub history: Vec<EventRow>,
    /// What it did, and what was decided about it.
    pub evidence: Vec<EventRow>,
    /// A client secret that was just made. Shown once, on this page, and never again.
    pub fresh_secret: Option<Secret>,
    /// Forms: `edit` (`name`, `grant.<type>`, `redirect_uris`, `post_logout_redirect_uris`, `strict_audience`,
    /// `delivery`, `endpoint`, `request_alg`, `fapi_ciba`), `key`
    /// (`jwk`), `assign` (`application`, `scopes`), `delete` (`sure`).
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Credential {
    /// By what a secret is called, which is no part of it, or the id of a key.
    pub name: String,
    pub created: Option<Timestamp>,
    pub expires: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct Assignment {
    pub id: String,
    pub version: i64,
    pub application: Named,
    /// Empty: all of the application's.
    pub scopes: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Clients,
        title: &view.name,
        noun: "Client",
        badges: html! { (badge::enabled(view.enabled)) @if view.builtin { (badge::quiet("built in")) } },
        actions: html! {},
        lead: "",
        live: true,
    };
    let body = html! {
        @if let Some(secret) = &view.fresh_secret { (fresh(secret.expose())) }
        (warnings(view))
        div.columns.uneven {
            div {
                section aria-labelledby="tokens" {
                    h2 #tokens { "Live tokens" }
                    (tokens::tokens(frame, On::Client(&view.id), &view.tokens, view.more_tokens))
                }
                section aria-labelledby="history" {
                    h2 #history { "History" }
                    (timeline::timeline(frame, Some("changes"), &view.history, ("Unchanged.", "What is changed about this client appears here.")))
                }
                section aria-labelledby="evidence" {
                    h2 #evidence { "Recent evidence" }
                    (timeline::timeline(frame, Some("seen"), &view.evidence, ("Nothing yet.", "Decisions about this client appear here.")))
                    p.more { a href=(links::with(links::audit(), &[("client", &view.id)])) { "All evidence of this client" } }
                }
            }
            div {
                section.panel aria-labelledby="about" { h2 #about { "About" } (about(frame, view)) }
                section.panel aria-labelledby="credentials" { h2 #credentials { "Credentials" } (credentials::list(frame, view)) }
                section.panel aria-labelledby="assignments" { h2 #assignments { "Assigned to" } (forms::assignments(frame, view)) }
                section.panel aria-labelledby="change" { h2 #change { "Change" } (forms::changes(frame, view)) }
            }
        }
    };
    frame::desk(frame, &head, &body)
}

fn fresh(secret: &str) -> Markup {
    notice::notice(
        Tone::Done,
        "Here is the new client secret. It is shown this once.",
        html! { p { (name::copied(secret)) } p { "Only a keyed hash of it is kept. Put it where the client reads its secrets." } },
    )
}

fn warnings(view: &View) -> Markup {
    html! {
        @if !view.enabled {
            (notice::notice(Tone::Warning, "Disabled", html! { p { "It is refused, and every token that was issued to it is dead." } }))
        } @else if view.auth != AuthMethod::None && view.credentials.is_empty() {
            (notice::notice(Tone::Warning, "It has no credential.", html! { p { "It cannot prove who it is, and gets no token, until you add one." } }))
        }
    }
}

fn about(frame: &Frame, view: &View) -> Markup {
    let face = html! {
        @match (&view.agent, &view.application) {
            (Some(agent), _) => (name::agent(agent)),
            (_, Some(application)) => (name::application(application)),
            _ => "itself: a tool",
        }
    };
    let redirects = html! {
        @if view.redirect_uris.is_empty() { span.muted { "none" } }
        @else { ul.plain { @for uri in &view.redirect_uris { li { (name::code(uri)) } } } }
    };
    let audience = if view.strict_audience { "the issuer alone" } else { "the issuer or the token endpoint" };
    let mut rows = vec![
        ("Face of", face),
        ("Proves itself", html! { (proof::short(view.auth)) }),
        ("May", html! { ul.plain { @for grant in &view.grants { li { (grants::word(*grant)) } } @if view.grants.is_empty() { li.muted { "ask for no token" } } } }),
        ("Redirects to", redirects),
    ];
    if !view.post_logout_redirect_uris.is_empty() {
        rows.push(("After sign-out", html! { ul.plain { @for uri in &view.post_logout_redirect_uris { li { (name::code(uri)) } } } }));
    }
    if view.grants.contains(&GrantType::Ciba) {
        rows.push(("Is told", backchannel::words(&view.backchannel)));
    }
    if view.auth == AuthMethod::PrivateKeyJwt {
        rows.push(("Addresses", html! { (audience) }));
    }
    rows.push(("Since", time::ago(frame.now, view.created)));
    rows.push(("Client id", name::copied(&view.id)));
    facts::facts(&rows)
}
