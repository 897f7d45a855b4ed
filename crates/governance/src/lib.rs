//! Approvals: what people are asked, what they answer, and what becomes of it.
//!
//! Agents put their questions at the issuer (CIBA); here they are read, answered with the digest of what was seen, taken
//! back, and left to lapse. Every change is one step of `policy::approval::apply`, made by compare-and-set in one write
//! together with its event; two that come at once leave one winner.

mod account;
pub mod answer;
pub mod approvals;
pub mod emergencies;
mod escalate;
pub mod inbox;
pub mod lapse;
pub mod orphans;
mod permission;
pub mod requests;
