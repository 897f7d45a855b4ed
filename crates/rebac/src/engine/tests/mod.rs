//! The graph against a plain map of tuples.

mod check;
mod graph;
