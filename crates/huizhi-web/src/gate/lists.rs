//! Networks that the operator lists: those that are shut out of what crowds ask for, and those behind which many honest people sit.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network: an address and how many of its bits count. As text: `192.0.2.0/24`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    address: IpAddr,
    bits: u8,
}

/// Text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no network; write it as 192.0.2.0/24 or 2001:db8::/32")]
pub struct NotAPrefix(pub String);

/// The operator's lists.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// Those whose requests are refused.
    pub barred: Vec<Prefix>,
    /// Those whose strangers are not counted together: a library, a service hall, a carrier's gateway.
    pub trusted: Vec<Prefix>,
}

impl Networks {
    /// Whether an address is shut out. A network that is listed as trusted is not, however large the one around it.
    #[must_use]
    pub fn bar(&self, client: &str) -> bool {
        listed(&self.barred, client) && !listed(&self.trusted, client)
    }

    /// Whether the strangers of an address are not counted.
    #[must_use]
    pub fn trust(&self, client: &str) -> bool {
        listed(&self.trusted, client)
    }
}

fn listed(list: &[Prefix], client: &str) -> bool {
    client.parse().is_ok_and(|address: IpAddr| list.iter().any(|prefix| prefix.has(address)))
}

impl Prefix {
    /// Whether an address is in the network; one of IPv4 that is written as IPv6 is what it means.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differ = u32::from(ours) ^ u32::from(theirs);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differ = u128::from(ours) ^ u128::from(theirs);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let none = || NotAPrefix(text.to_owned());
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(it, bits)| (it, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| none())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| none())?;
        if bits <= most { Ok(Self { address, bits }) } else { Err(none()) }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(network: &str, address: &str) -> bool {
        network.parse::<Prefix>().unwrap().has(address.parse().unwrap())
    }

    #[test]
    fn invariant_19_networks_of_ipv4_and_ipv6_are_listed() {
        for (network, address, inside) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8:1:2200::/56", "2001:db8:1:22ff::9", true),
            ("2001:db8:1:2200::/56", "2001:db8:1:2300::9", false),
        ] {
            assert_eq!(has(network, address), inside, "{network} {address}");
        }
    }

    #[test]
    fn what_is_no_network_is_said() {
        for text in ["", "somewhere", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2/24", "2001:db8::/129", "192.0.2.0/"] {
            assert_eq!(text.parse::<Prefix>(), Err(NotAPrefix(text.to_owned())));
        }
        assert_eq!("192.0.2.0/24".parse::<Prefix>().unwrap().to_string(), "192.0.2.0/24");
    }

    #[test]
    fn a_trusted_network_in_a_barred_one_is_let_in() {
        let list = |text: &str| vec![text.parse().unwrap()];
        let networks = Networks { barred: list("192.0.2.0/24"), trusted: list("192.0.2.64/26") };
        assert!(networks.bar("192.0.2.1") && !networks.bar("192.0.2.65") && !networks.bar("198.51.100.1"));
        assert!(networks.trust("192.0.2.65") && !networks.trust("192.0.2.1") && !networks.trust("no address"));
    }
}
