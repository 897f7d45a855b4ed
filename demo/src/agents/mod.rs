//! The agents of the stories. Each proves itself with its own credential and asks for what its task needs.

mod agent;
mod answer;

pub(crate) use agent::{Agent, Credential};
pub(crate) use answer::{Answer, Pass};
