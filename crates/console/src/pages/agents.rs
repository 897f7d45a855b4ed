//! All agents, by stage and by text; and the form that registers one.

use chancery_kernel::Timestamp;
use chancery_model::Stage;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, Named, Pager, badge, form, name, notice, pager, search, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// `q`: part of a name or purpose.
    pub query: String,
    /// `stage`: empty, a stage, or `contained`.
    pub stage: String,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Form `register`: `name`, `purpose`, `task`, `data_sources`, `business_owner`, `owner`, `sponsor`, `expires`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub agent: Named,
    pub purpose: String,
    pub stage: Stage,
    pub contained: bool,
    /// Login of the accountable person; empty: nobody.
    pub sponsor: String,
    /// Nobody who can act answers for it.
    pub ownerless: bool,
    /// Names of the applications it is assigned to.
    pub applications: Vec<String>,
    /// When the log last named it.
    pub latest: Option<Timestamp>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Agents,
        title: "Agents",
        noun: "",
        badges: html! {},
        actions: html! {},
        lead: "First-class principals: each with a purpose, an owner, an accountable sponsor and a way to stop it.",
        live: false,
    };
    let body = html! {
        (filters(view))
        div #results data-live {
            @if view.rows.is_empty() { (none(view)) } @else { (list(frame, &view.rows)) }
            (pager::pager(&view.pager, "Pages of agents", ("First page", "Next page")))
        }
        (register(frame, &view.draft))
    };
    frame::desk(frame, &head, &body)
}

fn filters(view: &View) -> Markup {
    let mut stages = vec![(String::new(), "All stages".to_owned())];
    for stage in [Stage::Staged, Stage::Active, Stage::Suspended, Stage::Retired] {
        stages.push((stage.as_str().to_owned(), badge::stage_word(stage).to_owned()));
    }
    stages.push(("contained".to_owned(), "Contained".to_owned()));
    search::form(
        &links::agents(),
        "Filter agents",
        &html! {
            (search::text("q", "Name or purpose", &view.query))
            (search::choice("stage", "Stage", &stages, &view.stage))
        },
    )
}

fn none(view: &View) -> Markup {
    if view.query.is_empty() && view.stage.is_empty() {
        notice::empty("No agents yet.", "Register the first one below. It starts staged and can do nothing until you activate it.")
    } else {
        notice::empty("No agent fits this filter.", "Try a shorter text or another stage.")
    }
}

fn list(frame: &Frame, rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Agent"),
        Column::of("Stage"),
        Column::of("Sponsor"),
        Column::of("Applications"),
        Column::of("Latest event"),
    ];
    let cells = |row: &Row| {
        vec![
            html! { (name::agent(&row.agent)) p.under { (row.purpose) } },
            html! { (badge::stage(row.stage)) @if row.contained { " " (badge::contained()) } },
            html! {
                @if row.sponsor.is_empty() { (badge::warning("nobody")) } @else { (row.sponsor) }
                @if row.ownerless && !row.sponsor.is_empty() { " " (badge::warning("ownerless")) }
            },
            html! { @if row.applications.is_empty() { span.muted { "none" } } @else { (row.applications.join(", ")) } },
            html! { @match row.latest { Some(at) => (time::ago(frame.now, at)), None => span.muted { "never" } } },
        ]
    };
    table("Agents", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn register(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "register", draft);
    let body = f.post(
        &links::agents(),
        &html! {
            div.pair {
                (f.text("name", "Name").required().most(120).pattern("[A-Za-z0-9_.\\-]+")
                    .hint("Letters, digits, dots, hyphens and underscores; unique here."))
                (f.typed("date", "expires", "End date").hint("On this day it stops working by itself."))
            }
            (f.text("purpose", "Purpose").required().most(400).hint("One sentence that people see when it asks for consent."))
            (f.area("task", "Task").hint("What it does, step by step."))
            div.pair {
                (f.text("data_sources", "Data sources").hint("Comma-separated."))
                (f.text("business_owner", "Business owner").hint("The team or unit it works for."))
            }
            div.pair {
                (f.text("owner", "Technical owner").hint("Login name."))
                (f.text("sponsor", "Accountable sponsor").hint("Login name. Needed before it can become active."))
            }
            (form::submit("Register agent"))
        },
    );
    form::disclosure("Register an agent", f.is_refused(), &body)
}

fn full() -> View {
    let row = |agent: Named, purpose: &str, stage, contained, sponsor: &str| Row {
        agent,
        purpose: purpose.into(),
        stage,
        contained,
        sponsor: sponsor.into(),
        ownerless: contained,
        applications: vec!["FinanceApp".into()],
        latest: Some(sample::before(19)),
    };
    let idle = Row {
        applications: Vec::new(),
        latest: None,
        ..row(Named::new("agt_3", "prototype-7"), "Trial of a travel assistant.", Stage::Staged, false, "")
    };
    let sales = Named::new("agt_9", "sales-agent-prod-001");
    View {
        rows: vec![
            row(sample::finance_agent(), "Answers questions on open invoices.", Stage::Active, false, "ines@corp.example"),
            row(sample::hr_agent(), "Looks up leave balances.", Stage::Active, false, "ines@corp.example"),
            row(sales, "Drafts proposals from CRM data.", Stage::Active, true, "kofi@corp.example"),
            row(Named::new("agt_5", "night-batch"), "Reconciles ledgers at night.", Stage::Suspended, false, "mara@corp.example"),
            idle,
            row(Named::new("agt_6", "faq-bot"), "Answered questions on the intranet.", Stage::Retired, false, "mara@corp.example"),
        ],
        pager: Pager { newer: None, older: Some(links::with(links::agents(), &[("after", "agt_6")])), summary: "6 of 46 agents".into() },
        ..View::default()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |name: Named, text: &str| Row {
        agent: name,
        purpose: text.into(),
        stage: Stage::Active,
        contained: true,
        sponsor: text.into(),
        ownerless: true,
        applications: vec![text.into(), text.into()],
        latest: None,
    };
    let refused = Draft::of("register").value("name", "two words").problem("name", "A name has no spaces.").problem("", "The end date has passed.");
    let filtered = View { query: "nothing like it".into(), stage: "contained".into(), ..View::default() };
    let hostile = View {
        query: sample::HOSTILE.into(),
        rows: vec![odd(sample::hostile_name(), sample::HOSTILE)],
        draft: Draft::of("register").value("task", sample::HOSTILE).problem("task", sample::HOSTILE),
        ..View::default()
    };
    vec![
        ("empty", View::default()),
        ("filtered", filtered),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", View { rows: vec![odd(Named::new("agt_4", sample::LONG), sample::LONG)], ..full() }),
        ("hostile", hostile),
    ]
}
