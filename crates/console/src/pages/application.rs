//! One application: its scopes, who is assigned to it, and how its tokens look.

use chancery_kernel::Seconds;
use chancery_model::{Action, ConsentRule, DualSubject, Profile, SigningAlg, Tier, Weight};
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::notice::{self, Tone};
use crate::parts::{Draft, EventRow, Named, badge, facts, name, tier, time, timeline};
use crate::links;

mod forms;
mod samples;

pub use samples::samples;

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub version: i64,
    pub name: String,
    pub description: String,
    pub resource: String,
    pub profile: Profile,
    pub dual_subject: DualSubject,
    pub consent: ConsentRule,
    pub alg: SigningAlg,
    pub token_lifetime: Seconds,
    pub owner: Option<Named>,
    pub enabled: bool,
    /// Part of the server: neither renamed nor disabled.
    pub builtin: bool,
    pub scopes: Vec<ScopeRow>,
    pub users: Vec<Assigned>,
    pub groups: Vec<Assigned>,
    pub agents: Vec<Assigned>,
    /// Tools, and resource servers of other applications.
    pub clients: Vec<Assigned>,
    /// The clients by which the application itself proves who it is.
    pub faces: Vec<Named>,
    pub evidence: Vec<EventRow>,
    /// Forms `assign` (`kind`, `name`, `scopes`), `scope` (`name`, `title`, `data`, `action`, `impact`, `tier`) and
    /// `edit` (as `create` on the list, and `alg`).
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct ScopeRow {
    pub name: String,
    pub title: String,
    pub data: String,
    pub action: Action,
    pub impact: String,
    pub tier: Tier,
    pub weight: Option<Weight>,
}

#[derive(Clone, Debug)]
pub struct Assigned {
    pub assignment: String,
    pub version: i64,
    pub who: Named,
    /// Empty: all of the application's.
    pub scopes: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Applications,
        title: &view.name,
        noun: "Application",
        badges: html! { (badge::enabled(view.enabled)) @if view.builtin { (badge::quiet("built in")) } },
        actions: html! {},
        lead: &view.description,
        live: false,
    };
    let body = html! {
        (warnings(view))
        div.columns.uneven {
            div {
                section aria-labelledby="scopes" { h2 #scopes { "Scopes" } (forms::scopes(frame, view)) }
                section aria-labelledby="assigned" { h2 #assigned { "Who is assigned" } (assigned(frame, view)) }
                section aria-labelledby="evidence" {
                    h2 #evidence { "Recent evidence" }
                    (timeline::timeline(frame, None, &view.evidence, ("Nothing yet.", "")))
                    p.more {
                        a href=(links::with(links::audit(), &[("application", &view.name)])) { "All evidence of this application" }
                    }
                }
            }
            div {
                section.panel aria-labelledby="facts" { h2 #facts { "How it works" } (about(view)) }
                section.panel aria-labelledby="faces" { h2 #faces { "Its own clients" } (faces(view)) }
                section.panel aria-labelledby="tiers" { h2 #tiers { "Tiers" } (tier::definition()) }
                section.panel aria-labelledby="change" { h2 #change { "Change" } (forms::changes(frame, view)) }
            }
        }
    };
    frame::desk(frame, &head, &body)
}

fn warnings(view: &View) -> Markup {
    html! {
        @if view.dual_subject == DualSubject::AgentOnly && !view.builtin {
            (notice::notice(Tone::Warning, "Agents come here without a person.", html! {
                p { "The rule of two subjects is off for this application. That is its owner’s explicit choice and stands in the audit log." }
            }))
        }
        @if !view.enabled {
            (notice::notice(Tone::Warning, "Disabled", html! { p { "No token is issued for it, and those it had are dead." } }))
        }
    }
}

fn about(view: &View) -> Markup {
    let consent = match view.consent {
        ConsentRule::Organization => "by the organization’s assignments",
        ConsentRule::Person => "by the person concerned, too",
    };
    facts::facts(&[
        ("Resource", name::copied(&view.resource)),
        ("Subjects", super::applications::subjects(view.dual_subject)),
        ("Consent", html! { (consent) }),
        ("Token profile", name::code(view.profile.as_str())),
        ("Signed with", name::code(view.alg.as_str())),
        ("Tokens live", html! { (time::span(view.token_lifetime)) }),
        ("Owner", owner(view)),
        ("Id", name::copied(&view.id)),
    ])
}

fn owner(view: &View) -> Markup {
    html! {
        @match &view.owner {
            Some(owner) => (name::user(owner)),
            None if view.builtin => span.muted { "part of the server" },
            None => (badge::warning("nobody")),
        }
    }
}

/// With these the resource server introspects tokens, follows the revocations and reports what came of calls.
fn faces(view: &View) -> Markup {
    html! {
        @if view.builtin {
            p.muted { "None: the server itself answers here." }
        } @else if view.faces.is_empty() {
            p.muted { "None. A resource server with a guard needs one, to hear of revocations." }
        } @else { ul.plain { @for face in &view.faces { li { (name::client(face)) } } } }
        @if !view.builtin { p.more { a href=(links::with(links::clients(), &[("application", &view.name)])) { "Add a client for it" } } }
    }
}

fn assigned(frame: &Frame, view: &View) -> Markup {
    html! {
        (forms::assign(frame, view))
        h3 { "Agents" }
        (forms::assignments(frame, view, &view.agents, "Agents assigned", name::agent))
        h3 { "Groups" }
        (forms::assignments(frame, view, &view.groups, "Groups assigned", name::group))
        h3 { "Users assigned directly" }
        (forms::assignments(frame, view, &view.users, "Users assigned directly", name::user))
        @if !view.clients.is_empty() {
            h3 { "Clients" }
            (forms::assignments(frame, view, &view.clients, "Clients assigned", name::client))
        }
    }
}
