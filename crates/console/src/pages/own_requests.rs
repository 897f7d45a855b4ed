//! What a person asks for themselves: to be let into a system for a while; and what became of it.

use chancery_kernel::Timestamp;
use chancery_model::State;
use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, badge, form, name, notice, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub rows: Vec<Row>,
    /// Form `ask`: `system`, `scopes`, `purpose`, `length`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub request: String,
    pub system: String,
    pub scopes: Vec<String>,
    pub purpose: String,
    pub asked: Timestamp,
    pub state: State,
    /// What became of it, in words.
    pub outcome: String,
    /// The permission, while it is in force, and its end.
    pub grant: Option<(String, Option<Timestamp>)>,
}

/// How long it may be for, in seconds, as the form offers it.
pub const LENGTHS: [(&str, &str); 4] =
    [("900", "A quarter of an hour"), ("3600", "An hour"), ("14400", "Four hours"), ("28800", "Eight hours")];

pub fn render(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        section aria-labelledby="ask" {
            h2 #ask { "Ask" }
            (ask(frame, &view.draft))
        }
        section aria-labelledby="asked" {
            h2 #asked { "What you asked for" }
            @if view.rows.is_empty() {
                (notice::empty("You have asked for nothing yet.", "What you ask for appears here with what became of it."))
            } @else { (list(frame, &view.rows)) }
        }
        p { a href=(links::me()) { "Back to your page" } }
    };
    let lead = "Whoever answers for a system decides. What they allow ends by itself, and you can give it back before.";
    frame::sheet(frame, "What you need", lead, &body)
}

fn ask(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "ask", draft);
    let lengths = LENGTHS.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    f.post(
        &links::own_requests(),
        &html! {
            (f.text("system", "System").required().most(300).hint("Its name, or its address, in full."))
            (f.text("scopes", "Scopes").required().most(1_000).hint("What you have to do there, separated by spaces, such as crm.read."))
            (f.text("purpose", "What for").required().most(400).hint("One sentence: whoever decides reads it."))
            (f.choice("length", "For how long", lengths).required())
            (form::submit("Ask"))
        },
    )
}

fn list(frame: &Frame, rows: &[Row]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Where"),
        Column::most("What for"),
        Column::of("Asked"),
        Column::wide("What became of it"),
        Column::act("End"),
    ];
    let cells = |row: &Row| {
        vec![
            html! { (row.system) div.under { (name::scopes(&row.scopes)) } },
            html! { q { (row.purpose) } },
            time::ago(frame.now, row.asked),
            html! {
                div {
                    (badge::approval(row.state)) " " (row.outcome)
                    @if let Some((_, until)) = &row.grant {
                        " In force"
                        @if let Some(until) = until { ", ends " (time::ago(frame.now, *until)) }
                        "."
                    }
                }
            },
            end(frame, row),
        ]
    };
    table("What you asked for", COLUMNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn end(frame: &Frame, row: &Row) -> Markup {
    let empty = html! {};
    if let Some((grant, _)) = &row.grant {
        let f = Form::button(frame, "return").confirm(format!("Give back what you were allowed in {}?", row.system));
        return form::button_post(&f, &links::own_permission_return(grant), "danger", "Give back", &row.purpose, &empty);
    }
    if row.state == State::Pending {
        let f = Form::button(frame, "cancel");
        return form::button_post(&f, &links::own_request_cancel(&row.request), "", "Take back", &row.purpose, &empty);
    }
    empty
}

fn full() -> View {
    let row = |n: u8, state, outcome: &str| Row {
        request: format!("apr_06cf2m4k1ov3gq5s8t0a9b7c{n}d"),
        system: "Finance".into(),
        scopes: vec!["invoices.pay".into()],
        purpose: "Pay the invoice of Acme Corp".into(),
        asked: sample::before(600),
        state,
        outcome: outcome.into(),
        grant: None,
    };
    let grant = Some(("grt_06cf2m4k1ov3gq5s8t0a9b7c1d".into(), Some(sample::after(840))));
    let rows = vec![
        row(1, State::Pending, ""),
        Row { grant, ..row(2, State::Redeemed, "") },
        row(3, State::Redeemed, "It has ended."),
        row(4, State::Denied, ""),
        row(5, State::Expired, "nobody answered in time"),
    ];
    View { rows, draft: Draft::default() }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = full();
        for row in &mut view.rows {
            (row.purpose, row.system, row.outcome) = (text.into(), text.into(), text.into());
        }
        view
    };
    let draft = Draft::of("ask").value("system", "Finances").problem("", "There is no such system: type its name in full.");
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("error", View { draft, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
