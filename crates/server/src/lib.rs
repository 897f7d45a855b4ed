//! The binary: configuration, wiring, listeners, telemetry, subcommands.

pub mod cli;
pub mod config;
pub mod control;
mod listen;
pub mod out;
mod server;
mod supervisor;
pub mod system;
mod telemetry;
mod wiring;

pub use server::{Running, Server};
