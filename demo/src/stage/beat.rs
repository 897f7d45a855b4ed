//! One step of a story.

use super::paint::Tone;

/// What was answered, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Allow,
    Deny,
    /// Somebody has to say yes first.
    Pending,
    /// A call was answered with this status.
    Status(u16),
    /// Something was done, and there was nothing to decide.
    Done,
}

impl Word {
    pub fn text(self) -> String {
        match self {
            Self::Allow => "ALLOW".to_owned(),
            Self::Deny => "DENY".to_owned(),
            Self::Pending => "WAIT".to_owned(),
            Self::Status(status) => status.to_string(),
            Self::Done => "done".to_owned(),
        }
    }

    pub const fn tone(self) -> Tone {
        match self {
            Self::Allow | Self::Status(200..=399) => Tone::Good,
            Self::Deny | Self::Status(_) => Tone::Bad,
            Self::Pending => Tone::Wait,
            Self::Done => Tone::Accent,
        }
    }
}

/// Request, answer, reason, evidence, and whether it went as told.
#[derive(Clone, Debug)]
pub(crate) struct Beat {
    pub request: String,
    pub word: Word,
    pub reason: String,
    pub evidence: Option<String>,
    pub as_told: bool,
    /// What the story says instead, for when it did not.
    pub expected: String,
}

impl Beat {
    pub fn new(request: impl Into<String>, word: Word, reason: impl Into<String>) -> Self {
        let (request, reason) = (request.into(), reason.into());
        Self { request, word, reason, evidence: None, as_told: true, expected: String::new() }
    }

    #[must_use]
    pub fn evidence(mut self, event: Option<String>) -> Self {
        self.evidence = event;
        self
    }

    /// What the story says; every expectation of a beat has to hold.
    #[must_use]
    pub fn told(mut self, holds: bool, expected: impl Into<String>) -> Self {
        if self.as_told && !holds {
            self.as_told = false;
            self.expected = expected.into();
        }
        self
    }
}
