//! What a person does with a page, by the words they read on it, in the manner of the one who sits there.

use std::time::Duration;

use super::chromium::{Chromium, Element};

/// WebDriver §17.4.2: keys that have no letter.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Mouse or finger.
    Touch,
    /// Tab, Enter, Space and letters; nothing is ever clicked.
    Keyboard,
}

pub struct Person {
    browser: Chromium,
    manner: Manner,
    issuer: String,
}

const CONTRAST: &str = include_str!("contrast.js");
/// Tables of which a part is seen only after it was moved sideways.
const CUT_OFF: &str = "return [...document.querySelectorAll('.table-room')] \
    .filter((room) => room.scrollWidth > room.clientWidth + 1).map((room) => room.textContent)";
/// What is pressed or filled in; a box to tick by the label beside it. Links within sentences are as large as these.
const TARGETS: &str = "//button | //summary | //select | //textarea | //nav//a | //a[contains(@class, 'button')] \
    | //input[not(@type='hidden' or @type='checkbox' or @type='radio')] \
    | //label[@for=//input[@type='checkbox' or @type='radio']/@id]";
/// Side of the smallest target, in CSS pixels, less what rounding takes.
const THUMB: f64 = 43.9;

/// Stops of the focus before a person gives up.
const PATIENCE: usize = 120;
/// Looks at the page, 50 ms apart, before a person says that something is not there.
const LOOKS: usize = 200;

/// A text in XPath 1.0, which knows no escapes.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "the words of pages have no straight quotes: {text}");
    format!("\"{text}\"")
}

/// The control with this label. The label's own words, without what only marks it as optional.
fn labeled(label: &str) -> String {
    let label = quoted(label);
    format!("//*[@id=//label[normalize-space(text()[1])={label}]/@for]")
}

/// What one presses: a button or a link, by how it reads, or begins to read.
fn pressable(words: &str) -> String {
    let fits = reading(words);
    format!("//button{fits} | //a{fits}")
}

fn reading(words: &str) -> String {
    let words = quoted(words);
    format!("[normalize-space(.)={words} or starts-with(normalize-space(.), concat({words}, ' '))]")
}

impl Person {
    pub fn new(browser: Chromium, manner: Manner, issuer: String) -> Self {
        Self { browser, manner, issuer }
    }

    pub fn has_scripts(&self) -> bool {
        self.browser.look.scripts
    }

    /// Goes to an address, as from a bookmark, and looks at the page.
    pub async fn visit(&self, address: &str) {
        let url =
            if address.starts_with('/') { format!("{}{address}", self.issuer) } else { address.to_owned() };
        self.browser.open(&url).await;
        self.look().await;
    }

    pub async fn address(&self) -> String {
        self.browser.address().await
    }

    /// Waits until the page says this.
    pub async fn reads(&self, words: &str) {
        let xpath = format!("//body[contains(normalize-space(.), {})]", quoted(words));
        for _ in 0..LOOKS {
            if !self.browser.find(&xpath).await.is_empty() {
                return;
            }
            self.wait().await;
        }
        panic!("the page does not say {words:?}: {}", self.page().await)
    }

    pub async fn does_not_read(&self, words: &str) {
        assert!(!self.page().await.contains(words), "the page says {words:?}");
    }

    async fn page(&self) -> String {
        let body = self.browser.find("//body").await;
        let text = self.browser.text(&body[0]).await;
        format!("{}\n{text}", self.browser.address().await)
    }

    /// A browser is a process of its own and does not say when it is ready.
    async fn wait(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// The first of these that can be seen.
    async fn the(&self, xpath: &str) -> Element {
        for _ in 0..LOOKS {
            if let Some(first) = self.browser.visible(xpath).await.into_iter().next() {
                return first;
            }
            self.wait().await;
        }
        panic!("there is no {xpath}: {}", self.page().await)
    }

    /// A page that follows by itself may draw what one reaches for anew: one reaches again.
    async fn click(&self, xpath: &str) {
        for _ in 0..LOOKS {
            let found = self.the(xpath).await;
            match self.browser.click(&found).await {
                Ok(_) => return,
                Err(why) if why.to_string().contains("stale element") => self.wait().await,
                Err(why) => panic!("{xpath}: {why}"),
            }
        }
        panic!("{xpath} never stands still: {}", self.page().await)
    }

    /// Brings the focus to one of these with the Tab key, from wherever it is.
    async fn tab_to(&self, xpath: &str) -> Element {
        self.the(xpath).await;
        for _ in 0..PATIENCE {
            let wanted = self.browser.find(xpath).await;
            if let Some(active) = self.browser.active().await
                && wanted.contains(&active)
            {
                assert_ne!(
                    self.browser.css(&active, "outline-style").await,
                    "none",
                    "the focus on {xpath} is not seen"
                );
                return active;
            }
            self.browser.keys(TAB).await;
        }
        panic!("the Tab key does not lead to {xpath}: {}", self.page().await)
    }

    /// Writes into the field with this label.
    pub async fn fill(&self, label: &str, text: &str) {
        match self.manner {
            Manner::Touch => {
                let field = self.the(&labeled(label)).await;
                self.browser.fill(&field, text).await;
            }
            Manner::Keyboard => {
                self.tab_to(&labeled(label)).await;
                self.browser.keys(text).await;
            }
        }
    }

    /// Chooses an option of the list with this label, by the words it begins with.
    pub async fn choose(&self, label: &str, option: &str) {
        match self.manner {
            Manner::Touch => {
                let begins = format!("//option[starts-with(normalize-space(.), {})]", quoted(option));
                self.click(&format!("{}{begins}", labeled(label))).await;
            }
            Manner::Keyboard => {
                self.tab_to(&labeled(label)).await;
                self.browser.keys(option).await;
            }
        }
    }

    /// Ticks the box with this label.
    pub async fn tick(&self, label: &str) {
        match self.manner {
            Manner::Touch => {
                self.click(&labeled(label)).await;
            }
            Manner::Keyboard => {
                self.tab_to(&labeled(label)).await;
                self.browser.keys(" ").await;
            }
        }
    }

    /// Opens a disclosure that leaves the page where it is.
    pub async fn unfold(&self, words: &str) {
        self.activate(&format!("//summary{}", reading(words))).await;
    }

    /// Has a filter applied: the script does it as one chooses.
    pub async fn filter(&self) {
        if !self.browser.look.scripts {
            self.press("Filter").await;
        }
    }

    /// Presses what leads on, and looks at the page it leads to.
    pub async fn press(&self, words: &str) {
        self.press_at(&pressable(words)).await;
    }

    /// The same, where the page has several that read alike: the one below this heading.
    pub async fn press_below(&self, heading: &str, words: &str) {
        let room = format!("//section[.//h2[normalize-space(.)={}]]", quoted(heading));
        let within = pressable(words).split(" | ").map(|path| format!("{room}{path}")).collect::<Vec<_>>();
        self.press_at(&within.join(" | ")).await;
    }

    async fn press_at(&self, xpath: &str) {
        let before = self.browser.find("//html").await;
        self.activate(xpath).await;
        for look in 0..LOOKS {
            // A page that follows may draw its links anew just under the finger: people press such a link again.
            if look == LOOKS / 2 {
                let links: Vec<&str> = xpath.split(" | ").filter(|path| path.contains("//a[")).collect();
                if !links.is_empty() && !self.browser.visible(&links.join(" | ")).await.is_empty() {
                    self.activate(&links.join(" | ")).await;
                }
            }
            // Pages that ask first do so in a dialog of the script; without scripts they act at once.
            let asked = self.browser.visible("//dialog//button[2]").await;
            if !asked.is_empty() {
                self.activate("//dialog//button[2]").await;
            }
            // Where every element is another one, the page is another one.
            if asked.is_empty() && self.browser.find("//html").await != before {
                return self.look().await;
            }
            self.wait().await;
        }
        panic!("{xpath} leads nowhere: {}", self.page().await)
    }

    async fn activate(&self, xpath: &str) {
        match self.manner {
            Manner::Touch => {
                self.click(xpath).await;
            }
            Manner::Keyboard => {
                self.tab_to(xpath).await;
                self.browser.keys(ENTER).await;
            }
        }
    }

    /// Gives the browser an authenticator of its own (WebAuthn level 3 §11.2), which says yes to whatever is asked.
    pub async fn holds_passkeys(&self) {
        let asked = serde_json::json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true});
        self.browser.post("/webauthn/authenticator", asked).await.unwrap();
    }

    /// Presses a button that leaves the page where it is.
    pub async fn unfold_button(&self, words: &str) {
        self.activate(&pressable(words)).await;
    }

    pub async fn text_of(&self, xpath: &str) -> String {
        let found = self.the(xpath).await;
        self.browser.text(&found).await
    }

    /// What a person would stumble over on any page.
    async fn look(&self) {
        self.the("//h1").await;
        if !self.browser.look.scripts {
            let alive = self.browser.find("//button[@class='copy']").await;
            assert!(alive.is_empty(), "scripts run although they are off");
        } else {
            let unread = self.browser.evaluate(CONTRAST).await;
            assert_eq!(unread, serde_json::json!([]), "too pale on its ground: {}", self.page().await);
            let cut = self.browser.evaluate(CUT_OFF).await;
            assert_eq!(cut, serde_json::json!([]), "wider than its room: {}", self.page().await);
        }
        let over = self.browser.overflow().await;
        assert!(over <= 0.0, "the page is {over} px wider than its window: {}", self.page().await);
        if self.browser.look.is_touched() {
            self.reach().await;
        }
    }

    /// What a thumb has to hit is large enough for it (WCAG 2.2 §2.5.5).
    async fn reach(&self) {
        for target in self.browser.visible(TARGETS).await {
            // What the script draws anew meanwhile is seen the next time.
            let Some((wide, high)) = self.browser.size(&target).await else { continue };
            if wide < THUMB || high < THUMB {
                let words = self.browser.text(&target).await;
                panic!("{words:?} is {wide} by {high} px small: {}", self.page().await)
            }
        }
    }

    pub async fn leave(self) {
        self.browser.quit().await;
    }
}
