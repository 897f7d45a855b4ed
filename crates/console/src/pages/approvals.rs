//! Questions of agents to people, for administrators: what waits, and what became of the rest.

use chancery_kernel::Timestamp;
use chancery_model::State;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Named, Pager, badge, name, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `status`: only these; empty for all.
    pub status: String,
    /// `stage`: only questions of this kind; empty for all.
    pub kind: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
}

/// What a yes comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One token, once.
    Once,
    /// Scopes of an application for a while.
    Access,
    Assignment,
    Secret,
    /// Nobody was asked.
    Emergency,
}

impl Kind {
    pub const ALL: [(&'static str, Self); 5] = [
        ("once", Self::Once),
        ("access", Self::Access),
        ("assignment", Self::Assignment),
        ("secret", Self::Secret),
        ("emergency", Self::Emergency),
    ];

    pub const fn words(self) -> &'static str {
        match self {
            Self::Once => "one token, once",
            Self::Access => "a permission for a while",
            Self::Assignment => "an assignment for a while",
            Self::Secret => "a secret of the vault",
            Self::Emergency => "taken in an emergency",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Row {
    pub approval: String,
    /// What for, in one sentence.
    pub sentence: String,
    pub agent: Option<Named>,
    pub user: Named,
    pub application: Option<Named>,
    pub kind: Kind,
    pub state: State,
    pub reported: bool,
    pub asked: Timestamp,
    pub until: Timestamp,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Approvals,
        title: "Approvals",
        noun: "",
        badges: html! {},
        actions: html! { a.button href=(links::grants()) { "Permissions in force" } a.button href=(links::approvers()) { "Rules" } },
        lead: "What agents asked of people, what waits for an answer, and what came of the rest.",
        live: true,
    };
    let all = std::iter::once((String::new(), "all".to_owned()));
    let states = State::ALL.into_iter().map(|state| (state.as_str().to_owned(), state.as_str().to_owned()));
    let options: Vec<(String, String)> = all.chain(states).collect();
    let all = std::iter::once((String::new(), "anything".to_owned()));
    let kinds = all.chain(Kind::ALL.map(|(word, kind)| (word.to_owned(), kind.words().to_owned()))).collect::<Vec<_>>();
    let body = html! {
        (search::form(&links::approvals(), "Filter approvals", &html! {
            (search::choice("status", "State", &options, &view.status))
            (search::choice("stage", "What a yes gives", &kinds, &view.kind))
        }))
        div #results data-live {
            @if view.rows.is_empty() { (notice::empty("Nothing here.", "Agents have asked nobody, or try another filter.")) }
            @else { (list(frame, &view.rows)) }
            (pager::pager(&view.pager, "Pages of approvals", ("First page", "Next page")))
        }
    };
    frame::desk(frame, &head, &body)
}

fn place(row: &Row) -> Markup {
    html! {
        @match (&row.application, row.kind) {
            (Some(app), _) => (name::application(app)),
            (None, Kind::Secret) => "the vault",
            (None, _) => "their account here",
        }
    }
}

fn list(frame: &Frame, rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Question"),
        Column::of("Agent"),
        Column::of("For"),
        Column::of("Gives"),
        Column::of("State"),
        Column::of("Asked"),
    ];
    let gone = || html! { span.muted { "nobody: a person asks" } };
    let cells = |row: &Row| {
        vec![
            html! { a href=(links::approval(&row.approval)) { (row.sentence) } },
            row.agent.as_ref().map_or_else(gone, name::agent),
            html! { (name::user(&row.user)) p.under { "in " (place(row)) } },
            html! { (row.kind.words()) },
            html! { (badge::approval(row.state)) @if row.reported { " " (badge::warning("reported")) } },
            time::ago(frame.now, row.asked),
        ]
    };
    table("Approvals", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn full() -> View {
    let row = |state, reported| Row {
        approval: "apr_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        sentence: "Pay the invoice of Acme Corp".into(),
        agent: Some(sample::finance_agent()),
        user: sample::alice(),
        application: Some(sample::finance()),
        kind: if reported { Kind::Once } else { Kind::Access },
        state,
        reported,
        asked: sample::before(60),
        until: sample::after(240),
    };
    View {
        status: String::new(),
        kind: String::new(),
        rows: State::ALL.into_iter().map(|state| row(state, state == State::Denied)).collect(),
        pager: Pager { summary: "6 approvals on this page".into(), ..Pager::default() },
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = full();
        for row in &mut view.rows {
            row.sentence = text.into();
            row.user = Named::new("usr_8", text);
            row.agent = None;
            row.application = None;
        }
        view
    };
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
