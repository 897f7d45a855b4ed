//! Redirect tricks (standards §1): what is not byte-equal does not pass.

use chancery_oauth::redirect::BadRedirect;
use chancery_oauth::{callback_url, redirect_matches, redirect_registerable, safe_return_path};

#[test]
fn only_the_same_bytes_match() {
    let registered = "https://app.example/cb";
    assert!(redirect_matches(registered, registered));
    for trick in [
        "https://app.example@evil.example/cb",
        "https://app.example.evil.example/cb",
        "https://evil.example/https://app.example/cb",
        "https://app.example:443/cb",
        "https://app.example./cb",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "http://app.example/cb",
        "https://app.example/CB",
        "https://app.example/cb/",
        "https://app.example/cb/../evil",
        "https://app.example/%2e%2e/cb",
        "https://app.example/./cb",
        "https://app.example/c%62",
        "https://app.example/cb?",
        "https://app.example/cb?x=1",
        "https://app.example/cb#",
        "https://app.example/cb#x",
        "https://app.example/cb%20",
        "https://app.example/cb ",
        " https://app.example/cb",
        "https://app.example//cb",
        "https://app.example\\cb",
        "https:/app.example/cb",
        "//app.example/cb",
        "https://user@app.example/cb",
        "https://app.example/c",
        "https://аpp.example/cb",
        "",
    ] {
        assert!(!redirect_matches(registered, trick), "{trick}");
    }
}

#[test]
fn the_port_of_a_loopback_address_is_free_and_nothing_else() {
    let rows = [
        ("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb", true),
        ("http://127.0.0.1:1234/cb", "http://127.0.0.1:4711/cb", true),
        ("http://127.0.0.1:1234/cb", "http://127.0.0.1/cb", true),
        ("http://[::1]/cb", "http://[::1]:4711/cb", true),
        ("http://127.0.0.1/cb?a=1", "http://127.0.0.1:4711/cb?a=1", true),
        ("http://127.0.0.1", "http://127.0.0.1:4711", true),
        ("http://127.0.0.1/cb", "http://127.0.0.1:4711/other", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb?a=1", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb#x", false),
        ("http://127.0.0.1/cb", "https://127.0.0.1:4711/cb", false),
        ("https://127.0.0.1/cb", "https://127.0.0.1:4711/cb", false),
        ("http://127.0.0.1/cb", "http://[::1]:4711/cb", false),
        ("http://127.0.0.1/cb", "http://localhost:4711/cb", false),
        ("http://localhost/cb", "http://localhost:4711/cb", false),
        ("http://localhost/cb", "http://127.0.0.1/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1@evil.example/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:080/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.12/cb", false),
        ("http://127.0.0.1/cb", "http://127.1/cb", false),
        ("http://127.0.0.1/cb", "http://0.0.0.0/cb", false),
        ("http://127.0.0.1/cb", "http://2130706433/cb", false),
        ("http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]/cb", false),
        ("http://[::1]/cb", "http://[::ffff:127.0.0.1]/cb", false),
        ("https://app.example/cb", "https://app.example:8443/cb", false),
    ];
    for (registered, requested, expected) in rows {
        assert_eq!(redirect_matches(registered, requested), expected, "{registered} ← {requested}");
    }
}

fn check(uri: &str, expected: Result<(), BadRedirect>) {
    assert_eq!(redirect_registerable(uri), expected, "{uri}");
}

#[test]
fn what_can_be_registered() {
    for fine in [
        "https://app.example/cb",
        "https://app.example",
        "https://app.example/",
        "https://app.example:8443/cb?tenant=1",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:8080/cb",
        "http://[::1]:8080/cb",
        "http://localhost:3000/callback",
        "com.example.app:/cb",
        "com.example.app://cb",
    ] {
        check(fine, Ok(()));
    }
}

#[test]
fn what_cannot_be_registered() {
    for (uri, why) in [
        ("", BadRedirect::NotAbsolute),
        ("/cb", BadRedirect::NotAbsolute),
        ("app.example/cb", BadRedirect::NotAbsolute),
        ("//app.example/cb", BadRedirect::NotAbsolute),
        ("https://", BadRedirect::NotAbsolute),
        ("https://app.example/cb#x", BadRedirect::Fragment),
        ("https://app.example/cb#", BadRedirect::Fragment),
        ("https://u:p@app.example/cb", BadRedirect::UserInfo),
        ("https://app.example@evil.example/", BadRedirect::UserInfo),
        ("https://*.example/cb", BadRedirect::Wildcard),
        ("https://app.example/*", BadRedirect::Wildcard),
        ("http://app.example/cb", BadRedirect::Scheme),
        ("http://192.168.0.1/cb", BadRedirect::Scheme),
        ("http://127.0.0.2/cb", BadRedirect::Scheme),
        ("javascript:alert(1)", BadRedirect::Scheme),
        ("data:text/html,x", BadRedirect::Scheme),
        ("file:///etc/passwd", BadRedirect::Scheme),
        ("myapp:/cb", BadRedirect::Scheme),
        ("urn:ietf:wg:oauth:2.0:oob", BadRedirect::Scheme),
        ("https://APP.example/cb", BadRedirect::Spelling),
        ("https://app.example:443/cb", BadRedirect::Spelling),
        ("https://app.example/a/../cb", BadRedirect::Spelling),
        ("https://app.example/%2e%2e/cb", BadRedirect::Spelling),
        ("https:app.example/cb", BadRedirect::Spelling),
        ("https:\\\\app.example\\cb", BadRedirect::Spelling),
        ("https://app.example/c b", BadRedirect::Spelling),
        ("https://app.example/c\nb", BadRedirect::Spelling),
        ("https://bücher.example/cb", BadRedirect::Spelling),
        ("http://2130706433/cb", BadRedirect::Spelling),
        ("http://127.1/cb", BadRedirect::Spelling),
    ] {
        check(uri, Err(why));
    }
    check(&format!("https://app.example/{}", "a".repeat(2_048)), Err(BadRedirect::TooLong));
}

#[test]
fn parameters_are_appended_to_what_is_there() {
    let pairs = [("code", "a b&c"), ("state", "é=\"")];
    let query = "code=a+b%26c&state=%C3%A9%3D%22";
    for (uri, expected) in [
        ("https://a.example/cb", format!("https://a.example/cb?{query}")),
        ("https://a.example/cb?", format!("https://a.example/cb?{query}")),
        ("https://a.example/cb?x=1", format!("https://a.example/cb?x=1&{query}")),
        ("https://a.example/cb?x=1&", format!("https://a.example/cb?x=1&{query}")),
        ("com.example.app:/cb", format!("com.example.app:/cb?{query}")),
    ] {
        assert_eq!(callback_url(uri, &pairs), expected);
    }
    assert_eq!(callback_url("https://a.example/cb", &[]), "https://a.example/cb");
}

#[test]
fn return_paths_stay_on_this_server() {
    for fine in
        ["/", "/console", "/oauth2/authorize?client_id=cli_1&scope=a+b", "/a//b", "/?next=https://a.example"]
    {
        assert_eq!(safe_return_path(fine), Some(fine));
    }
    for trick in [
        "",
        "console",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2Fevil.example",
        "/%5cevil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\\b",
        "/a\nb",
        "/a b",
        "/\t/evil.example",
        "/é",
        " /console",
    ] {
        assert_eq!(safe_return_path(trick), None, "{trick}");
    }
    assert_eq!(safe_return_path(&format!("/{}", "a".repeat(17_000))), None);
}
