//! End-to-end and micro benchmarks, each beside its limit measured in the same run.

fn main() {}
