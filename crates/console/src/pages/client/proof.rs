//! How clients prove themselves, in words.

use chancery_model::AuthMethod;

pub const METHODS: [(&str, &str); 4] = [
    ("private_key_jwt", "Its own key (private_key_jwt)"),
    ("client_secret_basic", "A secret, in the header (client_secret_basic)"),
    ("client_secret_post", "A secret, in the body (client_secret_post)"),
    ("none", "Nothing: a public client with PKCE"),
];

/// As the rest of a sentence about the client.
pub const fn words(auth: AuthMethod) -> &'static str {
    match auth {
        AuthMethod::PrivateKeyJwt => "proves itself by its own key",
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => "proves itself by a secret",
        AuthMethod::None => "public client, PKCE",
    }
}

pub const fn short(auth: AuthMethod) -> &'static str {
    match auth {
        AuthMethod::PrivateKeyJwt => "its own key",
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => "a secret",
        AuthMethod::None => "nothing: public, PKCE",
    }
}

pub fn count(credentials: usize) -> String {
    match credentials {
        0 => "none yet".to_owned(),
        1 => "1 credential".to_owned(),
        more => format!("{more} credentials"),
    }
}
