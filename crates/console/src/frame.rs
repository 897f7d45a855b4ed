//! The shell around every page: head, brand, navigation, the person signed in.

use chancery_kernel::Timestamp;
use maud::{DOCTYPE, Markup, html};

use crate::parts::icon::{Icon, icon, seal};
use crate::parts::{form, form::Form, notice, notice::Tone};
use crate::{assets, links};

/// What every page is drawn with, whatever it shows.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Title of the organization; absent before one is known.
    pub org: Option<String>,
    pub viewer: Option<Viewer>,
    /// Token against forged requests, bound to the session or to the sign-in under way.
    pub csrf: String,
    pub now: Timestamp,
    /// What the request before this page did, told once.
    pub flash: Option<Flash>,
}

/// The person who looks.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub name: String,
    pub login: String,
    /// Sees the administration at all.
    pub administrator: bool,
}

#[derive(Clone, Debug)]
pub struct Flash {
    pub tone: Tone,
    pub sentence: String,
}

/// Part of the administration a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Overview,
    Agents,
    Applications,
    Clients,
    Users,
    Groups,
    Approvals,
    Secrets,
    Stores,
    Endpoints,
    Audit,
}

/// Head of a page of the administration.
pub struct Head<'a> {
    pub section: Section,
    pub title: &'a str,
    /// What the title names: `Agent`, `Group`. Empty on lists.
    pub noun: &'a str,
    /// Stand beside the title.
    pub badges: Markup,
    /// The page's most important button, beside the title.
    pub actions: Markup,
    /// Says in one sentence what the page is for.
    pub lead: &'a str,
    /// Whether the script may follow the stream and redraw what is marked `data-live`.
    pub live: bool,
}

fn sections() -> [(Section, &'static str, Icon, String); 11] {
    [
        (Section::Overview, "Overview", Icon::Overview, links::overview()),
        (Section::Agents, "Agents", Icon::Agent, links::agents()),
        (Section::Applications, "Applications", Icon::System, links::applications()),
        (Section::Clients, "Clients", Icon::Key, links::clients()),
        (Section::Users, "Users", Icon::Person, links::users()),
        (Section::Groups, "Groups", Icon::Group, links::groups()),
        (Section::Approvals, "Approvals", Icon::Hand, links::approvals()),
        (Section::Secrets, "Secrets", Icon::Safe, links::secrets()),
        (Section::Stores, "Relationships", Icon::Links, links::stores()),
        (Section::Endpoints, "Endpoints", Icon::Bell, links::endpoints()),
        (Section::Audit, "Audit log", Icon::Log, links::audit()),
    ]
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="robots" content="noindex, nofollow";
            title { (title) " · Chancery" }
            link rel="icon" type=(assets::ICON.content_type) href=(links::asset(&assets::ICON.name));
            link rel="manifest" href=(links::app_manifest());
            link rel="apple-touch-icon" href=(links::app_icon("192"));
            link rel="stylesheet" href=(links::asset(&assets::STYLE.name));
            script src=(links::asset(&assets::SCRIPT.name)) defer {}
        }
    }
}

fn brand() -> Markup {
    html! { (seal("28")) span.wordmark { "Chancery" } }
}

fn flash(frame: &Frame) -> Markup {
    html! { @if let Some(flash) = &frame.flash { (notice::line(flash.tone, &flash.sentence)) } }
}

/// A page of the administration: navigation beside the content.
pub fn desk(frame: &Frame, top: &Head<'_>, body: &Markup) -> Markup {
    let stream = top.live.then(links::live);
    html! {
        (DOCTYPE)
        html lang="en" data-now=(frame.now) {
            (head(top.title))
            body.desk data-stream=[stream] {
                a.skip href="#content" { "Skip to content" }
                header.side {
                    a.brand href=(links::overview()) { (brand()) }
                    @if let Some(org) = &frame.org { p.org { span.hidden { "Organization: " } a href=(links::organization()) { (org) } } }
                    (navigation(top.section))
                    (person(frame))
                }
                main #content tabindex="-1" {
                    (flash(frame))
                    div.page-head {
                        @if !top.noun.is_empty() { p.noun { (top.noun) } }
                        div.page-title { h1 { (top.title) } div.badges { (top.badges) } div.actions { (top.actions) } }
                        @if !top.lead.is_empty() { p.lead { (top.lead) } }
                    }
                    (body)
                }
            }
        }
    }
}

fn navigation(present: Section) -> Markup {
    html! {
        nav.sections aria-label="Administration" {
            ul {
                @for (section, words, shape, href) in sections() {
                    li { a href=(href) aria-current=[(section == present).then_some("page")] { (icon(shape)) (words) } }
                }
            }
        }
    }
}

fn person(frame: &Frame) -> Markup {
    html! {
        @if let Some(viewer) = &frame.viewer {
            div.person {
                a.person-name href=(links::me()) {
                    (icon(Icon::Person)) span { (viewer.name) @if viewer.name != viewer.login { span.person-login { (viewer.login) } } }
                }
                (form::button_post(&Form::button(frame, "logout"), &links::log_out(), "ghost", "Sign out", "", &html! {}))
            }
        }
    }
}

/// A page for one person and one question: a card in the middle.
pub fn card(frame: &Frame, title: &str, wide: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-now=(frame.now) {
            (head(title))
            body.counter {
                a.skip href="#content" { "Skip to content" }
                header.counter-head {
                    div.brand { (brand()) }
                    @if let Some(org) = &frame.org { p.org { span.hidden { "Organization: " } (org) } }
                }
                main.card.wide[wide] #content tabindex="-1" { (flash(frame)) (body) }
                footer.counter-foot { p { "Every decision made here is written to your organization’s audit log." } }
            }
        }
    }
}

/// A person's own pages: no administration beside them.
pub fn sheet(frame: &Frame, title: &str, lead: &str, body: &Markup) -> Markup {
    sheet_following(frame, title, lead, None, body)
}

/// The same, redrawn by the script where it is marked `data-live` when the stream says so.
pub fn sheet_following(
    frame: &Frame,
    title: &str,
    lead: &str,
    stream: Option<String>,
    body: &Markup,
) -> Markup {
    let administrator = frame.viewer.as_ref().is_some_and(|v| v.administrator);
    html! {
        (DOCTYPE)
        html lang="en" data-now=(frame.now) {
            (head(title))
            body.sheet data-stream=[stream] {
                a.skip href="#content" { "Skip to content" }
                header.bar {
                    a.brand href=(links::me()) { (brand()) }
                    @if let Some(org) = &frame.org { p.org { span.hidden { "Organization: " } (org) } }
                    @if frame.viewer.is_some() {
                        nav aria-label="Places" {
                            a href=(links::inbox()) { "Inbox" }
                            @if administrator { " " a href=(links::overview()) { "Administration" } }
                        }
                    }
                    (person(frame))
                }
                main #content tabindex="-1" {
                    (flash(frame))
                    div.page-head { h1 { (title) } p.lead { (lead) } }
                    (body)
                }
            }
        }
    }
}
