//! One endpoint: where it is, of what it is told, and what came of the last messages to it.

use chancery_kernel::{Secret, Timestamp};
use chancery_model::{EndpointKind, Told};
use maud::{Markup, html};

use super::endpoints::{boxes, kind_word, told_word};
use crate::frame::{self, Frame, Head, Section};
use crate::parts::notice::{self, Tone};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, EventRow, Form, Pager, badge, facts, form, name, pager, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub version: i64,
    pub name: String,
    pub kind: EndpointKind,
    pub origin: String,
    pub events: Vec<Told>,
    pub enabled: bool,
    /// Why it was switched off, where nobody did that.
    pub gone: Option<String>,
    /// Until when the secret before the present one signs too.
    pub overlap: Option<Timestamp>,
    pub deliveries: Vec<Delivery>,
    pub pager: Pager,
    pub evidence: Vec<EventRow>,
    /// A secret that was just made. Shown once, on this page, and never again.
    pub fresh_secret: Option<Secret>,
    /// Forms: `edit` (`name`, `address`, `told.<event>`), `rotate` (`leaked`), `delete` (`sure`).
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: String,
    /// None: a test.
    pub approval: Option<String>,
    pub event: String,
    pub state: &'static str,
    pub status: Option<i64>,
    pub tries: i64,
    pub at: Timestamp,
    pub problem: Option<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let test = Form::button(frame, "test");
    let head = Head {
        section: Section::Endpoints,
        title: &view.name,
        noun: "Endpoint",
        badges: badge::enabled(view.enabled),
        actions: html! {
            @if view.enabled { (form::button_post(&test, &links::endpoint_test(&view.id), "", "Send a test", "", &html! {})) }
        },
        lead: "",
        live: true,
    };
    let body = html! {
        @if let Some(secret) = &view.fresh_secret { (fresh(secret.expose())) }
        @if let Some(why) = &view.gone {
            (notice::notice(Tone::Warning, "It is told nothing any more.", html! { p { "Nobody here switched it off: " (why) "." } }))
        }
        div.columns.uneven {
            section aria-labelledby="deliveries" {
                h2 #deliveries { "Last messages" }
                div #results data-live {
                    @if view.deliveries.is_empty() { (notice::empty("Nothing was sent yet.", "Send a test to see whether it answers.")) }
                    @else { (deliveries(frame, &view.deliveries)) (pager::pager(&view.pager, "Pages of messages", ("First page", "Next page"))) }
                }
            }
            div {
                section.panel aria-labelledby="about" { h2 #about { "About" } (about(view)) }
                section.panel aria-labelledby="change" { h2 #change { "Change" } (changes(frame, view)) }
            }
        }
        section aria-labelledby="evidence" {
            h2 #evidence { "Recent evidence" }
            (timeline::timeline(frame, None, &view.evidence, ("Nothing yet.", "")))
        }
    };
    frame::desk(frame, &head, &body)
}

fn fresh(secret: &str) -> Markup {
    notice::notice(
        Tone::Done,
        "Here is the secret that verifies its messages. It is shown this once.",
        html! { p { (name::copied(secret)) } p { "Put it where the receiver verifies signatures (Standard Webhooks)." } },
    )
}

fn deliveries(frame: &Frame, all: &[Delivery]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Message"),
        Column::of("State"),
        Column::right("Answer"),
        Column::right("Tries"),
        Column::of("When"),
    ];
    let cells = |d: &Delivery| {
        let message = html! {
            @match &d.approval { Some(id) => a href=(links::approval(id)) { (d.event) }, None => (d.event) }
            p.under { code { (d.id) } }
        };
        vec![
            message,
            html! { (d.state) @if let Some(why) = &d.problem { p.under { (why) } } },
            html! { @match d.status { Some(status) => (status), None => span.muted { "none" } } },
            html! { (d.tries) },
            time::ago(frame.now, d.at),
        ]
    };
    table("Messages", COLUMNS, &all.iter().map(cells).collect::<Vec<_>>())
}

fn about(view: &View) -> Markup {
    let told = html! { ul.plain { @for told in &view.events { li { (told_word(*told)) } } } };
    let mut rows = vec![
        ("Kind", html! { (kind_word(view.kind)) }),
        ("Where", name::code(&view.origin)),
        ("Is told when", told),
    ];
    if let Some(until) = view.overlap {
        rows.push(("Earlier secret signs until", time::exact(until)));
    }
    rows.push(("Id", name::copied(&view.id)));
    facts::facts(&rows)
}

fn changes(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "edit", &view.draft).version(view.version);
    let edit = f.post(
        &links::endpoint(&view.id),
        &html! {
            (f.text("name", "Name").required().most(120).value(&view.name))
            (f.text("address", "Another address").most(2_000).autocomplete("off").hint("Empty: it stays where it is."))
            (boxes(&f, &view.events))
            (form::submit("Save"))
        },
    );
    let off = Form::button(frame, "disable").version(view.version);
    let on = Form::button(frame, "enable").version(view.version);
    html! {
        (form::disclosure("Edit", f.is_refused(), &edit))
        @if view.kind.is_signed() { (rotation(frame, view)) }
        div.stack {
            @if view.enabled { (form::button_post(&off, &links::endpoint_disable(&view.id), "", "Switch off", &view.name, &html! {})) }
            @else { (form::button_post(&on, &links::endpoint_enable(&view.id), "", "Switch on", &view.name, &html! {})) }
        }
        (delete(frame, view))
    }
}

fn rotation(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "rotate", &view.draft).version(view.version);
    let body = f.post(
        &links::endpoint_rotate(&view.id),
        &html! {
            p { "For a day messages carry two signatures, so that the receiver can change in peace." }
            (f.check("leaked", "The present secret leaked").hint("Then it signs nothing from now on."))
            (form::submit("New secret"))
        },
    );
    form::disclosure("New secret", f.is_refused(), &body)
}

fn delete(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "delete", &view.draft).version(view.version);
    let body = f.post(
        &links::endpoint_delete(&view.id),
        &html! {
            p { "What waits for it is not sent any more, and the list of its messages goes with it. The log keeps that it was there." }
            (f.check("sure", "Remove this endpoint for good").required())
            div.buttons { button.danger type="submit" { "Remove endpoint" } }
        },
    );
    form::disclosure("Remove", f.is_refused(), &body)
}

fn full() -> View {
    let at = sample::before(90);
    let delivery = |id: &str, event: &str, state, status, problem: Option<&str>| Delivery {
        id: id.into(),
        approval: Some("apr_1".into()),
        event: event.into(),
        state,
        status,
        tries: 1,
        at,
        problem: problem.map(str::to_owned),
    };
    View {
        id: "end_1".into(),
        version: 3,
        name: "ticket system".into(),
        kind: EndpointKind::Webhook,
        origin: "https://hooks.corp.example".into(),
        events: Told::ALL.to_vec(),
        enabled: true,
        gone: None,
        overlap: Some(sample::after(80_000)),
        deliveries: vec![
            Delivery { approval: None, ..delivery("del_3", "test", "delivered", Some(204), None) },
            delivery("del_2", "answered", "waiting", Some(503), Some("it answered 503")),
            delivery("del_1", "asked", "overtaken", None, Some("it was no longer so")),
        ],
        pager: Pager { summary: "3 messages on this page".into(), ..Pager::default() },
        evidence: Vec::new(),
        fresh_secret: None,
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut deliveries = full().deliveries;
        for d in &mut deliveries {
            (d.id, d.event, d.problem) = (text.into(), text.into(), Some(text.into()));
        }
        View { name: text.into(), origin: text.into(), gone: Some(text.into()), deliveries, ..full() }
    };
    let off = View {
        enabled: false,
        gone: Some("it answered 410".into()),
        kind: EndpointKind::Slack,
        overlap: None,
        deliveries: Vec::new(),
        ..full()
    };
    let refused = Draft::of("edit").value("name", "ticket system").problem("address", "This address cannot be told anything.");
    vec![
        ("full", full()),
        ("empty", off),
        ("fresh", View { fresh_secret: Some(Secret::new("whsec_sample")), ..full() }),
        ("error", View { draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
