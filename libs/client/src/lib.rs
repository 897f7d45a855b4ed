//! Rust client for agents: sign-in, client authentication, token exchange.
