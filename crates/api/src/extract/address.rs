//! Where a call came from. The server puts the answer into every request; nobody else reads forwarding headers.

use std::net::IpAddr;

use http::HeaderMap;

pub use chancery_context::ClientAddress;

/// The address behind the proxies that are explicitly trusted. `X-Forwarded-For` is read from its end, as each
/// proxy appends, and only as far as those who wrote it are trusted: what stands before is anybody's claim.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: impl Fn(IpAddr) -> bool) -> ClientAddress {
    let mut address = peer.to_canonical();
    // Where nobody stands in between, nothing is looked for.
    if !trusted(address) {
        return ClientAddress(address);
    }
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    for hop in forwarded.iter().rev() {
        if !trusted(address) {
            break;
        }
        // A proxy that writes something else than an address is not to be believed any further.
        let Ok(next) = hop.parse::<IpAddr>() else { break };
        address = next.to_canonical();
    }
    ClientAddress(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted = |ip: IpAddr| ip.is_loopback() || ip.to_string().starts_with("10.");
        client_address(peer.parse().unwrap(), &headers, trusted).0.to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(resolve("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn trusted_proxies_are_believed_as_far_as_they_reach() {
        assert_eq!(resolve("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(resolve("10.0.0.2", &["1.2.3.4, 198.51.100.1, 10.0.0.1"]), "198.51.100.1");
        assert_eq!(resolve("10.0.0.2", &["1.2.3.4", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(resolve("::ffff:10.0.0.2", &["198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn nonsense_in_the_header_ends_the_walk() {
        assert_eq!(resolve("10.0.0.2", &["198.51.100.1, unknown"]), "10.0.0.2");
    }
}
