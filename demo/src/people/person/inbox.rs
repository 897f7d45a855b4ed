//! The person's inbox: finds the question, reads it, and presses a button.

use anyhow::{Context, ensure};
use url::Url;

use super::Person;
use crate::people::{Landed, Page};

/// What the person read before they answered.
pub(crate) struct Read {
    /// Every term of the page, with what stands there.
    pub facts: Vec<(String, String)>,
    /// Whether the inbox showed the question by itself.
    pub listed: bool,
}

impl Person {
    /// Opens the inbox and the question in it, and presses the button with this word, if any.
    pub async fn answers(
        &mut self,
        issuer: &str,
        approval: &str,
        word: Option<&str>,
    ) -> anyhow::Result<Read> {
        let inbox = self.inbox_page(issuer, "/inbox").await?;
        let path = format!("/inbox/{approval}");
        let listed = inbox.links_to(&path);
        let page = self.inbox_page(issuer, &path).await?;
        let read = Read { facts: page.facts(), listed };
        let Some(word) = word else { return Ok(read) };
        let form = page
            .form_with_button("answer", word)
            .ok_or_else(|| page.unexpected("a question that can be answered was expected"))?;
        let pairs = form.clone().press(Some(("answer", word)))?;
        match self.browser.send(&page, &form, &pairs).await? {
            Landed::Page(after) => {
                ensure!(after.status == 200, after.unexpected("the answer should have been taken"));
            }
            Landed::Away(to) => anyhow::bail!("the inbox leads away, to {to}"),
        }
        Ok(read)
    }

    async fn inbox_page(&mut self, issuer: &str, path: &str) -> anyhow::Result<Page> {
        let url = Url::parse(&format!("{issuer}{path}")).context("the inbox has no address")?;
        let mut landed = self.browser.open(url).await?;
        if let Landed::Page(page) = &landed
            && page.form_with("password").is_some()
        {
            landed = self.sign_in(page).await?;
        }
        match landed {
            Landed::Page(page) if page.status == 200 => Ok(page),
            Landed::Page(page) => Err(page.unexpected("the inbox was expected")),
            Landed::Away(to) => anyhow::bail!("the inbox leads away, to {to}"),
        }
    }
}
