//! Network addresses. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    ip: IpAddr,
    /// The interface of a link-local address (`fe80::1%eth0`).
    zone: Option<Arc<str>>,
}

pub(super) fn parse(text: &str) -> Result<Address, String> {
    let failed = || format!("ParseAddr({text:?}): unable to parse IP");
    let (ip, zone) = match text.split_once('%') {
        Some((ip, zone)) => (ip, Some(zone)),
        None => (text, None),
    };
    let ip: IpAddr = ip.parse().map_err(|_| failed())?;
    if zone.is_some_and(|zone| zone.is_empty() || ip.is_ipv4()) {
        return Err(failed());
    }
    Ok(Address { ip: ip.to_canonical(), zone: zone.map(Arc::from) })
}

/// Whether an address is in a network such as `10.0.0.0/8`. An address with a zone is in none.
pub(super) fn is_within(address: &Address, network: &str) -> Result<bool, String> {
    let malformed = || format!("'{network}' is a malformed CIDR string");
    let (base, bits) = network.rsplit_once('/').ok_or_else(malformed)?;
    let base: IpAddr = base.parse().map_err(|_| malformed())?;
    let well_formed = bits == "0" || (!bits.starts_with(['0', '+']) && bits.len() <= 3);
    let bits: u32 = bits.parse().ok().filter(|_| well_formed).ok_or_else(malformed)?;
    if bits > if base.is_ipv4() { 32 } else { 128 } {
        return Err(malformed());
    }
    if address.zone.is_some() {
        return Ok(false);
    }
    Ok(match (base, address.ip) {
        (IpAddr::V4(base), IpAddr::V4(address)) => same_start(widen(base), widen(address), 96 + bits),
        (IpAddr::V6(base), IpAddr::V6(address)) => same_start(base.to_bits(), address.to_bits(), bits),
        (IpAddr::V6(base), IpAddr::V4(address)) => match base.to_ipv4_mapped() {
            Some(base) if bits >= 96 => same_start(widen(base), widen(address), bits),
            _ => false,
        },
        (IpAddr::V4(_), IpAddr::V6(_)) => false,
    })
}

fn widen(address: Ipv4Addr) -> u128 {
    Ipv6Addr::to_bits(address.to_ipv6_mapped())
}

fn same_start(one: u128, other: u128, bits: u32) -> bool {
    (one ^ other).checked_shr(128 - bits).unwrap_or(0) == 0
}
