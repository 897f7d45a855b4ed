//! The OAuth clients of the organization: faces of agents, of applications, and tools of their own.

use chancery_model::AuthMethod;
use maud::{Markup, html};

use super::client::{grants, proof};
use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, Named, Pager, badge, form, name, notice, pager, search};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a name, or a whole id.
    pub query: String,
    /// `agent`, `application`, `tool`, or empty for all.
    pub face: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Name of the application that the form is to make a client for.
    pub wanted: String,
    /// Form `create`: `name`, `face`, `of`, `auth`, `grant.<type>`, `redirect_uris`, `jwk`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub client: Named,
    pub agent: Option<Named>,
    pub application: Option<Named>,
    pub auth: AuthMethod,
    /// How many keys or secrets it has.
    pub credentials: usize,
    pub enabled: bool,
    pub builtin: bool,
}

pub fn faces() -> [(&'static str, &'static str); 3] {
    [
        ("agent", "An agent: people meet the agent through it"),
        ("application", "An application: its server checks tokens with it"),
        ("tool", "A tool: it acts for itself, or signs people in"),
    ]
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Clients,
        title: "Clients",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Software that asks for tokens: each proves who it is by a key or a secret of its own.",
        live: false,
    };
    let body = html! {
        (filters(view))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("No client here.", "Add one below, or try another filter.")) }
            @else { (list(&view.rows)) }
            (pager::pager(&view.pager, "Pages of clients", ("First page", "Next page")))
        }
        (create(frame, view))
    };
    frame::desk(frame, &head, &body)
}

fn filters(view: &View) -> Markup {
    let kinds = [("", "All kinds"), ("agent", "Of agents"), ("application", "Of applications"), ("tool", "Tools")];
    let kinds = kinds.map(|(value, words)| (value.to_owned(), words.to_owned()));
    search::form(
        &links::clients(),
        "Filter clients",
        &html! {
            (search::text("q", "Name or id", &view.query))
            (search::choice("face", "Kind", &kinds, &view.face))
        },
    )
}

fn list(rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Client"),
        Column::of("Face of"),
        Column::of("Proves itself by"),
        Column::of("Status"),
    ];
    let cells = |row: &Row| {
        vec![
            name::client(&row.client),
            face(row),
            html! {
                (proof::short(row.auth))
                @if row.auth != AuthMethod::None { p.under { (proof::count(row.credentials)) } }
            },
            html! {
                (badge::enabled(row.enabled))
                @if row.builtin { " " (badge::quiet("built in")) }
                @if row.auth != AuthMethod::None && row.credentials == 0 { " " (badge::warning("no credential")) }
            },
        ]
    };
    table("Clients", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn face(row: &Row) -> Markup {
    html! {
        @match (&row.agent, &row.application) {
            (Some(agent), _) => (name::agent(agent)),
            (_, Some(application)) => (name::application(application)),
            _ => span.muted { "itself" },
        }
    }
}

fn create(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "create", &view.draft);
    let options = |all: &[(&str, &str)]| all.iter().map(|(v, w)| ((*v).to_owned(), (*w).to_owned())).collect();
    let face = if view.wanted.is_empty() { "tool" } else { "application" };
    let body = f.post(
        &links::clients(),
        &html! {
            div.pair {
                (f.text("name", "Name").required().most(120).hint("Unique here."))
                (f.choice("auth", "Proves itself by", options(&proof::METHODS)).required().value("private_key_jwt"))
            }
            div.pair {
                (f.choice("face", "It is the face of", options(&faces())).required().value(face))
                (f.text("of", "Which agent or application").autocomplete("off").value(&view.wanted).hint("Name or id; empty for a tool."))
            }
            (grants::boxes(&f, &[]))
            (f.area("redirect_uris", "Redirect addresses").hint("One per line, compared byte by byte. Only where it signs people in."))
            (f.area("jwk", "Public key (JWK)").hint("Only with its own key; it can also be added later."))
            (form::submit("Add client"))
        },
    );
    form::disclosure("Add a client", f.is_refused() || !view.wanted.is_empty(), &body)
}

fn full() -> View {
    let row = |client: Named, auth, credentials| Row {
        client,
        agent: None,
        application: None,
        auth,
        credentials,
        enabled: true,
        builtin: false,
    };
    let line = Row { builtin: true, ..row(Named::new("cli_3", "Chancery command line"), AuthMethod::None, 0) };
    View {
        rows: vec![
            Row { agent: Some(sample::finance_agent()), ..row(sample::backend(), AuthMethod::PrivateKeyJwt, 2) },
            Row {
                application: Some(sample::finance()),
                ..row(Named::new("cli_2", "finance guard"), AuthMethod::ClientSecretBasic, 1)
            },
            line,
            Row { enabled: false, ..row(Named::new("cli_4", "ledger import"), AuthMethod::ClientSecretPost, 0) },
        ],
        pager: Pager { summary: "4 clients on this page".into(), ..Pager::default() },
        ..View::default()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let named = Named::new("cli_8", text);
        let agent = Some(Named::new("agt_8", text));
        Row { client: named, agent, application: None, auth: AuthMethod::None, credentials: 0, enabled: true, builtin: false }
    };
    let refused = Draft::of("create").value("name", "importer").problem("name", "This name is taken.");
    let hostile = View {
        query: sample::HOSTILE.into(),
        wanted: sample::HOSTILE.into(),
        rows: vec![odd(sample::HOSTILE)],
        ..View::default()
    };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("wanted", View { wanted: "FinanceApp".into(), ..full() }),
        ("error", View { draft: refused, ..full() }),
        ("long", View { rows: vec![odd(sample::LONG)], ..full() }),
        ("hostile", hostile),
    ]
}
