//! The rule of two subjects: decide, with reasons.
