//! One transport-free error for all use cases. `public` is what a stranger may read; `private` and the source
//! stay in the log. There is no `Display`, so the private half cannot be printed to a caller by accident.

use std::borrow::Cow;
use std::error::Error;

use crate::Seconds;

/// What went wrong, in a dozen kinds. Status codes are chosen from it in one table at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is malformed or says something impossible.
    Invalid,
    /// Nobody is signed in, or the credential is wrong.
    Unauthenticated,
    /// Signed in, and not allowed; used only where existence is no secret.
    Forbidden,
    /// Unknown, foreign and forbidden look the same from outside.
    NotFound,
    /// Contradicts the present state, such as a name already taken.
    Conflict,
    /// The version named by the caller is not the present one.
    Stale,
    TooLarge,
    TooMany,
    /// Try again later: the disk is full or the database away.
    Unavailable,
    Internal,
}

/// A failed use case.
pub struct Fault {
    pub kind: Kind,
    /// Machine-readable reason, stable, in snake case.
    pub code: &'static str,
    /// Sentence for the caller; names the mend where there is one.
    pub public: Cow<'static, str>,
    /// Detail for the operator's log.
    pub private: Option<String>,
    pub source: Option<Box<dyn Error + Send + Sync>>,
    /// How long to wait before trying again, where that is known.
    pub retry: Option<Seconds>,
}

pub type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub fn new(kind: Kind, code: &'static str, public: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, code, public: public.into(), private: None, source: None, retry: None }
    }

    pub fn invalid(code: &'static str, public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, code, public)
    }

    pub fn conflict(code: &'static str, public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict, code, public)
    }

    pub fn forbidden(code: &'static str, public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Forbidden, code, public)
    }

    /// The one answer for unknown, foreign and forbidden.
    pub fn not_found(noun: &'static str) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("there is no such {noun}, or you may not see it"))
    }

    pub fn stale(noun: &'static str) -> Self {
        Self::new(
            Kind::Stale,
            "stale",
            format!("this {noun} was changed meanwhile: read it again and repeat the change"),
        )
    }

    pub fn internal(private: impl Into<String>) -> Self {
        let mut fault = Self::new(
            Kind::Internal,
            "internal",
            "something failed here; quote the request id to your administrator",
        );
        fault.private = Some(private.into());
        fault
    }

    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    #[must_use]
    pub fn privately(mut self, private: impl Into<String>) -> Self {
        self.private = Some(private.into());
        self
    }

    /// The whole chain for the log, private half included.
    pub fn log_line(&self) -> String {
        let mut line = format!("{}: {}", self.code, self.private.as_deref().unwrap_or(&self.public));
        let mut next: Option<&dyn Error> = self.source.as_ref().map(|s| s.as_ref() as &dyn Error);
        while let Some(error) = next {
            line.push_str(": ");
            line.push_str(&error.to_string());
            next = error.source();
        }
        line
    }
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fault").field("kind", &self.kind).field("line", &self.log_line()).finish()
    }
}
