//! Requests as bytes, made before they are sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A form posted to the server; one line of headers may stand before the body.
pub fn post(host: &str, path: &str, authorization: Option<&str>, form: &str) -> Vec<u8> {
    body(host, path, authorization, "application/x-www-form-urlencoded", form)
}

/// The same with JSON.
pub fn post_json(host: &str, path: &str, authorization: Option<&str>, json: &str) -> Vec<u8> {
    body(host, path, authorization, "application/json", json)
}

fn body(host: &str, path: &str, authorization: Option<&str>, kind: &str, body: &str) -> Vec<u8> {
    let authorization = authorization.map_or_else(String::new, |value| format!("authorization: {value}\r\n"));
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}content-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

pub fn get(host: &str, path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n").into_bytes()
}

/// RFC 7617. Ids and secrets of ours need no encoding of their own.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// `application/x-www-form-urlencoded`.
pub fn form(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        escape(&mut out, name);
        out.push('=');
        escape(&mut out, value);
    }
    out
}

fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped() {
        let text = form(&[("resource", "https://crm.example/api"), ("scope", "a b")]);
        assert_eq!(text, "resource=https%3A%2F%2Fcrm.example%2Fapi&scope=a%20b");
    }

    #[test]
    fn a_posted_form_says_how_long_it_is() {
        let bytes = post("h", "/p", Some("Basic x"), "a=b");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("POST /p HTTP/1.1\r\n") && text.ends_with("content-length: 3\r\n\r\na=b"));
    }
}
