//! What a token is for. Each purpose has its own `typ` and its own rules (RFC 8725 §3.11, §3.12).

use crate::MAX_TOKEN;

/// A class of token.
pub trait Purpose {
    /// The `typ` that is written.
    const TYP: Option<&'static str>;
    /// How far ahead of now `exp` may lie, in seconds (leeway comes on top).
    const MAX_LIFETIME: Option<i64>;
    /// Whether `jti` must be there.
    const REQUIRE_JTI: bool;
    /// Whether `aud` must have exactly one value.
    const ONE_AUDIENCE: bool = false;
    /// Longest token of this class that is read or written, in bytes.
    const MAX_LENGTH: usize = MAX_TOKEN;

    /// Whether a token with this `typ` may be of this class.
    fn typ_allowed(typ: Option<&str>) -> bool;
}

/// Every `typ` this crate writes; signing keys encode the headers for these in advance.
pub(crate) const TYPS: &[Option<&str>] =
    &[AccessToken::TYP, IdToken::TYP, ClientAssertion::TYP, RevocationFeed::TYP, LogoutToken::TYP];

/// RFC 9068: an access token for a resource server.
#[derive(Clone, Copy, Debug)]
pub struct AccessToken;

impl Purpose for AccessToken {
    const TYP: Option<&'static str> = Some("at+jwt");
    const MAX_LIFETIME: Option<i64> = None;
    const REQUIRE_JTI: bool = true;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_some_and(|typ| is(typ, "at+jwt"))
    }
}

/// OpenID Connect Core §2: an ID token for a client.
#[derive(Clone, Copy, Debug)]
pub struct IdToken;

impl Purpose for IdToken {
    const TYP: Option<&'static str> = Some("JWT");
    const MAX_LIFETIME: Option<i64> = None;
    const REQUIRE_JTI: bool = false;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_none_or(|typ| is(typ, "JWT"))
    }
}

/// RFC 7523 with its 2026 revision: a client proves who it is. Absence of the explicit type is tolerated, because
/// older clients do not know it; any *other* type is not. `aud` has exactly one value, so that an assertion made
/// for us cannot be played to another server and the other way round.
#[derive(Clone, Copy, Debug)]
pub struct ClientAssertion;

impl Purpose for ClientAssertion {
    const TYP: Option<&'static str> = Some("client-authentication+jwt");
    /// What common client libraries write by default; servers may ask for less.
    const MAX_LIFETIME: Option<i64> = Some(3_600);
    const REQUIRE_JTI: bool = true;
    const ONE_AUDIENCE: bool = true;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_none_or(|typ| is(typ, "client-authentication+jwt") || is(typ, "JWT"))
    }
}

/// A signed authentication request (OpenID CIBA Core 1.0 §7.1.1, RFC 9101 §4). As with client assertions, absence of the
/// explicit type is tolerated, and any other one is not.
#[derive(Clone, Copy, Debug)]
pub struct RequestObject;

impl Purpose for RequestObject {
    const TYP: Option<&'static str> = Some("oauth-authz-req+jwt");
    const MAX_LIFETIME: Option<i64> = Some(3_600);
    const REQUIRE_JTI: bool = true;
    const ONE_AUDIENCE: bool = true;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_none_or(|typ| is(typ, "oauth-authz-req+jwt") || is(typ, "JWT"))
    }
}

/// A client's signed word about who is meant (`login_hint_token`, OpenID CIBA Core 1.0 §7.1).
#[derive(Clone, Copy, Debug)]
pub struct LoginHint;

impl Purpose for LoginHint {
    const TYP: Option<&'static str> = Some("login-hint+jwt");
    const MAX_LIFETIME: Option<i64> = Some(3_600);
    const REQUIRE_JTI: bool = false;
    const ONE_AUDIENCE: bool = true;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_none_or(|typ| is(typ, "login-hint+jwt") || is(typ, "JWT"))
    }
}

/// By which a push service knows who sends (RFC 8292 §2).
#[derive(Clone, Copy, Debug)]
pub struct Vapid;

impl Purpose for Vapid {
    const TYP: Option<&'static str> = Some("JWT");
    const MAX_LIFETIME: Option<i64> = Some(86_400);
    const REQUIRE_JTI: bool = false;
    const ONE_AUDIENCE: bool = true;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_some_and(|typ| is(typ, "JWT"))
    }
}

/// The signed feed of revocation marks that guards follow.
#[derive(Clone, Copy, Debug)]
pub struct RevocationFeed;

impl Purpose for RevocationFeed {
    const TYP: Option<&'static str> = Some("revocations+jwt");
    const MAX_LIFETIME: Option<i64> = Some(3600);
    const REQUIRE_JTI: bool = false;
    /// A snapshot after a large containment has thousands of marks.
    const MAX_LENGTH: usize = 8 * 1024 * 1024;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_some_and(|typ| is(typ, "revocations+jwt"))
    }
}

/// What an introspection says, signed (RFC 9701 §5). Nothing here reads it: it is for the one who asked.
#[derive(Clone, Copy, Debug)]
pub struct Introspection;

impl Purpose for Introspection {
    const TYP: Option<&'static str> = Some("token-introspection+jwt");
    const MAX_LIFETIME: Option<i64> = None;
    const REQUIRE_JTI: bool = false;
    const ONE_AUDIENCE: bool = true;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_some_and(|typ| is(typ, "token-introspection+jwt"))
    }
}

/// OpenID Connect Back-Channel Logout 1.0 §2.4.
#[derive(Clone, Copy, Debug)]
pub struct LogoutToken;

impl Purpose for LogoutToken {
    const TYP: Option<&'static str> = Some("logout+jwt");
    const MAX_LIFETIME: Option<i64> = Some(300);
    const REQUIRE_JTI: bool = true;

    fn typ_allowed(typ: Option<&str>) -> bool {
        typ.is_some_and(|typ| is(typ, "logout+jwt"))
    }
}

/// RFC 7515 §4.1.9: `typ` is a media type, compared without regard to case, whose `application/` may be left out.
fn is(typ: &str, wanted: &str) -> bool {
    let bare = match typ.split_once('/') {
        Some((kind, bare)) if kind.eq_ignore_ascii_case("application") => bare,
        Some(_) => return false,
        None => typ,
    };
    bare.eq_ignore_ascii_case(wanted)
}
