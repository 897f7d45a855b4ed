//! A second factor before a real browser: its virtual authenticator, and an app where scripts are off.

use chancery_factor::totp;
use chancery_kernel::{Seconds, Secret};
use chancery_testkit::{ADMINISTRATOR, Kit, PASSWORD};

use super::person::Person;
use super::story::set_up;

async fn to_the_second_step(ada: &Person) {
    ada.press("Sign out").await;
    ada.visit("/console").await;
    ada.fill("Login name", ADMINISTRATOR).await;
    ada.fill("Password", PASSWORD).await;
    ada.press("Sign in").await;
    ada.reads("Your second factor").await;
}

/// Enrolls a passkey, and signs in with it.
pub async fn passkey(kit: &Kit, ada: &Person) {
    set_up(kit, ada).await;
    ada.holds_passkeys().await;
    ada.visit("/me").await;
    ada.press("Passkeys, authenticator apps and recovery codes").await;
    ada.fill("Name of the passkey", "laptop").await;
    ada.press("Add a passkey").await;
    ada.reads("Keep these now: they are shown this once").await;
    ada.press("I have kept them").await;
    ada.reads("laptop").await;
    to_the_second_step(ada).await;
    ada.press("Use a passkey").await;
    ada.reads("Overview").await;
    // The device says itself that it has one.
    ada.visit("/me/factors").await;
    ada.fill("Name of the passkey", "once more").await;
    ada.unfold_button("Add a passkey").await;
    ada.reads("This device has a passkey for this account already.").await;
}

/// Enrolls an app by typing its key, and signs in with its code.
pub async fn app(kit: &Kit, ada: &Person) {
    set_up(kit, ada).await;
    ada.visit("/me/factors").await;
    ada.press("Add an authenticator app").await;
    let key = Secret::new(ada.text_of("//p[contains(., 'Or type it')]/code").await.replace(' ', ""));
    let code = || totp::shown(&key, kit.running.platform.db.env().now()).unwrap();
    ada.fill("Code", "000000").await;
    ada.press("Add the app").await;
    ada.reads("This is not the code of that key").await;
    ada.fill("Code", &code()).await;
    ada.press("Add the app").await;
    ada.press("I have kept them").await;
    kit.advance(Seconds(30));
    to_the_second_step(ada).await;
    ada.fill("Code", &code()).await;
    ada.press("Go on").await;
    ada.reads("Overview").await;
}
