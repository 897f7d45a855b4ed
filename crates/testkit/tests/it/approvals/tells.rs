//! People are told what waits for them: by mail to a relay, and by push to a browser that decrypts.

use std::collections::BTreeMap;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use chancery_jose::b64;
use chancery_notify::{Keys, open_for_tests};
use chancery_testkit::endpoint::{Answer, Heard};
use chancery_testkit::{Endpoint, Kit, Page, calling_here};
use serde_json::Value;

use super::Desk;
use crate::world::{World, fill};

#[path = "../../../../outbound/tests/it/sink.rs"]
#[expect(dead_code, reason = "the tests of mail ask more of it")]
pub mod sink;

use sink::{Sink, Style};

/// A browser's half of a subscription (Push API §8).
pub struct Listener {
    private: Vec<u8>,
    keys: Keys,
    pub service: Endpoint,
}

impl Listener {
    pub async fn new() -> Self {
        let key = PrivateKey::generate(&ECDH_P256).unwrap();
        let private: EcPrivateKeyBin<'_> = key.as_be_bytes().unwrap();
        let keys = Keys { p256dh: key.compute_public_key().unwrap().as_ref().to_vec(), auth: vec![7; 16] };
        Self { private: private.as_ref().to_vec(), keys, service: Endpoint::start().await.unwrap() }
    }

    pub fn fields(&self, endpoint: &str) -> [(&'static str, String); 3] {
        [
            ("endpoint", endpoint.to_owned()),
            ("p256dh", b64(&self.keys.p256dh)),
            ("auth", b64(&self.keys.auth)),
        ]
    }

    pub async fn subscribe(&self, d: &mut Desk) -> Page {
        fill(&mut d.browser, "/me/browsers", &self.fields(&self.service.at("/push/one"))).await
    }

    pub fn read(&self, heard: &Heard) -> Value {
        let plain = open_for_tests(&self.private, &self.keys, &heard.body).unwrap();
        serde_json::from_slice(&plain).unwrap()
    }
}

async fn desk() -> Desk {
    Desk::open_on(World::on(Kit::start_calling_here().await.unwrap()).await).await
}

fn vapid(heard: &Heard) -> (String, String) {
    let header = heard.header("authorization").strip_prefix("vapid ").unwrap();
    let parts: BTreeMap<&str, &str> = header.split(", ").filter_map(|part| part.split_once('=')).collect();
    (parts["t"].to_owned(), parts["k"].to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_told_in_the_words_of_the_inbox_and_nobody_in_between_reads_them() {
    let mut d = desk().await;
    let mut phone = Listener::new().await;
    let inbox = d.browser.get("/inbox").await.unwrap();
    assert!(inbox.body.contains("data-push=") && inbox.body.contains("app.webmanifest"), "{}", inbox.body);
    assert_eq!(phone.subscribe(&mut d).await.status, 303);
    let asked = d.ask().await;
    let heard = phone.service.next().await.unwrap();
    assert_eq!((heard.method.as_str(), heard.path.as_str()), ("POST", "/push/one"));
    assert_eq!((heard.header("content-encoding"), heard.header("urgency")), ("aes128gcm", "high"));
    assert_eq!(heard.header("ttl"), "300");
    assert!(!String::from_utf8_lossy(&heard.body).contains("Brandon"), "it is encrypted");
    let told = phone.read(&heard);
    assert_eq!(told["body"], "“Approve AI agent to pay for Brandon?”");
    assert_eq!(told["title"], "sales asks for your yes");
    assert_eq!(told["path"], format!("/inbox/{}", asked.approval));
    // RFC 8292: a token for this push service, by the key that the page gave the browser.
    let (token, key) = vapid(&heard);
    assert!(inbox.body.contains(&key), "the key that the browser was given");
    let claims = crate::world::claims(&token);
    assert_eq!(
        (claims["aud"].as_str(), claims["sub"].as_str()),
        (Some(&*phone.service.url), Some(d.w.issuer()))
    );
    assert!(claims["exp"].as_i64().unwrap() <= d.w.now() + 86_400);
    let point = chancery_jose::unb64(&key).unwrap();
    let jwk =
        serde_json::json!({"kty": "EC", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..])});
    let keys =
        chancery_jose::Keys::from_set(&serde_json::from_value(serde_json::json!({"keys": [jwk]})).unwrap());
    let expect =
        chancery_jose::Expect { issuer: None, audiences: &[&phone.service.url], now: d.w.now(), leeway: 0 };
    assert!(chancery_jose::verify::<chancery_jose::Vapid, Value>(&token, &keys, &expect).is_ok());
    d.w.contain(&d.agent.id.clone()).await;
    let heard = phone.service.next().await.unwrap();
    let over = phone.read(&heard);
    assert_eq!((over["waits"].as_bool(), over["tag"].as_str()), (Some(false), Some(&*asked.approval)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_gone_is_forgotten_and_one_that_hiccups_is_told_again() {
    let mut d = desk().await;
    let mut phone = Listener::new().await;
    phone.subscribe(&mut d).await;
    phone.service.answers([Answer::Status(410)]);
    d.ask_with(&[("binding_message", "one")]).await;
    phone.service.next().await.unwrap();
    while d.w.events("browser_unsubscribed").await.is_empty() {}
    d.ask_with(&[("binding_message", "two")]).await;
    assert!(
        !d.browser.get("/me").await.unwrap().body.contains("/me/browsers/"),
        "it is on the list no longer"
    );
    assert!(!phone.service.has_more());
    phone.subscribe(&mut d).await;
    phone.service.answers([Answer::Status(503)]);
    d.ask_with(&[("binding_message", "three")]).await;
    phone.service.next().await.unwrap();
    super::delivery::put_off(&d, 1).await;
    d.w.advance(3);
    let heard = phone.service.next().await.unwrap();
    assert_eq!(phone.read(&heard)["body"], "“three”");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_own_browsers_of_a_person_can_be_named_and_none_in_our_own_network() {
    // A server as it comes.
    let mut d = Desk::open().await;
    let phone = Listener::new().await;
    assert_eq!(phone.subscribe(&mut d).await.status, 400, "loopback is no push service");
    let mut bad = phone.fields("https://push.example/x");
    bad[1].1 = b64(&[4; 64]);
    assert_eq!(fill(&mut d.browser, "/me/browsers", &bad).await.status, 400);
    let good = phone.fields("https://push.example/x");
    assert_eq!(fill(&mut d.browser, "/me/browsers", &good).await.status, 303);
    let page = d.browser.get("/me").await.unwrap();
    let id = page.body.split_once("/me/browsers/").unwrap().1.split('/').next().unwrap().to_owned();
    assert!(!page.body.contains("push.example"), "its address is nobody's affair");
    let path = format!("/me/browsers/{id}/remove");
    assert_eq!(fill(&mut d.w.desk, &path, &[]).await.status, 404, "somebody else's looks unknown");
    assert_eq!(fill(&mut d.browser, &path, &[]).await.status, 303);
    assert_eq!(d.w.events("browser_unsubscribed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_says_what_the_inbox_says_and_opens_nothing() {
    let mut sink = Sink::start(Style::Plain, None, None).await;
    let port = sink.address.port();
    let kit = Kit::start_with(|config| {
        calling_here(config);
        config.mail.host = Some("127.0.0.1".into());
        config.mail.port = Some(port);
        config.mail.encryption = chancery_outbound::smtp::Encryption::None;
        config.mail.from = Some("chancery@corp.example".into());
    });
    let mut d = Desk::open_on(World::on(kit.await.unwrap()).await).await;
    let asked = d.ask_with(&[("binding_message", "Pay <b>now</b> 1O0 to pаypal?")]).await;
    let letter = sink.next().await;
    assert_eq!(letter.to, [format!("RCPT TO:<{}>", d.brandon.login)]);
    let (head, body) = letter.body.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("multipart/alternative") && head.contains("Auto-Submitted: auto-generated"),
        "{head}"
    );
    let boundary = head.split_once("boundary=\"").unwrap().1.split('"').next().unwrap();
    let parts: Vec<String> = body
        .split(&format!("--{boundary}"))
        .filter(|part| part.starts_with("\r\n"))
        .filter_map(|part| part.split_once("\r\n\r\n"))
        .map(|(_, coded)| String::from_utf8(decoded(coded)).unwrap())
        .collect();
    let [text, html] = parts.as_slice() else { panic!("{body}") };
    let link = format!("{}/inbox/{}", d.w.issuer(), asked.approval);
    assert!(text.contains(&link) && html.contains(&format!("href=\"{link}\"")));
    assert!(!html.contains("<b>") && html.contains("‹Cyrillic а›") && text.contains("‹letter O›"), "{html}");
    let shown = d.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await;
    for sentence in shown["sentences"].as_array().unwrap() {
        assert!(text.contains(sentence["text"].as_str().unwrap()), "{sentence}");
    }
    // Whoever has the letter and nothing else stands before the sign-in.
    let mut stranger = d.w.kit.browser().unwrap();
    let page = stranger.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
    assert!(page.location.unwrap().starts_with("/sign-in"));
    assert!(!sink.has_more(), "one letter to one person");
}

fn decoded(coded: &str) -> Vec<u8> {
    let bare: String = coded.chars().filter(|c| c.is_ascii_graphic()).collect();
    chancery_jose::unb64(bare.trim_end_matches('=').replace('+', "-").replace('/', "_").as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_is_an_app_whose_worker_keeps_nothing() {
    let w = World::start().await;
    let get = async |path: &str| w.http.get(w.kit.url(path)).send().await.unwrap();
    let manifest = get("/app.webmanifest").await;
    assert_eq!(manifest.headers()["content-type"], "application/manifest+json");
    let manifest: Value = serde_json::from_str(&manifest.text().await.unwrap()).unwrap();
    assert_eq!(
        (manifest["start_url"].as_str(), manifest["display"].as_str()),
        (Some("/inbox"), Some("standalone"))
    );
    for icon in manifest["icons"].as_array().unwrap() {
        let picture = get(icon["src"].as_str().unwrap()).await;
        assert_eq!(picture.headers()["content-type"], icon["type"].as_str().unwrap());
        assert_eq!(picture.status(), 200);
    }
    let worker = get("/sw.js").await;
    assert_eq!(worker.headers()["content-security-policy"], "default-src 'none'");
    assert!(worker.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"));
}
