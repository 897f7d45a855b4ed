//! Authorization server: login, consent, sessions, grants, introspection, revocation.
