//! The vault of privileged secrets: folders, values and their versions, who may reach them, handing out, leases, rotation.
//!
//! Values exist here as [`Value`], which never prints, and at rest sealed by `vault`. Handing one out is a decision like
//! that of a token: made in one write, with the reach, the policy, the permission and the lease read in it, and recorded
//! there. No event has a field that could hold a value.

mod ask;
mod change;
mod evidence;
pub mod folders;
pub mod leases;
mod place;
mod reach;
pub mod reaches;
pub mod requests;
pub mod reveal;
pub mod rotate;
pub mod secrets;
mod value;

pub use place::Spot;
pub use value::Value;
