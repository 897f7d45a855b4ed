//! Which addresses are not everybody's: the special-purpose registries of IANA (RFC 6890 and its updates), and where
//! clouds keep their metadata.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is special about this address; none if it is an ordinary public one.
///
/// For IPv6 the question is put the other way round: only global unicast (2000::/3) is ordinary, and not all of it.
pub fn why_special(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => v4(ip),
        IpAddr::V6(ip) => v6(ip),
    }
}

/// Addresses that are never meant when somebody allows a host by its name: only a network opens them.
pub(crate) fn never_by_name(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let local = match ip {
        IpAddr::V4(ip) => {
            METADATA.contains(&ip) || ip.is_link_local() || ip.is_broadcast() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.is_unspecified() || ip == AWS_METADATA,
    };
    local || ip.is_multicast()
}

/// Of Azure, Alibaba and Oracle; that of all others is link-local.
const METADATA: [Ipv4Addr; 3] =
    [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192)];
const AWS_METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

fn v4(ip: Ipv4Addr) -> Option<&'static str> {
    if METADATA.contains(&ip) {
        return Some("a cloud's metadata service");
    }
    Some(match ip.octets() {
        [0, ..] => "of this network",
        [127, ..] => "this machine",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "private",
        [100, 64..=127, ..] => "shared by a carrier",
        [169, 254, ..] => "link-local, where clouds keep their metadata",
        [192, 0, 0, _] => "set aside for protocols",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "for documentation",
        [192, 88, 99, _] => "a relay of 6to4",
        [198, 18..=19, ..] => "for benchmarks",
        [224..=239, ..] => "multicast",
        [240..=255, ..] => "reserved",
        _ => return None,
    })
}

fn v6(ip: Ipv6Addr) -> Option<&'static str> {
    if let Some(ip) = ip.to_ipv4_mapped() {
        // As dangerous as the address within; and where that is ordinary, there is no need to write it so.
        return Some(v4(ip).unwrap_or("an IPv4 address in disguise"));
    }
    Some(match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "of this network",
        [0, 0, 0, 0, 0, 0, 0, 1] => "this machine",
        // NAT64 (RFC 6052): networks without IPv4 reach all of it so.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            return v4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)));
        }
        [0xfe80..=0xfebf, ..] => "link-local",
        [0xfec0..=0xfeff, ..] => "site-local",
        [0xfc00..=0xfdff, ..] => "private",
        [0xff00..=0xffff, ..] => "multicast",
        // RFC 2928: Teredo, benchmarks, ORCHID and others.
        [0x2001, 0..=0x1ff, ..] => "set aside for protocols",
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => "for documentation",
        [0x2002, ..] => "an IPv4 address in disguise",
        [0x2000..=0x3fff, ..] => return None,
        _ => "reserved",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_elses_addresses_are_ordinary() {
        for ip in ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.0.1.1"]
        {
            assert_eq!(why_special(ip.parse().unwrap()), None, "{ip}");
        }
        for ip in ["2606:4700:4700::1111", "2a00:1450::1", "2001:200::1", "64:ff9b::808:808", "3ffe::1"] {
            assert_eq!(why_special(ip.parse().unwrap()), None, "{ip}");
        }
    }

    #[test]
    fn ours_and_nobodys_are_special_in_every_spelling() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "::ffff:0:127.0.0.1",
        ] {
            assert!(why_special(ip.parse().unwrap()).is_some(), "{ip}");
        }
    }

    #[test]
    fn metadata_and_neighbors_are_opened_by_networks_alone() {
        for ip in [
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "::ffff:169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "224.0.0.1",
            "0.0.0.0",
        ] {
            assert!(never_by_name(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["127.0.0.1", "10.0.0.1", "fd00::1", "8.8.8.8"] {
            assert!(!never_by_name(ip.parse().unwrap()), "{ip}");
        }
    }
}
