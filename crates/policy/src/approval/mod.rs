//! Approvals: the sentences a person decides by, who may answer, and what becomes of a question.
//!
//! Pure, as the rest of this room. The sentences are made from typed facts and from the agent's words, which are made
//! harmless first ([`plain()`]); their digest ([`digest`]) is what an answer has to carry, so that what was seen is what
//! is approved. Every change of an approval is one [`Step`] of [`apply`]: what it refuses does not happen.

mod pace;
mod plain;
mod secret;
mod sentences;
mod step;
mod weight;
mod who;

pub use pace::{LOOK_BACK, SPAN, just_denied, too_many, too_often};
pub use plain::{Oddity, Plain, plain};
pub use secret::{SecretAsking, secret_sentences};
pub use sentences::{Asking, Identity, MESSAGE_TERM, SIX_FACTS, digest, hex, sentences};
pub use step::{FRESH, MOST_MISSES, Refusal, Step, apply};
pub use weight::weights;
pub use who::{Circle, Met, is_answerable, meets, needs, needs_of_others, words};
