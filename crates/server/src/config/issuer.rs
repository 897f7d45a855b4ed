//! `[issuer]`: the name under which the server vouches.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::key::{Form, Key, Section};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Issuer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

pub const SECTION: Section = Section {
    name: "issuer",
    doc: "The name under which the server vouches. It is never taken from a request.",
    keys: &[Key {
        name: "url",
        form: Form::Text,
        default: "`http://` and the listening address, if that is loopback; otherwise it must be given",
        doc: "Origin that everybody reaches the server by, byte for byte as tokens carry it: `https://id.example.com`, or with a slash at its end. \
              Plain `http` is accepted on loopback only.",
    }],
};

impl Issuer {
    pub fn check(&self) -> anyhow::Result<()> {
        self.url.as_deref().map_or(Ok(()), check)
    }

    /// The issuer of a server that listens here. A port of 0 has become a real one by now.
    pub fn resolve(&self, bound: SocketAddr, tls: bool) -> anyhow::Result<String> {
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        ensure!(
            bound.ip().is_loopback(),
            "issuer.url is missing: the server listens on {bound}, and cannot know the name that others reach it by; \
             give --issuer https://…"
        );
        Ok(format!("{}://{bound}", if tls { "https" } else { "http" }))
    }
}

fn check(text: &str) -> anyhow::Result<()> {
    let url = Url::parse(text).with_context(|| format!("issuer.url `{text}` is not a URL"))?;
    let origin = url.origin().ascii_serialization();
    // Some clients know issuers with a slash at the end only; tokens carry it as it is written here.
    ensure!(
        text.strip_suffix('/').unwrap_or(text) == origin,
        "issuer.url `{text}` has to be an origin and nothing more: write `{origin}` or `{origin}/`"
    );
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    ensure!(
        safe,
        "issuer.url `{text}` has to begin with https://: tokens and passwords would cross the network open"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_over_tls_or_on_loopback_are_accepted() {
        for good in [
            "https://id.example.com",
            "https://id.example.com/",
            "https://id.example.com:8443",
            "http://127.0.0.1:8080",
            "http://localhost",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example.com",
            "https://id.example.com//",
            "https://id.example.com/auth",
            "https://ID.example.com",
            "https://id.example.com:443",
            "https://user@id.example.com",
            "https://id.example.com?tenant=1",
            "https://id.example.com/?",
            "https://id.example.com#x",
            "https://id.example.com/#",
            "https://id.example.com/../",
            "ftp://127.0.0.1",
            "id.example.com",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn without_a_url_only_loopback_can_be_its_own_name() {
        let issuer = Issuer::default();
        let bound = |text: &str| text.parse::<SocketAddr>().expect("address");
        assert_eq!(issuer.resolve(bound("127.0.0.1:9"), false).expect("loopback"), "http://127.0.0.1:9");
        assert!(issuer.resolve(bound("0.0.0.0:9"), true).is_err());
    }
}
