//! Purpose-typed JWT, JWS and JWK; the time is an argument.
