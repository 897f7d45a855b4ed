//! Cx: what a use case is given.
