//! Server-rendered pages: login, consent, administration.
