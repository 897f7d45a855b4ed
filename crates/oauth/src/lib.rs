//! Wire types and rules of the authorization server: requests, answers, metadata, error codes.
