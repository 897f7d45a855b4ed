//! The nouns as plain records: what a user, agent, application or connection is.
