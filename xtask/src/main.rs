//! gen: regenerated artefacts; tidy: the laws of the house.

fn main() {}
