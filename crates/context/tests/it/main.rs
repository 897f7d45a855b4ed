//! What a use case is given, and what follows it.
#![cfg(test)]

mod kill;
mod reactions;
mod world;
