//! The sentences a person decides by, made here from what the server knows and from what the agent says.
//!
//! Six facts are always among them: what, which system, which data, read or change, the impact, how long. What the server
//! knows comes first and under its own name; the agent's words are shown as the agent's.

use aws_lc_rs::digest::{SHA256, digest as sha2};
use chancery_kernel::{RunId, ScopeSet, Seconds, Timestamp};
use chancery_model::approval::Voice;
use chancery_model::{Action, Agent, Application, Client, ScopeRule, Sentence, Task, User, Weight};

use super::plain::{Oddity, plain};

pub(super) const WHO: &str = "Who asks";
pub(super) const FOR: &str = "For";
const MESSAGE: &str = "Message";
pub(super) const WHAT: &str = "What";
pub(super) const SYSTEM: &str = "System";
pub(super) const DATA: &str = "Data";
pub(super) const ACCESS: &str = "Access";
pub(super) const IMPACT: &str = "Impact";
pub(super) const LASTS: &str = "How long";
const AMOUNT: &str = "Amount";
const RECIPIENT: &str = "Recipient";
const WEIGHT: &str = "Weight";
pub(super) const RUN: &str = "Task";
const MIND: &str = "Mind";

/// The six facts that are always told.
pub const SIX_FACTS: [&str; 6] = [WHAT, SYSTEM, DATA, ACCESS, IMPACT, LASTS];
/// Under which the agent's message to the person stands.
pub const MESSAGE_TERM: &str = MESSAGE;

/// A scope of the person's own profile, in words.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    pub title: &'static str,
    pub data: &'static str,
    pub impact: &'static str,
}

/// Everything the sentences are made from.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    pub agent: Option<&'a Agent>,
    pub client: &'a Client,
    /// Who answers for the agent.
    pub sponsor: Option<&'a User>,
    pub user: &'a User,
    pub run: Option<RunId>,
    /// Absent: it is about the person's own profile here.
    pub application: Option<&'a Application>,
    pub scopes: &'a ScopeSet,
    pub identity: &'a [Identity],
    pub tasks: &'a [Task],
    pub binding_message: Option<&'a str>,
    /// How long the token, or the permission, will live.
    pub lifetime: Seconds,
    /// It begins then, and not with the yes.
    pub starts: Option<Timestamp>,
    /// It assigns whoever asks to the application, for so long.
    pub assigns: bool,
    /// For one token, and no more.
    pub once: bool,
    pub weights: &'a [Weight],
}

/// Renders them.
pub fn sentences(asking: &Asking<'_>) -> Vec<Sentence> {
    let mut page = Lines::default();
    page.server(WHO, who(asking));
    page.server(FOR, format!("{} ({})", asking.user.display_name, asking.user.login));
    if let Some(message) = asking.binding_message {
        page.agent(MESSAGE, message);
    }
    what(asking, &mut page);
    system(asking, &mut page);
    data(asking, &mut page);
    access(asking, &mut page);
    impact(asking, &mut page);
    let how_often = if asking.once { "once" } else { "as often as it needs to" };
    let begins = asking.starts.map(|at| format!(" from {} on", moment(at))).unwrap_or_default();
    page.server(LASTS, format!("{}{begins}, {how_often}", span(asking.lifetime)));
    for task in asking.tasks {
        if let Some(amount) = &task.amount {
            page.agent(AMOUNT, &amount.words());
        }
        task.recipients.iter().for_each(|recipient| page.agent(RECIPIENT, recipient));
    }
    if !asking.weights.is_empty() {
        let words: Vec<&str> = asking.weights.iter().map(|weight| weight.words()).collect();
        page.server(WEIGHT, format!("This counts as {}", words.join(" and ")));
    }
    if let Some(run) = asking.run {
        page.server(RUN, run.to_string());
    }
    page.done()
}

#[derive(Default)]
pub(super) struct Lines {
    said: Vec<Sentence>,
    oddities: Vec<Oddity>,
}

impl Lines {
    pub(super) fn server(&mut self, term: &str, text: String) {
        // Names are written by people too.
        self.push(Voice::Server, term, &text);
    }

    pub(super) fn agent(&mut self, term: &str, text: &str) {
        self.push(Voice::Agent, term, text);
    }

    fn push(&mut self, voice: Voice, term: &str, text: &str) {
        let plain = plain(text);
        if voice == Voice::Agent {
            self.oddities.extend(plain.oddities);
        }
        self.said.push(Sentence { voice, term: term.to_owned(), text: plain.text });
    }

    pub(super) fn done(mut self) -> Vec<Sentence> {
        self.oddities.sort_unstable();
        self.oddities.dedup();
        for oddity in self.oddities {
            let text = oddity.sentence().to_owned();
            self.said.push(Sentence { voice: Voice::Warning, term: MIND.to_owned(), text });
        }
        self.said
    }
}

fn who(asking: &Asking<'_>) -> String {
    if asking.assigns && asking.agent.is_none() {
        return for_themselves(asking.user);
    }
    who_asks(asking.agent, asking.client, asking.sponsor)
}

pub(super) fn for_themselves(user: &User) -> String {
    format!("{} ({}), for themselves", user.display_name, user.login)
}

pub(super) fn who_asks(agent: Option<&Agent>, client: &Client, sponsor: Option<&User>) -> String {
    let Some(agent) = agent else {
        return format!("The program {}", client.name);
    };
    let sponsor = sponsor.map(|s| format!(". {} answers for it", s.display_name)).unwrap_or_default();
    let purpose = match agent.purpose.trim() {
        "" => String::new(),
        purpose => format!(", registered for: {purpose}"),
    };
    format!("The agent {}{purpose}{sponsor}", agent.name)
}

/// The rules of the scopes asked for, in the application's order.
fn rules<'a>(asking: &Asking<'a>) -> impl Iterator<Item = &'a ScopeRule> {
    let scopes = asking.scopes;
    let all = asking.application.map_or(&[][..], |app| app.scopes.as_slice());
    all.iter().filter(move |rule| scopes.contains(rule.name.as_str()))
}

fn listed<'t>(texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut all: Vec<&str> = Vec::new();
    let texts = texts.map(|text| text.trim().trim_end_matches('.'));
    for text in texts.filter(|text| !text.is_empty()) {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    let text = all.join("; ");
    let mut rest = text.chars();
    // They were written as parts of a sentence, and stand as one here.
    rest.next().map(|first| first.to_uppercase().chain(rest).collect())
}

fn what(asking: &Asking<'_>, page: &mut Lines) {
    let names = asking.scopes.iter().map(|scope| scope.as_str());
    let titles = rules(asking).map(|r| r.title.as_str()).chain(asking.identity.iter().map(|i| i.title));
    let known = listed(titles).or_else(|| listed(names)).unwrap_or_else(|| "Act for you".to_owned());
    let system = asking.application.map_or("this server", |app| app.name.as_str());
    page.server(
        WHAT,
        if asking.assigns { format!("Be assigned to {system} for a while, with: {known}") } else { known },
    );
    asking.tasks.iter().for_each(|task| page.agent(WHAT, &task.task));
}

fn system(asking: &Asking<'_>, page: &mut Lines) {
    match asking.application {
        Some(app) => page.server(SYSTEM, format!("{} ({})", app.name, app.resource)),
        None => page.server(SYSTEM, "Your account here".to_owned()),
    }
    let known = asking.application.map_or("", |app| app.name.as_str());
    for task in asking.tasks.iter().filter(|task| !task.system.eq_ignore_ascii_case(known)) {
        page.agent(SYSTEM, &task.system);
    }
}

fn data(asking: &Asking<'_>, page: &mut Lines) {
    let known = rules(asking).map(|r| r.data.as_str()).chain(asking.identity.iter().map(|i| i.data));
    page.server(DATA, listed(known).unwrap_or_else(|| "Not described by the system's owner".to_owned()));
    asking.tasks.iter().for_each(|task| page.agent(DATA, &task.data));
}

fn access(asking: &Asking<'_>, page: &mut Lines) {
    let changes = rules(asking).any(|rule| rule.action == Action::Change);
    let text = if changes { "It changes data" } else { "It only reads" };
    page.server(ACCESS, text.to_owned());
}

fn impact(asking: &Asking<'_>, page: &mut Lines) {
    let known = rules(asking).map(|r| r.impact.as_str()).chain(asking.identity.iter().map(|i| i.impact));
    page.server(IMPACT, listed(known).unwrap_or_else(|| "Not described by the system's owner".to_owned()));
    asking.tasks.iter().for_each(|task| page.agent(IMPACT, &task.impact));
}

pub(super) fn span(length: Seconds) -> String {
    let (n, unit) = match length.0 {
        s if s < 120 => (s, "second"),
        s if s < 7_200 => (s / 60, "minute"),
        s => (s / 3_600, "hour"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

/// A moment to the second, in the one zone that everybody can turn into their own.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split_once('.').map_or(text.as_str(), |(seconds, _)| seconds);
    format!("{} UTC", seconds.replace('T', " "))
}

/// Digest of what a person sees. Every part is written with its length: no two pages have the same bytes.
pub fn digest(sentences: &[Sentence]) -> [u8; 32] {
    let mut bytes = b"chancery approval 1\n".to_vec();
    for Sentence { voice, term, text } in sentences {
        let voice = match voice {
            Voice::Server => "server",
            Voice::Agent => "agent",
            Voice::Warning => "warning",
        };
        for part in [voice, term, text] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    let mut out = [0; 32];
    out.iter_mut().zip(sha2(&SHA256, &bytes).as_ref()).for_each(|(slot, byte)| *slot = *byte);
    out
}

/// The digest as forms and answers carry it.
pub fn hex(digest: &[u8; 32]) -> String {
    let nibble = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    digest.iter().flat_map(|byte| [nibble(byte >> 4), nibble(byte & 15)]).collect()
}
