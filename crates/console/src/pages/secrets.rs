//! The vault: which secrets there are, and who has them. Never what they are.

use chancery_model::Tier;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Named, Pager, badge, name, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a name or a folder.
    pub query: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub secret: Named,
    /// `resource_group / project`.
    pub folder: String,
    pub kind: String,
    pub tier: Tier,
    /// Leases that nobody ended.
    pub lent: u64,
    /// Who gives it a new value, if anybody does.
    pub rotated: Option<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Secrets,
        title: "Secrets",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "Credentials of other systems. Agents borrow them for a while; no page shows what they are.",
        live: false,
    };
    let body = html! {
        (search::form(&links::secrets(), "Filter secrets", &search::text("q", "Name or folder", &view.query)))
        div #results {
            @if view.rows.is_empty() {
                (notice::empty("No secret here.", "Put one into the vault with `chancery admin secrets create`, or try another filter."))
            } @else { (list(&view.rows)) }
            (pager::pager(&view.pager, "Pages of secrets", ("First page", "Next page")))
        }
    };
    frame::desk(frame, &head, &body)
}

fn list(rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Secret"),
        Column::of("Folder"),
        Column::of("Kind"),
        Column::of("Handed out"),
        Column::right("Lent now"),
        Column::of("Rotated by"),
    ];
    let cells = |row: &Row| {
        vec![
            name::secret(&row.secret),
            html! { (row.folder) },
            html! { (row.kind) },
            badge::tier(row.tier),
            html! { (time::count(row.lent)) },
            html! { @match &row.rotated { Some(by) => (by), None => span.muted { "nobody" } } },
        ]
    };
    table("Secrets", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn row(id: &str, text: &str, lent: u64) -> Row {
    Row {
        secret: Named::new(id, text),
        folder: "prod / crm".into(),
        kind: "oauth_client".into(),
        tier: Tier::Approval,
        lent,
        rotated: Some("client".into()),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let idle = Row { rotated: None, tier: Tier::Never, ..row("sec_2", "crm-database", 0) };
    let full = View {
        rows: vec![row("sec_1", "crm-access", 2), idle],
        pager: Pager { summary: "2 secrets on this page".into(), ..Pager::default() },
        ..View::default()
    };
    let odd = |text: &str| Row { folder: text.into(), kind: text.into(), ..row("sec_8", text, 1) };
    vec![
        ("empty", View::default()),
        ("full", full.clone()),
        ("long", View { rows: vec![odd(sample::LONG)], ..full }),
        ("hostile", View { query: sample::HOSTILE.into(), rows: vec![odd(sample::HOSTILE)], ..View::default() }),
    ]
}
