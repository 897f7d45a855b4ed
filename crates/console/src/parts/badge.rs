//! Status as a shape, a word and a color: the color is never alone.

use chancery_model::{Action, Stage, State, Tier, UserStatus};
use maud::{Markup, html};

use super::icon::{Icon, icon};

/// What came of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    Deny,
    Pending,
}

impl Verdict {
    pub const ALL: [Self; 3] = [Self::Allow, Self::Deny, Self::Pending];
    /// The value in filters and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Pending => "pending",
        }
    }
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "Allowed",
            Self::Deny => "Denied",
            Self::Pending => "Pending",
        }
    }
}

pub fn verdict(verdict: Verdict) -> Markup {
    let shape = match verdict {
        Verdict::Allow => Icon::Check,
        Verdict::Deny => Icon::Cross,
        Verdict::Pending => Icon::Clock,
    };
    badge(verdict.as_str(), shape, verdict.word())
}

/// What became of a question to a person.
pub fn approval(state: State) -> Markup {
    let (tone, shape, word) = match state {
        State::Pending => ("pending", Icon::Clock, "Waiting"),
        State::Approved => ("allow", Icon::Check, "Approved"),
        State::Denied => ("deny", Icon::Cross, "Denied"),
        State::Expired => ("quiet", Icon::Dash, "Lapsed"),
        State::Canceled => ("quiet", Icon::Stop, "Canceled"),
        State::Redeemed => ("allow", Icon::Check, "Approved and used"),
    };
    badge(tone, shape, word)
}

/// A change in the directory, for events that decide nothing.
pub fn change() -> Markup {
    badge("quiet", Icon::Pencil, "Recorded")
}

pub const fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Staged => "Staged",
        Stage::Active => "Active",
        Stage::Suspended => "Suspended",
        Stage::Retired => "Retired",
    }
}

pub fn stage(stage: Stage) -> Markup {
    let (tone, shape) = match stage {
        Stage::Staged => ("quiet", Icon::Ring),
        Stage::Active => ("allow", Icon::Dot),
        Stage::Suspended => ("pending", Icon::Pause),
        Stage::Retired => ("quiet", Icon::Dash),
    };
    badge(tone, shape, stage_word(stage))
}

pub fn contained() -> Markup {
    badge("contained", Icon::Stop, "Contained")
}

pub fn tier(tier: Tier) -> Markup {
    match tier {
        Tier::Auto => badge("allow", Icon::Check, "Automatic"),
        Tier::Approval => badge("pending", Icon::Hand, "Approval"),
        Tier::Never => badge("deny", Icon::Cross, "Never"),
    }
}

pub fn action(action: Action) -> Markup {
    match action {
        Action::Read => badge("quiet", Icon::Eye, "Reads"),
        Action::Change => badge("pending", Icon::Pencil, "Changes"),
    }
}

pub fn user(status: UserStatus) -> Markup {
    match status {
        UserStatus::Active => badge("allow", Icon::Dot, "Active"),
        UserStatus::Disabled => badge("deny", Icon::Dash, "Disabled"),
    }
}

pub fn enabled(enabled: bool) -> Markup {
    if enabled { badge("allow", Icon::Dot, "Enabled") } else { badge("deny", Icon::Dash, "Disabled") }
}

/// How an answer changes for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Gains,
    Loses,
    /// If a condition is met.
    MayGain,
    MayLose,
}

pub fn turn(turn: Turn) -> Markup {
    match turn {
        Turn::Gains => badge("allow", Icon::Check, "Gains"),
        Turn::Loses => badge("deny", Icon::Cross, "Loses"),
        Turn::MayGain => badge("pending", Icon::Warning, "May gain"),
        Turn::MayLose => badge("pending", Icon::Warning, "May lose"),
    }
}

pub fn quiet(words: &str) -> Markup {
    badge("quiet", Icon::Info, words)
}

pub fn warning(words: &str) -> Markup {
    badge("pending", Icon::Warning, words)
}

fn badge(tone: &str, shape: Icon, words: &str) -> Markup {
    html! { span.badge.(tone) { (icon(shape)) (words) } }
}
