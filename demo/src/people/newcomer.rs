//! Somebody who has a login and a password, and no browser yet.

use anyhow::Context;
use chancery_client::Secret;
use url::Url;

use super::{Browser, Landed};

pub(crate) struct Newcomer {
    pub server: String,
    pub login: String,
    pub password: Secret,
}

impl Newcomer {
    /// Signs in through the page; the cookies of a browser that is signed in.
    pub async fn sign_in(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut browser = Browser::new(&self.server)?;
        let front = Url::parse(&self.server)?.join("/sign-in")?;
        let Landed::Page(page) = browser.open(front).await? else {
            anyhow::bail!("the sign-in page leads away from the server");
        };
        let form = page.form_with("password").context("the sign-in form is gone")?;
        let filled = form.clone().fill("login", &self.login)?.fill("password", self.password.expose())?;
        let pairs = filled.press(None)?;
        match browser.send(&page, &form, &pairs).await? {
            Landed::Page(page) if page.form_with("password").is_some() => {
                Err(page.unexpected(&format!("{} should be signed in", self.login)))
            }
            _ => Ok(browser.cookies()),
        }
    }
}
