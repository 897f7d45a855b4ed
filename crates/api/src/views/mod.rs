//! Shapes of answers that several operations share. What only one operation says stands with it.

mod access;
mod agent;
mod application;
mod approval;
mod approver;
mod client;
mod endpoint;
mod event;
mod people;
mod record;
pub(crate) mod relations;
mod run;
mod token;
mod vault;

pub use access::{Assignee, Assignment, Connection, Grant};
pub use agent::{Agent, Containment, UseCase, Version};
pub use application::{Application, ScopeRule};
pub use approval::Approval;
pub use approver::{Approvers, Need};
pub use client::{Backchannel, Client, ClientSecret, Removal};
pub use endpoint::{Delivery, Endpoint, EndpointKey};
pub use event::{Event, Proof};
pub use people::{Factor, Group, Organization, User};
pub use record::{Meta, Reason};
pub(crate) use record::{created, given, versioned};
pub use run::Run;
pub use token::Token;
pub use vault::{Folder, Lease, RevealPolicy, Rotation, Secret, SecretConnection};
