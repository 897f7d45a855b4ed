//! What people do on their own pages is in the log as well: every form of theirs, with who sent it and in which request.

use std::collections::BTreeSet;

use chancery_console::links::ROUTES;
use chancery_testkit::{Browser, PASSWORD, Page};
use serde_json::json;

use super::served;
use crate::approvals::tells::Listener;
use crate::approvals::{Desk, answers};
use crate::world::{Reply, fill};

/// Forms in an order in which each finds what it needs, and what the log has of each.
const FORMS: [(&str, &str); 15] = [
    ("browsers", "browser_subscribed"),
    ("browser_remove", "browser_unsubscribed"),
    ("stand_in", "stand_in_named"),
    ("question_answer", "approval_granted"),
    ("question_take_back", "approval_canceled"),
    ("own_requests", "own_request_filed"),
    ("own_request_cancel", "approval_canceled"),
    ("own_permission_return", "grant_ended"),
    ("withdraw", "consent_withdrawn"),
    ("session_end", "session_ended"),
    ("sessions_end_others", "session_ended"),
    ("factor_totp", "factor_enrolled recovery_codes_made"),
    ("factor_codes", "recovery_codes_made"),
    ("second_factor", "second_factor_proven"),
    ("factor_remove", "factor_removed"),
];

/// Those of signing in and out are steps of the protocol (`coverage`), the first one founds the organization (`boot`), and for
/// passkeys it takes a device (`factors::passkeys`).
const ELSEWHERE: [&str; 7] =
    ["consent", "factor_passkey", "log_out", "password_change", "second_factor_passkey", "setup", "sign_in"];

struct Own {
    d: Desk,
    app: Option<crate::factors::App>,
}

impl Own {
    /// The first path of this form on a page.
    async fn on(&mut self, page: &str, ends: &str) -> String {
        let page = self.d.browser.get(page).await.unwrap();
        let mut all = page.body.split("action=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        all.find(|path| path.ends_with(ends)).unwrap_or_else(|| panic!("no {ends}: {}", page.body)).to_owned()
    }

    async fn send(&mut self, path: &str, fields: &[(&'static str, String)]) -> Page {
        fill(&mut self.d.browser, path, fields).await
    }

    async fn ask_for_myself(&mut self) -> Page {
        let typed = [("system", "desk"), ("scopes", "desk.read"), ("purpose", "a test"), ("length", "900")];
        self.send("/me/requests", &typed.map(|(name, value)| (name, value.to_owned()))).await
    }

    async fn another_browser(&self) -> Browser {
        let mut other = self.d.w.kit.browser().unwrap();
        other.sign_in(&self.d.brandon.login, PASSWORD).await.unwrap();
        other
    }

    async fn sends(&mut self, form: &str) -> Page {
        let text = str::to_owned;
        match form {
            "browsers" => {
                let fields = Listener::new().await.fields("https://push.example/x");
                self.send("/me/browsers", &fields).await
            }
            "browser_remove" => self.presses("/me", "/remove").await,
            "stand_in" => {
                let carol = self.d.w.person("carol").await;
                let days = [("from", text("2026-06-01")), ("until", text("2026-06-02"))];
                self.send("/me/stand-in", &[&[("stand_in", carol.login)], &days[..]].concat()).await
            }
            "question_answer" => {
                let asked = self.d.ask().await;
                answers(&mut self.d.browser, &asked.approval, "approve").await
            }
            "question_take_back" => {
                let page = self.d.browser.get("/inbox").await.unwrap();
                let id = page
                    .body
                    .split("/inbox/apr_")
                    .nth(1)
                    .unwrap()
                    .split(['"', '/'])
                    .next()
                    .unwrap()
                    .to_owned();
                self.send(&format!("/inbox/apr_{id}/take-back"), &[]).await
            }
            "own_requests" => self.ask_for_myself().await,
            "own_request_cancel" => self.presses("/me/requests", "/cancel").await,
            "own_permission_return" => {
                self.ask_for_myself().await;
                let asked = self.on("/me/requests", "/cancel").await;
                let id = asked.split('/').nth(3).unwrap();
                assert_eq!(answers(&mut self.d.w.desk, id, "approve").await.status, 303);
                self.presses("/me/requests", "/return").await
            }
            "withdraw" => {
                let (who, client) = (self.d.brandon.clone(), self.d.agent.client.clone());
                let asked = [("scope", "openid crm.read"), ("resource", self.d.crm.resource.as_str())];
                self.d.w.sign_in_with(&mut self.d.browser, &who, &client, &asked).await;
                self.presses("/me", "/withdraw").await
            }
            "session_end" => {
                self.another_browser().await;
                self.presses("/me", "/end").await
            }
            "sessions_end_others" => {
                self.another_browser().await;
                self.presses("/me", "/end-others").await
            }
            _ => self.factors(form).await,
        }
    }

    async fn factors(&mut self, form: &str) -> Page {
        match form {
            "factor_totp" => {
                let page = self.d.browser.get("/me/factors/totp").await.unwrap();
                let (app, typed) = crate::factors::App::offered(&page, &self.d.w.kit);
                self.app = Some(app);
                let typed = [("one_time", typed.as_str()), ("name", "my phone")];
                self.d.browser.submit(&page, "/me/factors/totp", &typed).await.unwrap()
            }
            "factor_codes" => self.presses("/me/factors", "/codes").await,
            "second_factor" => {
                self.d.w.advance(30);
                let code = self.app.as_ref().unwrap().code(&self.d.w.kit);
                crate::factors::second(&mut self.d.browser, &code).await
            }
            _ => self.presses("/me/factors", "/remove").await,
        }
    }

    async fn presses(&mut self, page: &str, ends: &str) -> Page {
        let path = self.on(page, ends).await;
        self.send(&path, &[]).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_person_leaves_its_event_with_the_person_and_the_request() {
    let mut d = Desk::open().await;
    d.w.app("desk", json!({})).await;
    let reader = d.w.scoped("events.read").await;
    let brandon = d.brandon.id.clone();
    let mut own = Own { d, app: None };
    for (form, kinds) in FORMS {
        let page = own.sends(form).await;
        assert!([200, 303].contains(&page.status), "{form}: {} {}", page.status, page.body);
        let (logged, actors) = own.d.w.logged(&reader, &Reply::of(page)).await;
        assert_eq!(logged.join(" "), kinds, "{form}");
        assert!(actors.iter().eq([&brandon]), "{form} by {actors:?}");
    }
    let served = served::of(&own.d.w.kit);
    let posted = ROUTES.iter().filter(|(_, pattern)| {
        !pattern.starts_with("/console")
            && served.get(*pattern).is_some_and(|methods| methods.contains("POST"))
    });
    let posted: BTreeSet<&str> = posted.map(|(name, _)| *name).collect();
    let known: BTreeSet<&str> = FORMS.iter().map(|(name, _)| *name).chain(ELSEWHERE).collect();
    assert_eq!(posted, known, "a new form gets its line in FORMS");
}
