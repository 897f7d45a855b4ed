//! Who, beside people and agents, is told of approvals.

use chancery_model::{EndpointKind, Told};
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, Named, Pager, badge, form, name, notice, pager, search};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a name or an address.
    pub query: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Form `create`: `name`, `kind`, `address`, `told.<event>`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub endpoint: Named,
    pub kind: EndpointKind,
    pub origin: String,
    pub events: Vec<Told>,
    pub enabled: bool,
}

pub const fn kind_word(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::Webhook => "Signed webhook",
        EndpointKind::Slack => "Chat (Slack and compatible)",
        EndpointKind::Teams => "Chat (Microsoft Teams)",
    }
}

pub const fn told_word(told: Told) -> &'static str {
    match told {
        Told::Asked => "A question waits",
        Told::Answered => "It was answered",
        Told::Expired => "Nobody answered in time",
        Told::Canceled => "It was taken back",
    }
}

/// One box for each event.
pub fn boxes(f: &Form<'_>, ticked: &[Told]) -> Markup {
    html! {
        fieldset {
            legend { "Is told when" }
            @for (field, told) in FIELDS {
                (f.check(field, told_word(told)).value(if ticked.contains(&told) { "yes" } else { "" }))
            }
        }
    }
}

/// Fields of the boxes.
pub const FIELDS: [(&str, Told); 4] = [
    ("told.asked", Told::Asked),
    ("told.answered", Told::Answered),
    ("told.expired", Told::Expired),
    ("told.canceled", Told::Canceled),
];

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Endpoints,
        title: "Endpoints",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Programs and chats that are told of approvals. What they are told opens nothing: whoever follows the link signs in.",
        live: false,
    };
    let body = html! {
        (search::form(&links::endpoints(), "Filter endpoints", &search::text("q", "Name or address", &view.query)))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("Nobody is told.", "Add an address below, or try another filter.")) }
            @else { (list(&view.rows)) }
            (pager::pager(&view.pager, "Pages of endpoints", ("First page", "Next page")))
        }
        (create(frame, &view.draft))
    };
    frame::desk(frame, &head, &body)
}

fn list(rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] =
        &[Column::of("Endpoint"), Column::of("Kind"), Column::of("Where"), Column::of("Told of"), Column::of("Status")];
    let cells = |row: &Row| {
        let events: Vec<&str> = row.events.iter().map(|told| told.as_str()).collect();
        vec![
            name::endpoint(&row.endpoint),
            html! { (kind_word(row.kind)) },
            name::code(&row.origin),
            html! { (events.join(", ")) },
            badge::enabled(row.enabled),
        ]
    };
    table("Endpoints", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn create(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "create", draft);
    let kinds = EndpointKind::ALL.map(|kind| (kind.as_str().to_owned(), kind_word(kind).to_owned())).to_vec();
    let body = f.post(
        &links::endpoints(),
        &html! {
            (f.text("name", "Name").required().most(120).hint("Unique here."))
            (f.choice("kind", "Kind", kinds).required())
            (f.text("address", "Address").required().most(2_000).autocomplete("off")
                .hint("Begins with https://. It is sealed, and only its host is shown again."))
            (boxes(&f, &Told::ALL))
            (form::submit("Add endpoint"))
        },
    );
    form::disclosure("Add an endpoint", f.is_refused(), &body)
}

fn full() -> View {
    let row = |id: &str, name: &str, kind, origin: &str, enabled| Row {
        endpoint: Named::new(id, name),
        kind,
        origin: origin.into(),
        events: Told::ALL.to_vec(),
        enabled,
    };
    View {
        rows: vec![
            row("end_1", "ticket system", EndpointKind::Webhook, "https://hooks.corp.example", true),
            row("end_2", "#approvals", EndpointKind::Slack, "https://hooks.slack.example", true),
            row("end_3", "old room", EndpointKind::Teams, "https://corp.webhook.example", false),
        ],
        pager: Pager { summary: "3 endpoints on this page".into(), ..Pager::default() },
        ..View::default()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| Row {
        endpoint: Named::new("end_8", text),
        kind: EndpointKind::Webhook,
        origin: text.into(),
        events: vec![Told::Asked],
        enabled: true,
    };
    let refused = Draft::of("create")
        .value("name", "ticket system")
        .value("told.asked", "yes")
        .problem("address", "This address cannot be told anything.");
    let hostile = View { query: sample::HOSTILE.into(), rows: vec![odd(sample::HOSTILE)], ..View::default() };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", View { rows: vec![odd(sample::LONG)], ..full() }),
        ("hostile", hostile),
    ]
}
