//! Resource indicators (RFC 8707 §2): absolute, without fragment, one per token, and compared byte for byte but for what
//! RFC 3986 §6.2.2.1 says is the same.

use std::borrow::Cow;

use chancery_kernel::ScopeSet;

use crate::error::{ErrorCode, OAuthError};
use crate::params::Params;

/// Longest resource that is looked up.
const LONGEST: usize = 2_048;

/// The one `resource` of a request, if it names one.
pub(crate) fn one(params: &Params<'_>) -> Result<Option<String>, OAuthError> {
    let mut all = params.all("resource");
    let first = all.next();
    if all.next().is_some() {
        return Err(refused("a token is for one resource: send a request for each resource"));
    }
    match first {
        Some(text) if is_absolute(text) => Ok(Some(text.to_owned())),
        Some(_) => Err(refused("resource has to be an absolute URI without fragment")),
        None => Ok(None),
    }
}

/// Refuses a request whose two names for its target differ: only one of them could be meant, and a token for the other
/// would reach somebody else.
pub(crate) fn agree(resource: Option<&str>, audience: Option<&str>) -> Result<(), OAuthError> {
    match resource.zip(audience).is_none_or(|(one, other)| same(one, other)) {
        true => Ok(()),
        false => Err(refused("resource and audience name different targets: send one of them")),
    }
}

/// Whether two texts name one resource: byte for byte, but for the case of scheme and host, and one slash at the end that
/// some clients add.
pub fn same(one: &str, other: &str) -> bool {
    let (one, other) = (normal(one), normal(other));
    one.strip_suffix('/').unwrap_or(&one) == other.strip_suffix('/').unwrap_or(&other)
}

/// Scheme and host in lower case, which name the same in any (RFC 3986 §6.2.2.1); the rest as it stands.
pub fn normal(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once(':') else { return text.into() };
    let host = rest.strip_prefix("//").map_or("", |rest| rest.split(['/', '?']).next().unwrap_or_default());
    // What stands before an `@` is no host.
    let host = if host.contains('@') { "" } else { host };
    let upper = |part: &str| part.bytes().any(|b| b.is_ascii_uppercase());
    if !upper(scheme) && !upper(host) {
        return text.into();
    }
    let mut out = text.to_owned();
    let length = scheme.len() + if host.is_empty() { 0 } else { 3 + host.len() };
    if let Some(part) = out.get_mut(..length) {
        part.make_ascii_lowercase();
    }
    out.into()
}

/// Refuses what is not served yet, which passed over would leave the caller with less than it asked for (RFC 9396 §5).
pub(crate) fn refuse_details(params: &Params<'_>) -> Result<(), OAuthError> {
    match params.get("authorization_details") {
        None => Ok(()),
        Some(_) => Err(OAuthError::new(
            ErrorCode::InvalidAuthorizationDetails,
            "authorization_details are not served here: ask by scope",
        )),
    }
}

/// `scope`, if there is one.
pub(crate) fn scope(params: &Params<'_>) -> Result<Option<ScopeSet>, OAuthError> {
    let read = |text: &str| {
        ScopeSet::parse(text).map_err(|error| OAuthError::new(ErrorCode::InvalidScope, error.to_string()))
    };
    let scopes = params.get("scope").map(read).transpose()?;
    Ok(scopes.filter(|set| !set.is_empty()))
}

/// `scheme ":" …` of RFC 3986 §4.3, with only the characters a URI may have and no fragment.
pub fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_fine = scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let fine = |b: u8| b.is_ascii_graphic() && !matches!(b, b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`');
    text.len() <= LONGEST && scheme_fine && !rest.is_empty() && rest.bytes().all(fine)
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidTarget, why)
}
