//! A person's own page: what they allowed, where they are signed in.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, Form, badge, form, name, notice, time};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub consents: Vec<Consent>,
    pub sessions: Vec<Session>,
    /// Who answers while the person is away.
    pub away: Option<Away>,
    /// Forms `away` (`stand_in`, `from`, `until`) and `password`: `current`, `password`, `password_again`.
    pub browsers: Vec<Told>,
    /// Form `password`: `current`, `password`, `password_again`.
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Consent {
    pub grant: String,
    pub version: i64,
    /// Agent, or client where no agent stands behind it.
    pub asker: String,
    /// Empty: the person's own profile.
    pub application: String,
    pub scopes: Vec<String>,
    pub given: Timestamp,
    pub until: Option<Timestamp>,
}

/// A browser that tells its owner what waits.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub name: String,
    pub since: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Away {
    pub stand_in: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Session {
    pub id: String,
    /// Browser and system as it introduced itself.
    pub browser: String,
    pub address: String,
    pub since: Timestamp,
    pub last_seen: Timestamp,
    /// The one this page is shown in.
    pub present: bool,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        section aria-labelledby="consents" {
            h2 #consents { "What you allowed" }
            @if view.consents.is_empty() {
                (notice::empty("You have allowed nothing yet.",
                    "When an agent asks to act for you and you agree, it appears here, and you can take it back."))
            } @else { (consents(frame, &view.consents)) }
        }
        section aria-labelledby="asked" {
            h2 #asked { "What you need" }
            p { a href=(links::own_requests()) { "Ask to be let into a system for a while, and see what became of it" } }
        }
        section aria-labelledby="sessions" {
            h2 #sessions { "Where you are signed in" }
            (sessions(frame, &view.sessions))
        }
        section aria-labelledby="away" {
            h2 #away { "While you are away" }
            (away(frame, view))
        }
        section aria-labelledby="told" {
            h2 #told { "Where you are told" }
            @if view.browsers.is_empty() {
                p { "No browser tells you what waits. Open " a href=(links::inbox()) { "your inbox" } " in the one that is to." }
            } @else { (told(frame, &view.browsers)) }
        }
        section aria-labelledby="factors" {
            h2 #factors { "Second factors" }
            p { a href=(links::factors()) { "Passkeys, authenticator apps and recovery codes" } }
        }
        section aria-labelledby="password" {
            h2 #password { "Password" }
            (password(frame, &view.draft))
        }
    };
    frame::sheet(frame, "Your page", "What agents may do in your name, and where you are signed in.", &body)
}

fn consents(frame: &Frame, consents: &[Consent]) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Who"),
        Column::of("In"),
        Column::of("May"),
        Column::of("Given"),
        Column::of("Ends"),
        Column::act("Withdraw"),
    ];
    let rows: Vec<Vec<Markup>> = consents
        .iter()
        .map(|c| {
            let form = Form::button(frame, "withdraw")
                .version(c.version)
                .confirm(format!("Withdraw what you allowed {}? It stops at once.", c.asker));
            vec![
                html! { (c.asker) },
                html! { @if c.application.is_empty() { "Your profile" } @else { (c.application) } },
                name::scopes(&c.scopes),
                time::ago(frame.now, c.given),
                html! { @match c.until { Some(at) => (time::ago(frame.now, at)), None => "when you withdraw it" } },
                form::button_post(&form, &links::withdraw(&c.grant), "danger", "Withdraw", &c.asker, &html! {}),
            ]
        })
        .collect();
    table("Consents", COLUMNS, &rows)
}

fn sessions(frame: &Frame, sessions: &[Session]) -> Markup {
    const COLUMNS: &[Column] =
        &[Column::of("Browser"), Column::of("Address"), Column::of("Since"), Column::of("Last seen"), Column::act("End")];
    let rows: Vec<Vec<Markup>> = sessions
        .iter()
        .map(|s| {
            let end = form::button_post(
                &Form::button(frame, "session"),
                &links::session_end(&s.id),
                "",
                "Sign out",
                &s.browser,
                &html! {},
            );
            vec![
                html! { (s.browser) @if s.present { " " (badge::quiet("this one")) } },
                html! { (s.address) },
                time::ago(frame.now, s.since),
                time::ago(frame.now, s.last_seen),
                if s.present { html! { span.muted { "in use" } } } else { end },
            ]
        })
        .collect();
    let others = Form::button(frame, "others").confirm("Sign out everywhere but here?");
    html! {
        (table("Sessions", COLUMNS, &rows))
        @if sessions.len() > 1 {
            (form::button_post(&others, &links::sessions_end_others(), "", "Sign out everywhere else", "", &html! {}))
        }
    }
}

fn away(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "away", &view.draft);
    let body = f.post(
        &links::stand_in(),
        &html! {
            (f.text("stand_in", "Who answers for you").required().most(320).hint("Their login name."))
            div.pair {
                (f.typed("date", "from", "First day").required())
                (f.typed("date", "until", "Last day").required())
            }
            (form::submit("Name them"))
        },
    );
    let back = Form::button(frame, "back");
    html! {
        @match &view.away {
            Some(away) => {
                p { (away.stand_in) " answers in your stead, from " (time::ago(frame.now, away.from)) " until "
                    (time::ago(frame.now, away.until)) "." }
                (form::button_post(&back, &links::stand_in(), "danger", "Take it back", "", &html! {}))
            }
            None => p.muted { "What agents ask of you waits for you, and lapses when you do not answer." },
        }
        (form::disclosure("Name somebody who answers for you", f.is_refused(), &body))
    }
}

fn told(frame: &Frame, browsers: &[Told]) -> Markup {
    const COLUMNS: &[Column] = &[Column::of("Browser"), Column::of("Since"), Column::act("Remove")];
    let rows: Vec<Vec<Markup>> = browsers
        .iter()
        .map(|b| {
            let form = Form::button(frame, "browser");
            let remove = links::browser_remove(&b.id);
            vec![
                html! { (b.name) },
                time::ago(frame.now, b.since),
                form::button_post(&form, &remove, "", "Remove", &b.name, &html! {}),
            ]
        })
        .collect();
    table("Browsers that tell you", COLUMNS, &rows)
}

fn password(frame: &Frame, draft: &Draft) -> Markup {
    let f = Form::new(frame, "password", draft);
    let body = f.post(
        &links::password_change(),
        &html! {
            (f.typed("password", "current", "Present password").required().autocomplete("current-password"))
            (f.typed("password", "password", "New password").required().autocomplete("new-password")
                .hint("At least 15 characters."))
            (f.typed("password", "password_again", "New password again").required().autocomplete("new-password"))
            (form::submit("Change password"))
        },
    );
    form::disclosure("Change your password", f.is_refused(), &body)
}

fn full() -> View {
    let consent = |asker: &str, application: &str, scope: &str| Consent {
        grant: "grt_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        version: 1,
        asker: asker.into(),
        application: application.into(),
        scopes: vec![scope.into(), "profile".into()],
        given: sample::before(6 * 86_400),
        until: None,
    };
    let session = |browser: &str, present| Session {
        id: "ses_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        browser: browser.into(),
        address: "203.0.113.24".into(),
        since: sample::before(7_000),
        last_seen: sample::before(10),
        present,
    };
    let mut bounded = consent("finance-agent-app", "FinanceApp", "invoices.read");
    bounded.until = Some(sample::after(20 * 86_400));
    View {
        consents: vec![bounded, consent("Support desk", "", "email")],
        browsers: vec![Told { id: "00ff".into(), name: "Safari on iPhone".into(), since: sample::before(7_000) }],
        sessions: vec![session("Firefox on Linux", true), session("Safari on iPhone", false)],
        away: Some(Away { stand_in: "Ines Duarte".into(), from: sample::before(86_400), until: sample::after(86_400) }),
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let mut hostile = full();
    let mut long = full();
    for consent in &mut hostile.consents {
        consent.asker = sample::HOSTILE.into();
        consent.scopes = vec![sample::HOSTILE.into()];
    }
    for told in &mut hostile.browsers {
        told.name = sample::HOSTILE.into();
    }
    for session in &mut hostile.sessions {
        session.browser = sample::HOSTILE.into();
    }
    for consent in &mut long.consents {
        consent.asker = sample::LONG.into();
        consent.application = sample::LONG.into();
    }
    hostile.away = hostile.away.map(|away| Away { stand_in: sample::HOSTILE.into(), ..away });
    let alone = View { sessions: full().sessions.into_iter().take(1).collect(), ..View::default() };
    let refused = Draft::of("password").problem("current", "That is not your present password.");
    vec![
        ("empty", alone),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", long),
        ("hostile", hostile),
    ]
}
