//! One person: groups, what they reach, which agents they answer for.

use chancery_kernel::Timestamp;
use chancery_model::UserStatus;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::notice::{self, Tone};
use crate::parts::table::{Column, table};
use crate::parts::tokens::{self, On};
use crate::parts::{Draft, EventRow, Form, Named, Token, badge, facts, form, name, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub version: i64,
    pub login: String,
    pub display_name: String,
    pub email: String,
    pub status: UserStatus,
    pub manager: Option<Named>,
    pub created: Timestamp,
    pub groups: Vec<Named>,
    pub reaches: Vec<Reach>,
    /// Agents this person sponsors, then those they own.
    pub sponsors: Vec<Named>,
    pub owns: Vec<Named>,
    /// The person who looks: they cannot disable themselves.
    pub oneself: bool,
    pub tokens: Vec<Token>,
    /// There are more than are listed.
    pub more_tokens: bool,
    pub evidence: Vec<EventRow>,
    /// Names of second factors.
    pub factors: Vec<String>,
    /// Forms `profile` (`display_name`, `email`, `manager`) and `password` (`password`).
    pub draft: Draft,
}

/// An application and the way the person comes to it.
#[derive(Clone, Debug)]
pub struct Reach {
    pub application: Named,
    /// The group that gives it; absent: assigned directly.
    pub through: Option<Named>,
    pub scopes: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Users,
        title: &view.display_name,
        noun: "User",
        badges: badge::user(view.status),
        actions: html! {},
        lead: "",
        live: true,
    };
    let body = html! {
        @if view.status == UserStatus::Disabled {
            (notice::notice(Tone::Warning, "Disabled", html! { p { "Cannot sign in, and no agent can act for this person." } }))
        }
        div.columns.uneven {
            div {
                section aria-labelledby="reach" { h2 #reach { "Reaches" } (reaches(&view.reaches)) }
                section aria-labelledby="tokens" {
                    h2 #tokens { "Live tokens in this person’s name" }
                    (tokens::tokens(frame, On::User(&view.id), &view.tokens, view.more_tokens))
                }
                section aria-labelledby="evidence" {
                    h2 #evidence { "Recent evidence" }
                    (timeline::timeline(frame, Some("seen"), &view.evidence, ("Nothing yet.", "")))
                    p.more { a href=(links::with(links::audit(), &[("user", &view.login)])) { "All evidence of this person" } }
                }
            }
            div {
                section.panel aria-labelledby="who" { h2 #who { "Who" } (who(frame, view)) }
                section.panel aria-labelledby="change" { h2 #change { "Change" } (changes(frame, view)) }
            }
        }
    };
    frame::desk(frame, &head, &body)
}

fn who(frame: &Frame, view: &View) -> Markup {
    let names = |list: &[Named], one: fn(&Named) -> Markup| html! {
        @if list.is_empty() { span.muted { "none" } }
        @else { ul.plain { @for named in list { li { (one(named)) } } } }
    };
    facts::facts(&[
        ("Login", html! { (view.login) }),
        ("E-mail", html! { (view.email) }),
        ("Manager", html! { @match &view.manager { Some(m) => (name::user(m)), None => span.muted { "not given" } } }),
        ("Groups", names(&view.groups, name::group)),
        ("Sponsors", names(&view.sponsors, name::agent)),
        ("Owns", names(&view.owns, name::agent)),
        ("Second factors", html! { @if view.factors.is_empty() { span.muted { "none" } } @else { (view.factors.join(", ")) } }),
        ("Since", time::ago(frame.now, view.created)),
        ("Id", name::copied(&view.id)),
    ])
}

fn reaches(reaches: &[Reach]) -> Markup {
    const COLUMNS: &[Column] = &[Column::of("Application"), Column::of("Through"), Column::of("Scopes")];
    if reaches.is_empty() {
        return notice::empty("Reaches nothing.", "Add the person to a group, or assign them to an application.");
    }
    let cells = |r: &Reach| {
        vec![
            name::application(&r.application),
            html! { @match &r.through { Some(group) => (name::group(group)), None => "assigned directly" } },
            html! { @if r.scopes.is_empty() { "all" } @else { (name::scopes(&r.scopes)) } },
        ]
    };
    table("Applications this person reaches", COLUMNS, &reaches.iter().map(cells).collect::<Vec<_>>())
}

fn changes(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "profile", &view.draft).version(view.version);
    let manager = view.manager.as_ref().map(|m| m.name.as_str()).unwrap_or_default();
    let profile = f.post(
        &links::user(&view.id),
        &html! {
            (f.text("display_name", "Name").required().most(120).value(&view.display_name))
            (f.typed("email", "email", "E-mail").required().most(320).value(&view.email))
            (f.text("manager", "Manager").value(manager).hint("Login name."))
            (form::submit("Save"))
        },
    );
    let p = Form::new(frame, "password", &view.draft).version(view.version);
    let password = p.post(
        &links::user_password(&view.id),
        &html! {
            (p.typed("password", "password", "New password").required().autocomplete("new-password")
                .hint("At least 15 characters. Ends every session of this person."))
            (form::submit("Set password"))
        },
    );
    let l = Form::new(frame, "factors", &view.draft).version(view.version);
    let lost = l.post(
        &links::user_factors_reset(&view.id),
        &html! {
            (l.text("reason", "Reason").required().most(200)
                .hint("It stands in the audit log. Ends every session of this person; the password alone lets them in."))
            (form::submit("Reset second factors"))
        },
    );
    html! {
        (form::disclosure("Edit profile", f.is_refused(), &profile))
        (form::disclosure("Set a new password", p.is_refused(), &password))
        @if !view.factors.is_empty() { (form::disclosure("Reset second factors", l.is_refused(), &lost)) }
        div.stack { (switches(frame, view)) }
    }
}

fn switches(frame: &Frame, view: &View) -> Markup {
    let about = view.login.as_str();
    let off = Form::button(frame, "disable").version(view.version).confirm(format!(
        "Disable {about}? Every session and every token in this person’s name stops at once."
    ));
    let on = Form::button(frame, "enable").version(view.version);
    html! {
        @if view.status == UserStatus::Disabled {
            (form::button_post(&on, &links::user_enable(&view.id), "", "Enable user", "", &html! {}))
        } @else if !view.oneself {
            (form::button_post(&off, &links::user_disable(&view.id), "danger", "Disable user", "", &html! {}))
        }
    }
}

fn token() -> Token {
    Token {
        run: None,
        application: sample::finance(),
        agent: Some(sample::finance_agent()),
        user: Some(sample::alice()),
        client: sample::backend(),
        scopes: vec!["invoices.read".into()],
        expires: sample::after(281),
        position: 48_214,
    }
}

fn full() -> View {
    View {
        id: sample::alice().id,
        version: 3,
        login: "alice@corp.example".into(),
        display_name: "Alice Moreau".into(),
        email: "alice@corp.example".into(),
        status: UserStatus::Active,
        manager: Some(sample::ines()),
        created: sample::before(90 * 86_400),
        groups: vec![sample::finance_users()],
        reaches: vec![
            Reach { application: sample::finance(), through: Some(sample::finance_users()), scopes: Vec::new() },
            Reach { application: sample::hr(), through: None, scopes: vec!["leave.read".into()] },
        ],
        sponsors: Vec::new(),
        owns: vec![sample::finance_agent()],
        oneself: false,
        tokens: vec![token()],
        more_tokens: false,
        evidence: vec![sample::allowance(), sample::denial()],
        factors: vec!["Laptop".into(), "my phone".into()],
        draft: Draft::default(),
    }
}

fn bare() -> View {
    View {
        manager: None,
        groups: Vec::new(),
        reaches: Vec::new(),
        owns: Vec::new(),
        tokens: Vec::new(),
        evidence: Vec::new(),
        factors: Vec::new(),
        oneself: true,
        ..full()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let named = |text: &str| Named::new("usr_8", text);
    let odd = |text: &str| View {
        login: text.into(),
        display_name: text.into(),
        email: text.into(),
        manager: Some(named(text)),
        groups: vec![named(text)],
        reaches: vec![Reach { application: named(text), through: Some(named(text)), scopes: vec![text.into()] }],
        ..full()
    };
    let refused = Draft::of("profile").value("email", "nowhere").problem("email", "This is no e-mail address.");
    vec![
        ("empty", bare()),
        ("full", full()),
        ("disabled", View { status: UserStatus::Disabled, ..full() }),
        ("error", View { draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}
