//! The egress guard: which addresses a request may go to.

use std::net::IpAddr;
use std::str::FromStr;

use chancery_kernel::Cidr;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::fault::{self, NetFault};
use crate::special::{never_by_name, why_special};

/// Longest address that is called.
const LONGEST: usize = 2_048;

/// A host by its name, or a network, as an operator writes them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Place {
    Host(String),
    Network(Cidr),
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("`{0}` is neither a network such as 10.0.0.0/8 nor the name of a host such as hooks.corp.example")]
pub struct BadPlace(String);

impl FromStr for Place {
    type Err = BadPlace;
    fn from_str(text: &str) -> Result<Self, BadPlace> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let name = text.to_ascii_lowercase();
        let label = |label: &str| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if name.split('.').all(label) { Ok(Self::Host(name)) } else { Err(BadPlace(text.to_owned())) }
    }
}

impl TryFrom<String> for Place {
    type Error = BadPlace;
    fn try_from(text: String) -> Result<Self, BadPlace> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        match place {
            Place::Host(name) => name,
            Place::Network(network) => network.to_string(),
        }
    }
}

impl Place {
    fn names(&self, url: &Url) -> bool {
        let name = |name: &str| url.host_str().is_some_and(|host| host.trim_end_matches('.') == name);
        matches!(self, Self::Host(own) if name(own))
    }

    fn holds(&self, ip: IpAddr) -> bool {
        matches!(self, Self::Network(network) if network.contains(ip))
    }
}

pub(crate) struct Guard {
    pub allow: Vec<Place>,
    pub plain: Vec<Place>,
}

/// The address that stands in the URL itself.
pub(crate) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Domain(_) => None,
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
    }
}

impl Guard {
    /// What the text alone tells.
    pub(crate) fn url(&self, address: &str) -> Result<Url, NetFault> {
        if address.len() > LONGEST {
            return Err(NetFault::BadUrl("it is too long"));
        }
        let url =
            Url::parse(address).map_err(|_| NetFault::BadUrl("it is no URL: write https://host/path"))?;
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
            return Err(NetFault::BadUrl("it has to begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NetFault::BadUrl("a name or a password does not belong into it"));
        }
        if url.fragment().is_some() {
            return Err(NetFault::BadUrl("it ends at the `#`, which is never sent: leave that part out"));
        }
        match literal(&url) {
            Some(ip) => self.addresses(&url, &[ip]).map(drop)?,
            // The networks of `plain` are asked when the name has been resolved.
            None if self.plain.iter().all(|place| matches!(place, Place::Host(_))) => {
                self.scheme(&url, None)?;
            }
            None => {}
        }
        Ok(url)
    }

    /// Those of the addresses that may be connected to, in their order; if there is none, why not.
    pub(crate) fn addresses(&self, url: &Url, found: &[IpAddr]) -> Result<Vec<IpAddr>, NetFault> {
        let host = fault::host(url);
        let mut refusal = NetFault::Unresolved { host: host.clone() };
        let mut passed = Vec::new();
        for ip in found {
            let judged = self.address(url, *ip).map_err(|why| NetFault::Refused { host: host.clone(), why });
            match judged.and_then(|()| self.scheme(url, Some(*ip))) {
                Ok(()) => passed.push(*ip),
                Err(fault) => refusal = fault,
            }
        }
        if passed.is_empty() { Err(refusal) } else { Ok(passed) }
    }

    fn address(&self, url: &Url, ip: IpAddr) -> Result<(), &'static str> {
        let Some(why) = why_special(ip) else { return Ok(()) };
        let by_network = self.allow.iter().any(|place| place.holds(ip));
        let by_name = || !never_by_name(ip) && self.allow.iter().any(|place| place.names(url));
        if by_network || by_name() { Ok(()) } else { Err(why) }
    }

    fn scheme(&self, url: &Url, ip: Option<IpAddr>) -> Result<(), NetFault> {
        let plain = |place: &Place| place.names(url) || ip.is_some_and(|ip| place.holds(ip));
        if url.scheme() == "https" || self.plain.iter().any(plain) {
            return Ok(());
        }
        Err(NetFault::Plain { host: fault::host(url) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str], plain: &[&str]) -> Guard {
        let places = |all: &[&str]| all.iter().map(|text| text.parse().unwrap()).collect();
        Guard { allow: places(allow), plain: places(plain) }
    }

    #[test]
    fn an_address_is_refused_for_what_it_says_itself() {
        let guard = guard(&[], &[]);
        for bad in [
            "",
            "hooks",
            "ftp://hooks.example/",
            "file:///etc/passwd",
            "http://hooks.example/",
            "https://u:p@hooks.example/",
            "https://u@hooks.example/",
            "https://hooks.example/#x",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://017700000001/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://①②⑦.0.0.1/",
            "gopher://hooks.example/",
        ] {
            assert!(guard.url(bad).is_err(), "{bad}");
        }
        assert!(guard.url(&format!("https://hooks.example/{}", "x".repeat(LONGEST))).is_err());
        for good in ["https://hooks.example/a?b=c", "https://hooks.example:8443/", "https://1.1.1.1/"] {
            assert!(guard.url(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_name_is_worth_what_its_addresses_are() {
        let url = Url::parse("https://hooks.example/").unwrap();
        let all = ["10.0.0.1", "1.1.1.1", "::1"].map(|ip| ip.parse().unwrap());
        assert_eq!(guard(&[], &[]).addresses(&url, &all), Ok(vec![all[1]]));
        assert!(matches!(guard(&[], &[]).addresses(&url, &all[..1]), Err(NetFault::Refused { .. })));
        assert_eq!(guard(&["10.0.0.0/8"], &[]).addresses(&url, &all), Ok(vec![all[0], all[1]]));
        assert_eq!(guard(&["HOOKS.example"], &[]).addresses(&url, &all), Ok(all.to_vec()));
        assert!(guard(&["example"], &[]).addresses(&url, &all[..1]).is_err(), "a name is no suffix");
        let metadata = ["169.254.169.254".parse().unwrap()];
        assert!(guard(&["hooks.example"], &[]).addresses(&url, &metadata).is_err());
        assert!(guard(&["169.254.169.254"], &[]).addresses(&url, &metadata).is_ok());
    }

    #[test]
    fn without_tls_only_where_that_is_written() {
        let url = Url::parse("http://hooks.example/").unwrap();
        let ip = ["10.0.0.1".parse().unwrap()];
        let within = |plain: &[&str]| guard(&["10.0.0.0/8"], plain).addresses(&url, &ip).is_ok();
        assert!(within(&["hooks.example"]) && within(&["10.0.0.0/8"]));
        assert!(!within(&[]) && !within(&["other.example", "11.0.0.0/8"]));
        assert!(guard(&[], &["hooks.example"]).addresses(&url, &ip).is_err(), "plain is not allowed");
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for bad in ["", "a b", "https://x.example", "*.example", "10.0.0.0/33", "x..y"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }
}
