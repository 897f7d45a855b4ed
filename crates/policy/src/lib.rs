//! The rule of two subjects: decide, with reasons.
//!
//! Access to an application is allowed if and only if every agent of the chain is live and assigned to it, the
//! human is proven, live and assigned to it too, and every scope asked for comes in a tier that needs nobody's yes
//! or already has it. [`decide`] answers for agents, [`decide_person`] for a person at a plain client,
//! [`decide_client`] for a tool that acts for nobody.
//!
//! Pure: facts come in by reference, a [`Verdict`] comes out. `Allow` is built on one path only, after every check
//! has found nothing; whatever is unknown, foreign or missing denies. Nothing that is derived reaches further than
//! its source, in scope or in lifetime.

pub mod approval;
mod assigned;
mod case;
mod check;
mod facts;
mod limit;
mod reason;
mod scopes;
mod verdict;

pub use case::{decide, decide_client, decide_person};
pub use facts::{
    ActorFacts, ClientQuestion, HumanFacts, PersonQuestion, Proof, Question, Source, human_scopes,
};
pub use limit::DEEPEST_CHAIN;
pub use reason::{Named, Reason};
pub use verdict::{Bounds, Verdict, caller_text, full_text};
