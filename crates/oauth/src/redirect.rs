//! Redirect URIs: OAuth 2.1 §2.3, RFC 8252 §7 and §8.3, RFC 9700 §2.1 and §4.1, RFC 9207 §2.
//!
//! Compared as bytes. The one freedom is the port of a loopback IP, because native apps get theirs from the system.

use std::fmt;

use url::{Host, Url, form_urlencoded};

use crate::authorize::{Opening, ResponseMode};
use crate::error::OAuthError;

const LONGEST: usize = 2_048;

/// Whether the requested URI is the registered one.
pub fn redirect_matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    match (without_loopback_port(registered), without_loopback_port(requested)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Splits `http://127.0.0.1:4711/cb` into host and rest, without the port; nothing for any other URI.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let host = ["http://127.0.0.1", "http://[::1]"].into_iter().find(|host| uri.starts_with(host))?;
    let rest = uri.strip_prefix(host)?;
    let rest = match rest.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = after.split_at(digits);
            (!port.starts_with('0') && port.parse::<u16>().is_ok()).then_some(rest)?
        }
        None => rest,
    };
    // The authority ends here, or it was never the loopback host: `http://127.0.0.1.evil`, `http://127.0.0.1:1@evil`.
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// Why a URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRedirect {
    TooLong,
    NotAbsolute,
    Fragment,
    UserInfo,
    Wildcard,
    /// `http` other than loopback, `javascript:`, `data:` and whatever else is no private-use scheme.
    Scheme,
    /// A second spelling of another URI: dot segments, upper-case host, default port, raw or stray characters.
    Spelling,
}

impl fmt::Display for BadRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the redirect URI is longer than 2048 characters",
            Self::NotAbsolute => "the redirect URI has to be absolute, such as https://app.example/callback",
            Self::Fragment => "the redirect URI must not have a fragment",
            Self::UserInfo => "the redirect URI must not have a user name or password",
            Self::Wildcard => "the redirect URI must not have a wildcard: register each one",
            Self::Scheme => {
                "the redirect URI has to use https, http on 127.0.0.1, [::1] or localhost, or a private-use scheme with a dot such as com.example.app"
            }
            Self::Spelling => {
                "write the redirect URI in its plain spelling: lower-case host, no dot segments, no default port, no raw special characters"
            }
        })
    }
}

impl std::error::Error for BadRedirect {}

/// Whether a client may register this URI.
pub fn redirect_registerable(uri: &str) -> Result<(), BadRedirect> {
    if uri.len() > LONGEST {
        return Err(BadRedirect::TooLong);
    }
    if uri.contains('*') {
        return Err(BadRedirect::Wildcard);
    }
    if uri.contains('#') {
        return Err(BadRedirect::Fragment);
    }
    if !uri.bytes().all(|b| b.is_ascii_graphic())
        || uri.contains(['\\', '"', '<', '>', '`', '{', '}', '|', '^'])
    {
        return Err(BadRedirect::Spelling);
    }
    let url = Url::parse(uri).map_err(|_| BadRedirect::NotAbsolute)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadRedirect::UserInfo);
    }
    scheme_fits(&url)?;
    // What a browser would rewrite could be compared as one thing and visited as another.
    match url.as_str() == uri || url.as_str().strip_suffix('/') == Some(uri) {
        true => Ok(()),
        false => Err(BadRedirect::Spelling),
    }
}

fn scheme_fits(url: &Url) -> Result<(), BadRedirect> {
    let fits = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            Some(Host::Ipv4(ip)) => ip == std::net::Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(ip)) => ip == std::net::Ipv6Addr::LOCALHOST,
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        },
        // RFC 8252 §7.1: a reversed domain name, so that it can be somebody's.
        private => private.contains('.'),
    };
    if fits { Ok(()) } else { Err(BadRedirect::Scheme) }
}

/// The answer of the authorization endpoint, on its way to the client. Always says who answers (RFC 9207 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    /// What travels, in order; for `form_post` these become the fields of the form.
    pub pairs: Vec<(&'static str, String)>,
}

impl Callback {
    pub fn code(issuer: &str, redirect_uri: &str, opening: &Opening, code: &str) -> Self {
        Self::build(issuer, redirect_uri, opening, vec![("code", code.to_owned())])
    }

    pub fn error(issuer: &str, redirect_uri: &str, opening: &Opening, error: &OAuthError) -> Self {
        Self::build(issuer, redirect_uri, opening, error.pairs())
    }

    fn build(issuer: &str, uri: &str, opening: &Opening, mut pairs: Vec<(&'static str, String)>) -> Self {
        if let Some(state) = &opening.state {
            pairs.push(("state", state.clone()));
        }
        pairs.push(("iss", issuer.to_owned()));
        Self { redirect_uri: uri.to_owned(), mode: opening.response_mode, pairs }
    }

    /// The address for a redirect with status 303.
    pub fn url(&self) -> String {
        let pairs: Vec<(&str, &str)> =
            self.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        callback_url(&self.redirect_uri, &pairs)
    }
}

/// Appends parameters to a URI whose own query stays as it is (RFC 6749 §3.1.2).
pub fn callback_url(uri: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let joint = match uri.split_once('?') {
        _ if query.is_empty() => "",
        None => "?",
        Some((_, "")) => "",
        Some((_, own)) if own.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{query}")
}

/// Longest path to come back to: an authorization request with everything it may have.
const LONGEST_PATH: usize = 16 * 1024;

/// A path on this server to come back to after sign-in; nothing that a browser could read as another host.
pub fn safe_return_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?;
    let lower: String = rest.chars().take(3).map(|c| c.to_ascii_lowercase()).collect();
    let leaves = rest.starts_with('/') || lower == "%2f" || lower == "%5c";
    let fine = |b: u8| b.is_ascii_graphic() && b != b'\\';
    (path.len() <= LONGEST_PATH && !leaves && rest.bytes().all(fine)).then_some(path)
}
