//! How often a person is asked (CIBA §14: unsolicited prompts).

use chancery_kernel::{Seconds, Timestamp};
use chancery_model::{Approval, State};

/// Questions of one agent that may wait for one person, and of all agents together.
const MOST_OF_ONE: i64 = 5;
const MOST_OF_ALL: i64 = 30;
/// Questions that one agent, and all together, may put to one person within [`SPAN`], answered or not.
const RATE_OF_ONE: i64 = 20;
const RATE_OF_ALL: i64 = 60;
pub const SPAN: Seconds = Seconds::minutes(10);
/// After a no, the same question is not put again for so long.
const QUIET: Seconds = Seconds(60);
/// Questions put before this are over for longer than that.
pub const LOOK_BACK: Seconds = Seconds(1_000);

/// Why one more question would be one too many, if so: with so many of one agent, and of all, waiting.
pub const fn too_many(of_one: i64, of_all: i64) -> Option<&'static str> {
    match (of_one, of_all) {
        (MOST_OF_ONE.., _) => Some("other questions of this agent wait for them already"),
        (_, MOST_OF_ALL..) => Some("too many questions wait for them already"),
        _ => None,
    }
}

/// The same of what they were asked within [`SPAN`].
pub const fn too_often(of_one: i64, of_all: i64) -> Option<&'static str> {
    match (of_one, of_all) {
        (RATE_OF_ONE.., _) => Some("this agent has asked them too often in the last minutes"),
        (_, RATE_OF_ALL..) => Some("they were asked too often in the last minutes"),
        _ => None,
    }
}

/// Whether they said no to it so lately that it is not put again.
pub fn just_denied(asked: &Approval, now: Timestamp) -> bool {
    let lately = |at: Timestamp| now.since(at) < QUIET;
    asked.state == State::Denied && asked.closed.as_ref().is_some_and(|end| lately(end.at))
}
