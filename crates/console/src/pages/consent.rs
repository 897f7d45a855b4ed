//! Consent: what an agent wants to do in a person's name, said so that a person can decide.

use chancery_kernel::{Seconds, Timestamp};
use chancery_model::{Action, Tier};
use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::icon::{Icon, icon};
use crate::parts::notice::{self, Tone};
use crate::parts::{Draft, Form, badge, facts, form, name, time};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    /// Handle of the authorization request.
    pub request: String,
    /// What the page shows, as a tag: the answer is to that and nothing else.
    pub shown: String,
    /// The agent's name, or the client's when no agent stands behind it.
    pub asker: String,
    pub is_agent: bool,
    /// What the agent is for, in its registration's words.
    pub purpose: String,
    /// Accountable person; empty: nobody.
    pub sponsor: String,
    pub owners: Vec<String>,
    pub client_id: String,
    /// Host the client is run from, as registered.
    pub client_host: String,
    /// Host the browser goes to after the answer.
    pub redirect_host: String,
    /// That host is the person's own machine.
    pub redirect_local: bool,
    /// The system it is about; empty: the person's own profile here.
    pub application: String,
    pub resource: String,
    pub scopes: Vec<Asked>,
    /// How long each token lives.
    pub token_lifetime: Seconds,
    /// When the consent itself ends; absent: when the person withdraws it.
    pub until: Option<Timestamp>,
}

/// One thing asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub scope: String,
    /// In the infinitive: `read invoices of your department`.
    pub title: String,
    pub data: String,
    pub action: Action,
    pub impact: String,
    pub tier: Tier,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let system = if view.application.is_empty() { "your profile" } else { &view.application };
    let changes = view.scopes.iter().any(|s| s.action == Action::Change);
    let body = html! {
        p.noun { "Consent" }
        h1 { (view.asker) " wants to act for you in " (system) }
        (parties(frame, view, system))
        @if changes {
            (notice::notice(Tone::Warning, "It could change data, not only read it.",
                html! { p { "What it changes there counts as done on your behalf." } }))
        }
        h2 { "What it could do" }
        ul.asks { @for asked in &view.scopes { (ask(asked)) } }
        h2 { "Who asks" }
        (asker(view))
        h2 { "For how long" }
        p { (duration(view)) }
        (answer(frame, view))
    };
    frame::card(frame, &format!("{} asks for consent", view.asker), true, &body)
}

fn parties(frame: &Frame, view: &View, system: &str) -> Markup {
    let shape = if view.is_agent { Icon::Agent } else { Icon::System };
    html! {
        ul.parties aria-label="Who is involved" {
            li { (icon(shape)) span.party-role { @if view.is_agent { "AI agent" } @else { "Program" } } strong { (view.asker) } }
            @if let Some(viewer) = &frame.viewer {
                li { (icon(Icon::Person)) span.party-role { "acting for you" } strong { (viewer.login) } }
            }
            li { (icon(Icon::System)) span.party-role { "in" } strong { (system) } }
        }
    }
}

fn ask(asked: &Asked) -> Markup {
    html! {
        li.changes[asked.action == Action::Change] {
            div.ask-head { p.ask-title { (asked.title) } (badge::action(asked.action)) }
            @if !asked.data.is_empty() { p.ask-line { span.ask-term { "Data" } (asked.data) } }
            @if !asked.impact.is_empty() { p.ask-line { span.ask-term { "If misused" } (asked.impact) } }
            @if asked.tier == Tier::Approval {
                p.ask-line { span.ask-term { "Each time" } "You will be asked again before it happens." }
            }
            p.ask-line { span.ask-term { "Scope" } code { (asked.scope) } }
        }
    }
}

fn asker(view: &View) -> Markup {
    let mut pairs = Vec::new();
    if view.is_agent {
        pairs.push(("Purpose", facts::or_none(&view.purpose)));
        let nobody = html! { (badge::warning("nobody")) };
        pairs.push(("Accountable", if view.sponsor.is_empty() { nobody } else { html! { (view.sponsor) } }));
        pairs.push(("Technical owners", facts::lines(&view.owners)));
    }
    pairs.push(("Runs at", facts::or_none(&view.client_host)));
    pairs.push(("Sends you back to", html! {
        (view.redirect_host)
        @if view.redirect_local { " " span.muted { "(this computer)" } }
    }));
    pairs.push(("Client", name::code(&view.client_id)));
    if !view.resource.is_empty() {
        pairs.push(("System’s address", name::code(&view.resource)));
    }
    facts::facts(&pairs)
}

fn duration(view: &View) -> Markup {
    html! {
        @match view.until {
            Some(until) => { "Until " strong { (time::exact(until)) } ", or earlier when you withdraw it. " },
            None => { "Until you withdraw it. " },
        }
        "Each pass it receives is good for " (time::span(view.token_lifetime)) ". "
        "You find this consent on your page afterwards; taking it back works at once."
    }
}

fn answer(frame: &Frame, view: &View) -> Markup {
    let draft = Draft::default();
    let f = Form::new(frame, "consent", &draft);
    f.post(
        &links::consent(),
        &html! {
            (form::hidden("request", &view.request))
            (form::hidden("shown", &view.shown))
            div.buttons.even {
                button type="submit" name="answer" value="deny" { "Deny" }
                button.primary type="submit" name="answer" value="allow" { "Allow" }
            }
            @if let Some(viewer) = &frame.viewer {
                p.fine {
                    "Signed in as " strong { (viewer.name) } " (" (viewer.login) "). "
                    a href=(links::log_out()) { "Not you?" }
                }
            }
        },
    )
}

fn full() -> View {
    View {
        request: "areq-sample".into(),
        shown: "tag-sample".into(),
        asker: "finance-agent-app".into(),
        is_agent: true,
        purpose: "Answers questions on open invoices and prepares payment runs.".into(),
        sponsor: "Ines Castell, Finance Operations".into(),
        owners: vec!["Jonas Weber".into(), "Priya Nair".into()],
        client_id: "cli_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        client_host: "assistant.corp.example".into(),
        redirect_host: "assistant.corp.example".into(),
        redirect_local: false,
        application: "FinanceApp".into(),
        resource: "https://finance.corp.example/api".into(),
        scopes: vec![
            Asked {
                scope: "invoices.read".into(),
                title: "Read the invoices of your department".into(),
                data: "Invoice numbers, amounts, suppliers, due dates".into(),
                action: Action::Read,
                impact: "Confidential prices of suppliers become known.".into(),
                tier: Tier::Auto,
            },
            Asked {
                scope: "payments.prepare".into(),
                title: "Prepare payments up to 10,000 euros".into(),
                data: "Payment runs that wait for release".into(),
                action: Action::Change,
                impact: "A wrong payment is prepared; a second person still has to release it.".into(),
                tier: Tier::Approval,
            },
        ],
        token_lifetime: Seconds(300),
        until: Some(sample::after(30 * 86_400)),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let mut read = full();
    read.scopes.truncate(1);
    let profile = View {
        asker: "Support desk".into(),
        is_agent: false,
        application: String::new(),
        resource: String::new(),
        redirect_host: "127.0.0.1:8765".into(),
        redirect_local: true,
        until: None,
        ..read.clone()
    };
    let orphan = View { sponsor: String::new(), owners: Vec::new(), purpose: String::new(), ..full() };
    let long = View { asker: sample::LONG.into(), application: sample::LONG.into(), ..full() };
    let mut hostile = View {
        asker: sample::HOSTILE.into(),
        purpose: sample::HOSTILE.into(),
        redirect_host: sample::HOSTILE.into(),
        owners: vec![sample::HOSTILE.into()],
        application: sample::HOSTILE.into(),
        ..full()
    };
    for asked in &mut hostile.scopes {
        asked.title = sample::HOSTILE.into();
        asked.scope = sample::HOSTILE.into();
    }
    vec![
        ("full", full()),
        ("read", read),
        ("profile", profile),
        ("orphan", orphan),
        ("long", long),
        ("hostile", hostile),
    ]
}
