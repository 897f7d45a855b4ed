//! Target systems that tokens are for.

use chancery_model::{DualSubject, Profile};
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, Named, Pager, badge, form, name, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a name or resource.
    pub query: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Form `create`: `name`, `description`, `resource`, `profile`, `dual_subject`, `consent`, `token_lifetime`, `owner`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub application: Named,
    pub resource: String,
    pub profile: Profile,
    pub dual_subject: DualSubject,
    pub enabled: bool,
    pub scopes: u64,
    pub agents: u64,
}

/// Values and words of the token profiles.
pub fn profiles() -> Vec<(String, String)> {
    [
        (Profile::Rfc8693, "rfc8693: the user is the subject, the agent acts"),
        (Profile::Agbac, "agbac-1.0: the agent is the subject, the user stands behind it"),
        (Profile::ActAs, "act_as: the agent is the subject, with the user’s e-mail"),
    ]
    .map(|(p, words)| (p.as_str().to_owned(), words.to_owned()))
    .to_vec()
}

/// Values and words of the rule of two subjects.
pub fn dual_subjects() -> Vec<(String, String)> {
    vec![
        ("required".to_owned(), "Agent and person, both assigned".to_owned()),
        ("agent_only".to_owned(), "Agent alone (background work)".to_owned()),
    ]
}

pub fn consents() -> Vec<(String, String)> {
    vec![
        ("organization".to_owned(), "The organization’s assignments are enough".to_owned()),
        ("person".to_owned(), "The person concerned has to consent too".to_owned()),
    ]
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Applications,
        title: "Applications",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Systems that agents reach. Each names its scopes, and who may come with which.",
        live: false,
    };
    let body = html! {
        (search::form(&links::applications(), "Filter applications", &search::text("q", "Name or resource", &view.query)))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("No application here.", "Create one below, or try another filter.")) }
            @else { (list(&view.rows)) }
            (pager::pager(&view.pager, "Pages of applications", ("First page", "Next page")))
        }
        (create(frame, &view.draft))
    };
    frame::desk(frame, &head, &body)
}

fn list(rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Application"),
        Column::of("Subjects"),
        Column::of("Profile"),
        Column::right("Scopes"),
        Column::right("Agents"),
        Column::of("Status"),
    ];
    let cells = |row: &Row| {
        vec![
            html! { (name::application(&row.application)) p.under { code { (row.resource) } } },
            html! { (subjects(row.dual_subject)) },
            name::code(row.profile.as_str()),
            html! { (time::count(row.scopes)) },
            html! { (time::count(row.agents)) },
            badge::enabled(row.enabled),
        ]
    };
    table("Applications", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

pub fn subjects(rule: DualSubject) -> Markup {
    html! {
        @match rule {
            DualSubject::Required => "agent and person",
            DualSubject::AgentOnly => (badge::warning("agent alone")),
        }
    }
}

fn create(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "create", draft);
    let body = f.post(
        &links::applications(),
        &html! {
            div.pair {
                (f.text("name", "Name").required().most(120).hint("Unique here."))
                (f.typed("url", "resource", "Resource address").required().most(500)
                    .hint("Becomes the audience of its tokens, byte for byte."))
            }
            (f.text("description", "Description").most(400))
            div.pair {
                (f.choice("dual_subject", "Who has to be assigned", dual_subjects()).required())
                (f.choice("profile", "Token profile", profiles()).required())
            }
            div.pair {
                (f.choice("consent", "Consent", consents()).required())
                (f.typed("number", "token_lifetime", "Token lifetime in seconds").required().value("300")
                    .hint("30 to 900."))
            }
            (f.text("owner", "Owner").hint("Login name."))
            (form::submit("Create application"))
        },
    );
    form::disclosure("Create an application", f.is_refused(), &body)
}

fn full() -> View {
    let row = |application: Named, resource: &str, dual_subject, enabled| Row {
        application,
        resource: resource.into(),
        profile: Profile::Agbac,
        dual_subject,
        enabled,
        scopes: 4,
        agents: 12,
    };
    let ledger = Named::new("app_3", "Ledger export");
    View {
        rows: vec![
            row(sample::finance(), "https://finance.corp.example/api", DualSubject::Required, true),
            row(sample::hr(), "https://hr.corp.example/api", DualSubject::Required, true),
            row(ledger, "https://ledger.corp.example/", DualSubject::AgentOnly, false),
        ],
        pager: Pager { summary: "3 applications".into(), ..Pager::default() },
        ..View::default()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| Row {
        application: Named::new("app_8", text),
        resource: text.into(),
        profile: Profile::Rfc8693,
        dual_subject: DualSubject::AgentOnly,
        enabled: true,
        scopes: 0,
        agents: 0,
    };
    let refused = Draft::of("create").value("token_lifetime", "4000").problem("token_lifetime", "At most 900 seconds.");
    let hostile = View { query: sample::HOSTILE.into(), rows: vec![odd(sample::HOSTILE)], ..View::default() };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", View { rows: vec![odd(sample::LONG)], ..full() }),
        ("hostile", hostile),
    ]
}
