//! Why nothing came back. Messages name the host and never the rest of an address: the path of a webhook is a secret.

use std::io::ErrorKind;

use url::Url;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetFault {
    #[error("not an address that can be called: {0}")]
    BadUrl(&'static str),
    #[error("{host} may not be called: it is {why}; an administrator can add it to outbound.allow")]
    Refused { host: String, why: &'static str },
    #[error(
        "{host} may not be called without TLS: write https://, or let an administrator add it to outbound.plain"
    )]
    Plain { host: String },
    #[error("the name {host} stands for no address")]
    Unresolved { host: String },
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: ErrorKind },
    #[error("no encrypted connection to {host}: {why}")]
    Tls { host: String, why: String },
    #[error("{host} took too long")]
    TooLong { host: String },
    #[error("the answer of {host} is too large")]
    TooLarge { host: String },
    #[error("{host} broke off: {why}")]
    Broken { host: String, why: String },
    #[error("a header of the request cannot be sent: {0}")]
    BadHeader(&'static str),
    #[error("the file of authorities {file} cannot be used: {why}")]
    Authorities { file: String, why: String },
    #[error("the mail server refused: {0}")]
    Mail(String),
}

impl NetFault {
    /// Nothing was sent, and nothing would be the next time: the address is at fault.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::BadUrl(_) | Self::Refused { .. } | Self::Plain { .. } | Self::BadHeader(_))
    }
}

/// Host and port, for messages.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
