//! People hear of what concerns them beside the questions themselves: that their second factor is gone, and that a question
//! is theirs now.

use chancery_outbound::smtp::Encryption;
use chancery_testkit::{Kit, PASSWORD, calling_here};
use serde_json::json;

use super::Desk;
use super::tells::Listener;
use super::tells::sink::{Sink, Style};
use crate::world::{World, fill};

/// A desk with a relay.
pub async fn desk() -> (Desk, Sink) {
    let sink = Sink::start(Style::Plain, None, None).await;
    let port = sink.address.port();
    let kit = Kit::start_with(|config| {
        calling_here(config);
        config.mail.host = Some("127.0.0.1".into());
        config.mail.port = Some(port);
        config.mail.encryption = Encryption::None;
        config.mail.from = Some("chancery@corp.example".into());
    });
    (Desk::open_on(World::on(kit.await.unwrap()).await).await, sink)
}

/// The subject and the text of a letter.
pub fn read(body: &str) -> (String, String) {
    let decoded = |coded: &str| {
        let bare: String = coded.chars().filter(char::is_ascii_graphic).collect();
        let bare = bare.trim_end_matches('=').replace('+', "-").replace('/', "_");
        String::from_utf8(chancery_jose::unb64(&bare).unwrap()).unwrap()
    };
    let (head, rest) = body.split_once("\r\n\r\n").unwrap();
    let subject = head.split("Subject: ").nth(1).unwrap().split("\r\nDate").next().unwrap();
    let words = subject
        .split("\r\n ")
        .map(|word| decoded(word.trim_start_matches("=?utf-8?B?").trim_end_matches("?=")));
    let part = rest.split("base64\r\n\r\n").nth(1).unwrap().split("\r\n--").next().unwrap();
    (words.collect(), decoded(part))
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_factors_were_taken_away_hears_of_it_in_the_mail_in_the_browser_and_in_the_inbox() {
    let (mut d, mut sink) = desk().await;
    let mut phone = Listener::new().await;
    phone.subscribe(&mut d).await;
    let path = format!("/api/v1/users/{}/factors/reset", d.brandon.id);
    d.w.make(&path, json!({"reason": "a lost phone"})).await;
    let letter = sink.next().await;
    assert_eq!(letter.to, [format!("RCPT TO:<{}>", d.brandon.login)]);
    let (subject, text) = read(&letter.body);
    assert_eq!(subject, "Your second factors were taken away");
    assert!(text.contains("call your administrators now") && text.contains("/inbox"), "{text}");
    let heard = phone.service.next().await.unwrap();
    let told = phone.read(&heard);
    assert_eq!(
        (told["title"].as_str(), told["path"].as_str()),
        (Some("Your second factors were taken away"), Some("/inbox"))
    );
    d.browser.sign_in(&d.brandon.login.clone(), PASSWORD).await.unwrap();
    assert!(d.browser.get("/inbox").await.unwrap().body.contains("Your second factors were taken away."));
    d.w.advance(7 * 86_400);
    d.browser.sign_in(&d.brandon.login.clone(), PASSWORD).await.unwrap();
    assert!(!d.browser.get("/inbox").await.unwrap().body.contains("taken away"));
    assert!(!sink.has_more(), "nobody else is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_answer_only_now_is_told_when_it_is_handed_on_and_nobody_twice() {
    let (mut d, mut sink) = desk().await;
    let manager = d.w.person("erin").await;
    let path = format!("/api/v1/users/{}", d.brandon.id);
    d.w.api().await.patch(&path, json!({"manager": manager.id})).await.unwrap().ok().unwrap();
    let rule = json!({"who": "person", "escalation": {"after": 60, "to": "manager"}});
    let connection =
        json!({"agent": d.agent.id, "application": d.crm.id, "approval": "crm.pay", "approver": rule});
    d.w.make("/api/v1/connections", connection).await;
    d.ask().await;
    let first = sink.next().await;
    assert_eq!(first.to, [format!("RCPT TO:<{}>", d.brandon.login)]);
    d.w.advance(61);
    let second = sink.next().await;
    assert_eq!(second.to, [format!("RCPT TO:<{}>", manager.login)]);
    assert_eq!(read(&second.body).0, "sales asks for your yes: nobody has answered");
    assert!(!sink.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_to_stand_in_is_told_of_what_waits_already() {
    let (mut d, mut sink) = desk().await;
    let carol = d.w.person("carol").await;
    let asked = d.ask().await;
    assert_eq!(sink.next().await.to, [format!("RCPT TO:<{}>", d.brandon.login)]);
    let named =
        [("stand_in", carol.login.clone()), ("from", "2026-06-01".into()), ("until", "2026-06-01".into())];
    assert_eq!(fill(&mut d.browser, "/me/stand-in", &named).await.status, 303);
    let letter = sink.next().await;
    assert_eq!(letter.to, [format!("RCPT TO:<{}>", carol.login)]);
    let (subject, text) = read(&letter.body);
    assert_eq!(subject, "sales asks for your yes: you stand in for somebody");
    assert!(text.contains(&asked.approval), "{text}");
    assert!(!sink.has_more(), "who is away was told before");
}
