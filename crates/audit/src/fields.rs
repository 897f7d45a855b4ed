//! What an event may hold. The trait is sealed and the list of its implementors short: it is the reason why no
//! credential can enter the log (domain: "No credential ever enters a log; digests do").

use std::borrow::Cow;
use std::fmt;

use chancery_kernel::id::{IdText, Uuid};
use chancery_kernel::secret::looks_like_credential;
use chancery_kernel::*;

use crate::canon::Canon;
use crate::evidence::Evidence;
use crate::json::Json;
use crate::kind::Shape;
use sealed::Written;

pub(crate) mod sealed {
    use super::{Canon, Evidence, Subject};

    /// The half of [`Fact`](super::Fact) that works without knowing the type.
    pub trait Written {
        fn write(&self, out: &mut Canon);
        /// For people.
        fn show(&self) -> String;
        /// Absent facts are left out of the line.
        fn present(&self) -> bool {
            true
        }
        /// Adds every id named in this fact.
        fn subjects(&self, _found: &mut Vec<Subject>) {}
        fn evidence(&self) -> Option<&Evidence> {
            None
        }
    }
}

/// A value that may stand in an event. Sealed: typed ids, [`ScopeSet`], [`Text`], [`Digest`], [`Timestamp`], [`Party`],
/// integers, truth values, [`Evidence`], and options and lists of these. Secrets are not among them:
///
/// ```compile_fail
/// fn holds(_: impl chancery_audit::Fact) {}
/// holds(chancery_kernel::Secret::new("hunter2"));
/// ```
///
/// and neither are plain strings, whose one door is [`Text::new`]:
///
/// ```compile_fail
/// fn holds(_: impl chancery_audit::Fact) {}
/// holds(String::from("hunter2"));
/// ```
pub trait Fact: Written + Sized {
    const SHAPE: Shape;
    /// Reads what [`Written::write`] wrote, and nothing else. `None` stands for an absent member.
    #[doc(hidden)]
    fn read(json: Option<&Json>) -> Option<Self>;
}

/// An id named in an event, without its type: the key of the query index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    pub prefix: &'static str,
    pub uuid: [u8; 16],
}

impl Subject {
    pub fn of<I: Id>(id: I) -> Self {
        Self { prefix: I::PREFIX, uuid: id.uuid().into_bytes() }
    }

    /// Reads any typed id, such as a search box gets.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_once('_')?;
        let prefix = PREFIXES.iter().find(|known| **known == prefix)?;
        // All ids share their digits, so any noun's reader reads them.
        let id: EventId = format!("{}_{digits}", EventId::PREFIX).parse().ok()?;
        Some(Self { prefix, uuid: id.uuid().into_bytes() })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(IdText::new(self.prefix, Uuid::from_bytes(self.uuid)).as_str())
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that may be kept for ever: short, and no credential. The only door for strings into the log beside words of our
/// own source, and secrets do not pass it:
///
/// ```compile_fail
/// chancery_audit::Text::new(&chancery_kernel::Secret::new("hunter2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Cow<'static, str>);

impl Text {
    /// Longest text, in bytes.
    pub const LONGEST: usize = 512;
    /// Looked through for credentials: one that begins within [`Self::LONGEST`] shows itself within this.
    const WINDOW: usize = 2 * Self::LONGEST;
    /// No credential is shorter: a token of ours has 53 characters, a JWT two parts of 16 with a dot between them.
    const SHORTEST_CREDENTIAL: usize = 33;

    /// Cuts long text, and withholds text with a credential in it: only a digest remains, by which someone who holds
    /// the credential can recognize it.
    pub fn new(text: &str) -> Self {
        if Self::holds_credential(text) {
            return Self(Self::withheld(text, ' ').into());
        }
        if text.len() <= Self::LONGEST {
            return Self(text.to_owned().into());
        }
        Self(format!("{}…", prefix(text, Self::LONGEST - '…'.len_utf8())).into())
    }

    /// A word of ours, known when this was compiled: nothing to look through.
    pub const fn word(word: &'static str) -> Self {
        Self(Cow::Borrowed(word))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn holds_credential(text: &str) -> bool {
        let seen = prefix(text, Self::WINDOW);
        // Looked for in one pass first, since nearly no text has any: `ch?_` as all our prefixes are, or a JWT's `{"`.
        let hint = |w: &[u8]| matches!(w, [b'c', b'h', _, b'_'] | [b'e', b'y', b'J', _]);
        seen.len() >= Self::SHORTEST_CREDENTIAL
            && seen.as_bytes().windows(4).any(hint)
            && looks_like_credential(seen)
    }

    /// What is kept of a text with a credential in it.
    pub(crate) fn withheld(text: &str, separator: char) -> String {
        let digest = crate::note::hex(&crate::merkle::sha256(text.as_bytes()));
        format!("[withheld{separator}sha256:{digest}]")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The longest beginning that ends at a character and has no more than `most` bytes.
fn prefix(text: &str, most: usize) -> &str {
    (0..=most.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}

/// A SHA-256 digest, as base 64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::note::base64(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who an application can be assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    User(UserId),
    Group(GroupId),
    Agent(AgentId),
    Client(ClientId),
}

impl Party {
    pub fn subject(self) -> Subject {
        match self {
            Self::User(id) => Subject::of(id),
            Self::Group(id) => Subject::of(id),
            Self::Agent(id) => Subject::of(id),
            Self::Client(id) => Subject::of(id),
        }
    }
}
