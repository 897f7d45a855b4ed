//! Resource indicators (RFC 8707 §2): absolute, without fragment, one per token. They are compared byte for byte
//! where they are looked up; here only their form is judged.

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
