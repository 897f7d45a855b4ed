//! Validation of what people type: every refusal says how to mend it.

use chancery_kernel::{Fault, Outcome, ScopeSet, Secret};
use chancery_model::Application;
use url::Url;

/// Names and titles.
pub const SHORT: usize = 200;
/// Descriptions and reasons.
pub const LONG: usize = 2_000;
/// Addresses (RFC 5321 §4.5.3.1.3) and URIs.
const EMAIL: usize = 254;
const URI: usize = 2_000;
/// NIST SP 800-63B §3.1.1.2 asks for 15 characters where the password stands alone, and for no rule of composition.
pub const PASSWORD: std::ops::RangeInclusive<usize> = 15..=256;

/// Text of at most `most` characters, trimmed; may be empty.
pub(crate) fn text(field: &'static str, text: &str, most: usize) -> Outcome<String> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Fault::invalid(
            "too_long",
            format!("{field} is too long: use at most {most} characters"),
        ));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Fault::invalid(
            "control_characters",
            format!("{field} has control characters: send plain text"),
        ));
    }
    Ok(text.to_owned())
}

/// Text that says something, on one line.
pub(crate) fn line(field: &'static str, value: &str) -> Outcome<String> {
    let value = text(field, value, SHORT)?;
    if value.is_empty() {
        return Err(Fault::invalid("empty", format!("{field} is empty: give it one")));
    }
    if value.contains('\n') {
        return Err(Fault::invalid("control_characters", format!("{field} has more than one line: use one")));
    }
    Ok(value)
}

/// Why somebody does something that others have to understand later.
pub(crate) fn reason(value: &str) -> Outcome<String> {
    let value = text("the reason", value, LONG)?;
    if value.is_empty() {
        return Err(Fault::invalid(
            "reason_missing",
            "say why: the reason stands in the history and the audit log",
        ));
    }
    Ok(value)
}

/// What somebody types to sign in, in lower case.
pub(crate) fn login(value: &str) -> Outcome<String> {
    let login = line("the login", value)?.to_lowercase();
    if login.chars().all(|c| c.is_alphanumeric() || "._-@+".contains(c)) {
        return Ok(login);
    }
    Err(Fault::invalid(
        "bad_login",
        "the login may have letters, digits and . _ - @ + only: an e-mail address is a good one",
    ))
}

/// An e-mail address, in lower case. Whether it works is only known by writing to it.
pub(crate) fn email(value: &str) -> Outcome<String> {
    let email = value.trim().to_lowercase();
    let fine = email.len() <= EMAIL
        && !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c))
        && email.split_once('@').is_some_and(|(local, domain)| {
            let labels = domain.split('.').all(|label| !label.is_empty());
            !local.is_empty() && local.len() <= 64 && !domain.contains('@') && labels
        });
    if fine {
        return Ok(email);
    }
    Err(Fault::invalid("bad_email", "this is no e-mail address: write it as name@example.com"))
}

/// Short name of an organization in addresses.
pub(crate) fn slug(value: &str) -> Outcome<String> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edge = |c: Option<char>| c.is_some_and(|c| c != '-');
    if value.len() <= 63
        && value.chars().all(inner)
        && edge(value.chars().next())
        && edge(value.chars().next_back())
    {
        return Ok(value.to_owned());
    }
    Err(Fault::invalid(
        "bad_slug",
        "the short name may have 1 to 63 lower-case letters, digits and hyphens, no hyphen at its ends",
    ))
}

/// Names of agents stand in tokens and file names.
pub(crate) fn agent_name(value: &str) -> Outcome<String> {
    let name = line("the name", value)?;
    if name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Ok(name);
    }
    Err(Fault::invalid("bad_agent_name", "an agent's name may have letters, digits and - _ . only"))
}

pub(crate) fn password(password: &Secret, about: &[&str]) -> Outcome<()> {
    let text = password.expose();
    if !PASSWORD.contains(&text.chars().count()) {
        return Err(Fault::invalid(
            "bad_password",
            format!(
                "a password has {} to {} characters: a sentence is a good one",
                PASSWORD.start(),
                PASSWORD.end()
            ),
        ));
    }
    if about.iter().any(|known| text.eq_ignore_ascii_case(known)) {
        return Err(Fault::invalid(
            "bad_password",
            "the password is the login or the e-mail address: choose another",
        ));
    }
    Ok(())
}

/// A resource URI (RFC 8707 §2): absolute, without fragment. Kept byte for byte, because tokens carry it so.
pub(crate) fn resource(value: &str, issuer: &str) -> Outcome<String> {
    let bad = |why: &str| Fault::invalid("bad_resource", format!("the resource URI {why}"));
    if value.len() > URI {
        return Err(bad("is too long: use at most 2000 characters"));
    }
    let url = Url::parse(value).map_err(|_| bad("is not absolute: write it as https://crm.example.com"))?;
    if !matches!(url.scheme(), "https" | "http" | "urn") {
        return Err(bad("begins with something else than https:, http: or urn:"));
    }
    if url.fragment().is_some() || value.contains('#') {
        return Err(bad("has a fragment: leave out # and what follows"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("has a user name or password in it: leave them out"));
    }
    // What a request could not name would never get a token.
    if !chancery_oauth::resource::is_absolute(value) {
        return Err(bad("has characters a URI may not have: write them percent-encoded"));
    }
    // Kept in its plain spelling: another one of scheme and host names the same (RFC 3986 §6.2.2.1).
    let value = chancery_oauth::resource::normal(value);
    if value.trim_end_matches('/') == issuer.trim_end_matches('/') {
        return Err(bad(
            "is the address of this server, which means something else in tokens: choose another",
        ));
    }
    Ok(value.into_owned())
}

/// Scopes that the application has.
pub(crate) fn scopes_of(app: &Application, scopes: &ScopeSet) -> Outcome<()> {
    let unknown = scopes.without(&app.all_scopes());
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Fault::invalid(
        "unknown_scope",
        format!("{} has no scope {unknown}: its scopes are {}", app.name, app.all_scopes()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_addresses_are_compared_in_lower_case() {
        assert_eq!(login(" Alice@Corp.Example ").unwrap(), "alice@corp.example");
        assert_eq!(email("Alice@Corp.Example").unwrap(), "alice@corp.example");
        for bad in ["", "alice", "@corp", "a@b@c", "a b@c.example", "a@.example", "a@<b>.example"] {
            assert!(email(bad).is_err(), "{bad}");
        }
        for bad in ["", "a b", "a\nb", "a/b", "a:b"] {
            assert!(login(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn resources_are_absolute_and_have_no_fragment() {
        let check = |uri| resource(uri, "https://id.example");
        for fine in ["https://crm.example", "http://localhost:9000/mcp", "urn:example:crm"] {
            assert_eq!(check(fine).unwrap(), fine);
        }
        assert_eq!(check("HTTPS://CRM.Example/Api").unwrap(), "https://crm.example/Api");
        let bads = [
            "crm",
            "HTTPS://ID.example",
            "/crm",
            "https://crm.example#x",
            "https://u:p@crm.example",
            "javascript:1",
            "https://id.example/",
        ];
        for bad in bads {
            assert_eq!(check(bad).unwrap_err().code, "bad_resource", "{bad}");
        }
    }

    #[test]
    fn slugs_fit_into_addresses() {
        for bad in ["", "-a", "a-", "A", "a_b", &"a".repeat(64)] {
            assert!(slug(bad).is_err(), "{bad}");
        }
        assert!(slug("corp-2").is_ok());
    }

    #[test]
    fn overlong_texts_are_refused_by_characters_not_bytes() {
        assert!(line("the name", &"ä".repeat(200)).is_ok());
        assert_eq!(line("the name", &"ä".repeat(201)).unwrap_err().code, "too_long");
    }
}
