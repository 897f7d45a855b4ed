//! Organizations, users, groups, applications, agents, clients, assignments, connections, grants: their use cases.
//!
//! One file per noun. Each use case takes the context, asks it for permission, checks what it was told, and writes
//! once: the change, its event, and the marks that make it act on tokens already issued. [`reach`] finds who may use
//! less after a change; [`rights`] sees to it that nobody hands out more than they hold.

pub mod agents;
pub mod applications;
mod approvers;
pub mod assignments;
pub mod builtin;
mod change;
mod check;
pub mod clients;
pub mod connections;
mod dependents;
pub mod grants;
pub mod groups;
pub mod later;
pub mod organizations;
mod reach;
mod rights;
pub mod users;

pub use check::PASSWORD;
