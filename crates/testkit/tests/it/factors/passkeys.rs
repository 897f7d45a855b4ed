//! Passkeys, by a device in software.

use std::net::TcpListener;

use chancery_factor::base64url;
use chancery_testkit::{ADMINISTRATOR, Browser, Kit, PASSWORD, Page};

use super::{codes, first};
use crate::device::{Device, Signed};

/// A server with a name: passkeys are for names only.
pub async fn named() -> Kit {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Kit::start_with(|config| {
        config.listen.address = ([127, 0, 0, 1], port).into();
        config.issuer.url = Some(format!("http://localhost:{port}"));
    })
    .await
    .unwrap()
}

fn challenge(page: &Page) -> String {
    page.body.split("data-challenge=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn b64(bytes: &[u8]) -> String {
    base64url::encode(bytes)
}

async fn enroll(browser: &mut Browser, device: &Device) -> Page {
    let page = browser.get("/me/factors").await.unwrap();
    let made = device.make(&challenge(&page));
    let (client_data, attestation) = (b64(&made.client_data), b64(&made.attestation));
    let fields = [("client_data", client_data.as_str()), ("attestation", &attestation), ("name", "laptop")];
    browser.submit(&page, "/me/factors/passkey", &fields).await.unwrap()
}

async fn send(browser: &mut Browser, page: &Page, device: &Device, signed: &Signed) -> Page {
    let fields = [
        ("credential", b64(&device.id)),
        ("client_data", b64(&signed.client_data)),
        ("authenticator_data", b64(&signed.authenticator_data)),
        ("signature", b64(&signed.signature)),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.submit(page, "/second-factor/passkey", &fields).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_enrolled_and_completes_a_sign_in_once() {
    let kit = named().await;
    let mut browser = kit.found().await.unwrap();
    let mut device = Device::es256("localhost", kit.base());
    device.counter = 4;
    let done = enroll(&mut browser, &device).await;
    assert_eq!((done.status, codes(&done).len()), (200, 10), "{}", done.body);
    assert_eq!(enroll(&mut browser, &device).await.status, 409, "it is enrolled already");
    let mut again = first(&kit, ADMINISTRATOR).await;
    let page = again.get("/second-factor").await.unwrap();
    device.counter = 5;
    let signed = device.sign_in(&challenge(&page));
    assert_eq!(send(&mut again, &page, &device, &signed).await.location.as_deref(), Some("/"));
    assert_eq!(again.get("/me").await.unwrap().status, 200);
    let mut replay = first(&kit, ADMINISTRATOR).await;
    let page = replay.get("/second-factor").await.unwrap();
    assert_eq!(
        send(&mut replay, &page, &device, &signed).await.status,
        401,
        "another page had another challenge"
    );
    // A copy that was made before counts behind.
    let behind = device.sign_in(&challenge(&page));
    assert_eq!(send(&mut replay, &page, &device, &behind).await.status, 401);
    let page = replay.get("/second-factor").await.unwrap();
    device.counter = 6;
    let signed = device.sign_in(&challenge(&page));
    assert_eq!(send(&mut replay, &page, &device, &signed).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_of_somebody_else_got_from_the_device_is_worth_nothing_here() {
    let kit = named().await;
    let mut browser = kit.found().await.unwrap();
    let mut device = Device::es256("localhost", kit.base());
    enroll(&mut browser, &device).await;
    let mut victim = first(&kit, ADMINISTRATOR).await;
    let page = victim.get("/second-factor").await.unwrap();
    device.origin = "https://chancery.evil".into();
    let signed = device.sign_in(&challenge(&page));
    assert_eq!(send(&mut victim, &page, &device, &signed).await.status, 401);
    // Nor what a stranger's device says, under the known name or its own.
    let mut stranger = Device::es256("localhost", kit.base());
    let signed = stranger.sign_in(&challenge(&page));
    assert_eq!(send(&mut victim, &page, &stranger, &signed).await.status, 401);
    stranger.id.clone_from(&device.id);
    assert_eq!(send(&mut victim, &page, &stranger, &signed).await.status, 401);
    // Nor a challenge to make one, as a challenge to use one.
    let making = challenge(&browser.get("/me/factors").await.unwrap());
    device.origin = kit.base().to_owned();
    let mut page = page;
    page.body = page.body.replace(&challenge(&page), &making);
    let signed = device.sign_in(&making);
    assert_eq!(send(&mut victim, &page, &device, &signed).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_passkey_opens_nothing() {
    let kit = named().await;
    let mut ada = kit.found().await.unwrap();
    let token = kit.management_token(&mut ada, None).await.unwrap();
    let api = chancery_testkit::Api::new(kit.base(), Some(token)).unwrap();
    let bob = serde_json::json!({"login": "bob", "email": "bob@corp.example", "display_name": "Bob", "password": PASSWORD});
    assert_eq!(api.post("/api/v1/users", bob).await.unwrap().status, 201);
    let (hers, his) = (Device::es256("localhost", kit.base()), Device::ed_dsa("localhost", kit.base()));
    enroll(&mut ada, &hers).await;
    let mut browser = kit.browser().unwrap();
    browser.sign_in("bob", PASSWORD).await.unwrap();
    assert_eq!(enroll(&mut browser, &hers).await.status, 409, "one passkey is one person's");
    assert_eq!(enroll(&mut browser, &his).await.status, 200);
    let mut thief = first(&kit, ADMINISTRATOR).await;
    let page = thief.get("/second-factor").await.unwrap();
    let signed = his.sign_in(&challenge(&page));
    assert_eq!(send(&mut thief, &page, &his, &signed).await.status, 401);
}
