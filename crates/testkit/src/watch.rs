//! Looks over every server of a test run for what must stand nowhere: in what it tells its operator at its most talkative,
//! in its database, on its pages and in its refusals. What is found fails the test whose server ends next.

use std::fmt::{self, Write};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::{PASSWORD, journal};

/// The value of secrets in the vaults of tests.
pub const CANARY: &str = "canary-of-the-vault-4711";
/// Where a credential of ours begins.
pub const PREFIXES: [&str; 6] = ["chs_", "chr_", "chc_", "chz_", "chl_", "chf_"];
/// As many letters after the prefix make it one.
const LONG: usize = 24;

static FOUND: Mutex<Option<String>> = Mutex::new(None);

/// The first of these that stands there.
fn find(text: &[u8]) -> Option<&'static str> {
    [CANARY, PASSWORD].into_iter().find(|needle| stands(text, needle.as_bytes()))
}

/// What looks like a credential of ours.
fn looks_like_one(text: &str) -> bool {
    let letters = |rest: &str| rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    PREFIXES.iter().any(|prefix| text.split(prefix).skip(1).any(|rest| letters(rest) >= LONG))
}

/// By way of the standard library's search for a byte, which is quick in tests too.
fn stands(text: &[u8], needle: &[u8]) -> bool {
    let Some((last, rest)) = needle.split_last() else { return false };
    let mut left = text;
    while matches!(left.skip_until(*last), Ok(1..)) {
        let read = text.get(..text.len() - left.len()).and_then(|read| read.strip_suffix(&[*last]));
        if read.is_some_and(|read| read.ends_with(rest)) {
            return true;
        }
    }
    false
}

fn note(found: String) {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(found);
}

/// Refuses a text that people or programs see.
pub fn check(place: &str, text: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        !stands(text.as_bytes(), CANARY.as_bytes()),
        "the value of a secret stands in {place}: {text}"
    );
    Ok(())
}

/// Looks at a server's database when the server ends.
#[derive(Debug)]
pub(crate) struct Watch(PathBuf);

impl Watch {
    /// From the first server on, whatever any part of the process says is looked at.
    pub(crate) fn on(data: &str) -> Self {
        listen();
        Self(data.into())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        look_through(&self.0);
        let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner).take();
        assert!(found.is_none(), "{}", found.unwrap_or_default());
    }
}

/// The files whole, with what was deleted. A database of others is none of a folder here.
fn look_through(data: &Path) {
    for file in std::fs::read_dir(data).into_iter().flatten().flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        if let Some(what) = find(&bytes) {
            note(format!("{what} stands in {}", file.path().display()));
        }
    }
}

/// Listens to the whole process, once.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // What others say letter by letter is looked at where the journal is written; here it would take too long.
        let ours = filter_fn(|meta| *meta.level() <= Level::DEBUG || meta.target().starts_with("chancery"));
        let all = tracing_subscriber::registry().with(Canaries.with_filter(ours)).with(journal::layer());
        drop(all.try_init());
    });
}

/// Reads whatever is said.
struct Canaries;

impl<S: Subscriber> Layer<S> for Canaries {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        read(span.metadata(), |said| span.record(said));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut said = Said(String::new());
        values.record(&mut said);
        said.look("a span");
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        read(event.metadata(), |said| event.record(said));
    }
}

fn read(meta: &Metadata<'_>, record: impl FnOnce(&mut Said)) {
    let mut said = Said(String::new());
    record(&mut said);
    said.look(meta.target());
}

/// The fields of one line.
struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {field}={value}");
    }
}

impl Said {
    fn look(&self, place: &str) {
        let found = find(self.0.as_bytes()).is_some() || looks_like_one(&self.0);
        if found {
            note(format!("the log of {place} says what it must not: {}", self.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_stand_there_is_found_wherever_it_stands() {
        for text in
            [CANARY.to_owned(), format!("a {CANARY}"), format!("{CANARY} b 1"), format!("11 4711{CANARY}")]
        {
            assert_eq!(find(text.as_bytes()), Some(CANARY), "{text}");
        }
        assert_eq!(find(format!("x{PASSWORD}").as_bytes()), Some(PASSWORD));
        assert_eq!(find(b"canary-of-the-vault-471 1 correct horse"), None);
        let secret = format!("chs_{}", "a".repeat(40));
        assert!(looks_like_one(&format!("secret={secret}")) && !looks_like_one("secret=chs_…"));
        assert!(check("here", "nothing").is_ok() && check("here", CANARY).is_err());
    }

    #[test]
    fn what_any_part_of_the_process_says_is_read() {
        listen();
        tracing::trace!(target: "chancery_of_tests", value = CANARY, "a slip");
        let found = FOUND.lock().unwrap().take();
        assert!(found.is_some_and(|found| found.contains("a slip")));
    }
}
