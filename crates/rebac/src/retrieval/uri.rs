//! The resources of MCP servers as objects: `crm://contacts/acme-corp` is `resource:crm/contacts/acme-corp`.
//!
//! An object's id may hold letters, digits and `_ | * @ . + / -`, so every other byte of the URI is written as `+` and two
//! hexadecimal digits, as is `+` itself. A URI without `//` after its scheme keeps a `|` there. URIs that are equivalent by
//! RFC 3986 section 6.2.2 (case of scheme and host, case and need of percent-encoding) are one object; dot segments are refused,
//! since one who follows them and one who does not would mean different resources. What is too long for an object is named by a
//! digest, which the caller gives; such a name cannot be read back.

use std::fmt::Write;

/// The longest object, type and colon included.
const LONGEST_OBJECT: usize = 256;

/// Comes after the scheme where a digest stands for the rest. A lone `+` is in no other name.
const DIGEST_MARK: &str = "/+/";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriFault {
    #[error("'{0}' has no scheme: a resource is named by a whole URI, such as crm://contacts/acme-corp")]
    NoScheme(String),
    #[error("'{0}' holds a space, a control character or a character beyond ASCII: percent-encode it")]
    Unencoded(String),
    #[error("'{0}' holds a '%' without two hexadecimal digits after it")]
    Percent(String),
    #[error("'{0}' holds a '.' or '..' segment: name the resource it leads to")]
    DotSegment(String),
    #[error("'{0}' is no object that a URI was mapped to")]
    NotMapped(String),
}

/// What an object names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// This resource, its URI normalized.
    Uri(String),
    /// One whose URI was too long; only its scheme is known.
    Digest { scheme: String },
}

/// The object of a type that stands for a URI; `digest` is a collision-resistant one of 32 bytes, such as SHA-256.
pub fn object_of_uri(
    kind: &str,
    uri: &str,
    digest: impl FnOnce(&[u8]) -> [u8; 32],
) -> Result<String, UriFault> {
    let (scheme, rest) = normalize(uri)?;
    let mut id = String::new();
    encode(&scheme, &mut id);
    let named_scheme = id.len();
    match rest.strip_prefix("//") {
        Some(path) => {
            id.push('/');
            encode(path, &mut id);
        }
        None => {
            id.push('|');
            encode(&rest, &mut id);
        }
    }
    let object = format!("{kind}:{id}");
    if object.len() <= LONGEST_OBJECT {
        return Ok(object);
    }
    id.truncate(named_scheme);
    let mut short = format!("{kind}:{id}{DIGEST_MARK}");
    for byte in digest(format!("{scheme}:{rest}").as_bytes()) {
        let _ = write!(short, "{byte:02x}");
    }
    Ok(short)
}

/// The URI that an object stands for.
pub fn uri_of_object(object: &str) -> Result<Named, UriFault> {
    let unmapped = || UriFault::NotMapped(object.to_owned());
    let (_, id) = object.split_once(':').ok_or_else(unmapped)?;
    let end = id.find(['/', '|']).ok_or_else(unmapped)?;
    let (scheme, rest) = id.split_at_checked(end).ok_or_else(unmapped)?;
    let scheme = decode(scheme).ok_or_else(unmapped)?;
    if let Some(hex) = rest.strip_prefix(DIGEST_MARK) {
        let whole = hex.len() == 64 && hex.bytes().all(|one| matches!(one, b'0'..=b'9' | b'a'..=b'f'));
        return if whole { Ok(Named::Digest { scheme }) } else { Err(unmapped()) };
    }
    let (mark, encoded) = rest.split_at_checked(1).ok_or_else(unmapped)?;
    let decoded = decode(encoded).ok_or_else(unmapped)?;
    let uri = if mark == "/" { format!("{scheme}://{decoded}") } else { format!("{scheme}:{decoded}") };
    // Only what the mapping gives is read back: a name written otherwise would be a second one for the same resource.
    match object_of_uri("", &uri, |_| [0; 32]) {
        Ok(again) if again.strip_prefix(':') == Some(id) => Ok(Named::Uri(uri)),
        _ => Err(unmapped()),
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'|' | b'@' | b'.' | b'/' | b'-')
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if is_plain(byte) {
            into.push(char::from(byte));
        } else {
            let _ = write!(into, "+{byte:02X}");
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'+' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(hexadecimal(digits)?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let text =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|one| one.is_ascii_hexdigit()))?;
    u8::from_str_radix(text, 16).ok()
}

/// Scheme and rest in the normal form of RFC 3986 section 6.2.2.
fn normalize(uri: &str) -> Result<(String, String), UriFault> {
    let no_scheme = || UriFault::NoScheme(uri.to_owned());
    let (scheme, rest) = uri.split_once(':').ok_or_else(no_scheme)?;
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|one| one.is_ascii_alphanumeric() || matches!(one, b'+' | b'-' | b'.'));
    if !well_formed || rest.is_empty() {
        return Err(no_scheme());
    }
    if rest.bytes().any(|one| !one.is_ascii_graphic()) {
        return Err(UriFault::Unencoded(uri.to_owned()));
    }
    let rest = normalize_percent(rest).ok_or_else(|| UriFault::Percent(uri.to_owned()))?;
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(UriFault::DotSegment(uri.to_owned()));
    }
    Ok((scheme.to_ascii_lowercase(), lower_host(&rest)))
}

/// Encodings of what needs none are taken out, the others written in capitals.
fn normalize_percent(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('%');
    out.push_str(parts.next()?);
    for part in parts {
        let (digits, after) = part.split_at_checked(2)?;
        let byte = hexadecimal(digits.as_bytes())?;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out.push_str(after);
    }
    Some(out)
}

/// The host of `//user@Host:port/path` in small letters.
fn lower_host(rest: &str) -> String {
    let Some(after) = rest.strip_prefix("//") else { return rest.to_owned() };
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (authority, path) = after.split_at_checked(end).unwrap_or((after, ""));
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    let at = if user.is_empty() && !authority.contains('@') { "" } else { "@" };
    // Percent-encodings stay in capitals.
    let mut host_lower = host.to_ascii_lowercase();
    if host.contains('%') {
        host_lower = normalize_percent(&host_lower).unwrap_or(host_lower);
    }
    format!("//{user}{at}{host_lower}{path}")
}
