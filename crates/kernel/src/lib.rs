//! Ids, time, randomness, secrets, faults: what every room may use.
