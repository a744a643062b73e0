//! Which addresses may be called (security.md, row 16): a stranger may name a URL, and must not reach through us what only we can reach.
//!
//! The ranges are those of the IANA registries of special-purpose addresses (RFC 6890 and its updates).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use url::{Host, Url};

/// A host that the operator names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Its name or address, without scheme and port: `sms.city.example`, `10.1.2.3`.
    pub host: String,
    /// The port, where it is none of the usual ones.
    #[serde(default)]
    pub port: Option<u16>,
    /// Whether it may be called without TLS.
    #[serde(default)]
    pub http: bool,
    /// Whether it may be on this machine or in a private network.
    #[serde(default)]
    pub private: bool,
}

impl Allowed {
    /// Whether this is the host of a name or an address.
    #[must_use]
    pub fn is_host(&self, host: &str) -> bool {
        let own = self.host.trim_end_matches('.').trim_matches(['[', ']']);
        own.eq_ignore_ascii_case(host.trim_matches(['[', ']']))
    }

    fn fits(&self, host: &str, port: u16) -> bool {
        self.is_host(host) && self.port.is_none_or(|own| own == port)
    }
}

/// What may be called.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Hosts that the operator names.
    pub allowed: Vec<Allowed>,
    /// Whether only those may be called; otherwise every public one may.
    pub only_allowed: bool,
}

/// Why an address is not called. The text names the host, never the rest of the URL, which may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no URL.
    #[error("the address can't be read; write https://host/path")]
    Unreadable,
    /// It has a name or a password in it.
    #[error("the address holds a user name or a password; leave it out")]
    UserInfo,
    /// It is not https.
    #[error("{host} is called by {scheme}; only https is, unless the operator allows http for this host")]
    Scheme {
        /// The host.
        host: String,
        /// The scheme.
        scheme: String,
    },
    /// Its port is none of the usual ones.
    #[error("{host} is called at port {port}; only 443 and 8443 are, unless the operator names the port with the host")]
    Port {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// The operator's list does not have it.
    #[error("{0} is not among what the operator allows")]
    NotAllowed(String),
    /// Its name means this machine or this network.
    #[error(
        "{0} is a name of this machine or network; only public hosts are called, unless the operator allows it as private"
    )]
    LocalName(String),
    /// One of its addresses is not public.
    #[error("{host} has {address}, which is {kind}; only public addresses are called")]
    Kind {
        /// The host.
        host: String,
        /// The address.
        address: IpAddr,
        /// What kind it is.
        kind: Kind,
    },
    /// It has no address.
    #[error("{0} has no address")]
    Nowhere(String),
}

impl AddressError {
    /// Its code, for tables and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable => "address.unreadable",
            Self::UserInfo => "address.user-info",
            Self::Scheme { .. } => "address.scheme",
            Self::Port { .. } => "address.port",
            Self::NotAllowed(_) => "address.not-allowed",
            Self::LocalName(_) => "address.local-name",
            Self::Kind { .. } => "address.not-public",
            Self::Nowhere(_) => "address.nowhere",
        }
    }
}

/// A kind of address that is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `127/8`, `::1`.
    Loopback,
    /// `10/8`, `172.16/12`, `192.168/16`, `fc00::/7`, `fec0::/10`.
    Private,
    /// `100.64/10`.
    CarrierNat,
    /// `169.254/16`, `fe80::/10`: also where clouds keep their machines' credentials.
    LinkLocal,
    /// `0/8`, `::`.
    Unspecified,
    /// `224/4`, `ff00::/8`.
    Multicast,
    /// Documentation and benchmarks.
    Example,
    /// 6to4, Teredo and compatible addresses: they carry others inside.
    Tunnel,
    /// Everything else that is not handed out.
    Reserved,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "this machine",
            Self::Private => "a private network",
            Self::CarrierNat => "a carrier's network",
            Self::LinkLocal => "link-local",
            Self::Unspecified => "unspecified",
            Self::Multicast => "multicast",
            Self::Example => "for examples",
            Self::Tunnel => "a tunnel",
            Self::Reserved => "reserved",
        })
    }
}

/// An address that was looked at, and where its host may be.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is called.
    pub url: Url,
    /// Its host.
    pub host: String,
    /// Whether that may be in a private network.
    pub private: bool,
}

/// Looks at an address before anything is asked of the network. An address in numbers, in whatever form it is written, is judged here.
///
/// # Errors
/// [`AddressError`] by cause: whoever wrote the address has to mend it.
pub fn check(address: &str, rules: &Rules) -> Result<Target, AddressError> {
    let url = Url::parse(address).map_err(|_| AddressError::Unreadable)?;
    let (Some(parsed), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(AddressError::Unreadable);
    };
    let host = parsed.to_string().trim_end_matches('.').to_owned();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::UserInfo);
    }
    let allowed = rules.allowed.iter().find(|it| it.fits(&host, port));
    // A host that is named is called as it is named only, so that what is said of it holds for every port.
    let named = rules.allowed.iter().any(|it| it.is_host(&host));
    if allowed.is_none() && (rules.only_allowed || named) {
        return Err(AddressError::NotAllowed(format!("{host}, port {port},")));
    }
    let plain = url.scheme() == "http" && allowed.is_some_and(|it| it.http);
    if url.scheme() != "https" && !plain {
        return Err(AddressError::Scheme { host, scheme: url.scheme().to_owned() });
    }
    let usual = matches!(port, 443 | 8443) || (plain && port == 80);
    if !usual && allowed.is_none_or(|it| it.port.is_none()) {
        return Err(AddressError::Port { host, port });
    }
    let private = allowed.is_some_and(|it| it.private);
    match parsed {
        Host::Ipv4(ip) => check_ip(&host, ip.into(), private)?,
        Host::Ipv6(ip) => check_ip(&host, ip.into(), private)?,
        Host::Domain(_) if !private && is_local(&host) => return Err(AddressError::LocalName(host)),
        Host::Domain(_) => {}
    }
    Ok(Target { url, host, private })
}

/// Judges one address of a host.
///
/// # Errors
/// [`AddressError::Kind`].
pub fn check_ip(host: &str, address: IpAddr, private: bool) -> Result<(), AddressError> {
    match kind_of(address) {
        None => Ok(()),
        Some(Kind::Loopback | Kind::Private | Kind::CarrierNat) if private => Ok(()),
        Some(kind) => Err(AddressError::Kind { host: host.to_owned(), address, kind }),
    }
}

/// What kind an address is; `None` for a public one.
#[must_use]
pub fn kind_of(address: IpAddr) -> Option<Kind> {
    match address {
        IpAddr::V4(v4) => kind_of_v4(v4),
        IpAddr::V6(v6) => kind_of_v6(v6),
    }
}

fn kind_of_v4(address: Ipv4Addr) -> Option<Kind> {
    Some(match address.octets() {
        [0, ..] => Kind::Unspecified,
        [127, ..] => Kind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Kind::Private,
        [100, 64..=127, ..] => Kind::CarrierNat,
        [169, 254, ..] => Kind::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => Kind::Example,
        [192, 88, 99, _] => Kind::Tunnel,
        [224..=239, ..] => Kind::Multicast,
        // Protocol assignments, the anycast services AMT and AS112, and what was never handed out.
        [192, 0, 0, _] | [192, 52, 193, _] | [192, 31, 196, _] | [192, 175, 48, _] | [240..=255, ..] => Kind::Reserved,
        _ => return None,
    })
}

fn kind_of_v6(address: Ipv6Addr) -> Option<Kind> {
    let segments = address.segments();
    let [.., high, low] = segments;
    let inner = Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    Some(match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => Kind::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        // Mapped, and NAT64's well-known prefix (RFC 6052): as public as what is inside.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => return kind_of_v4(inner),
        // Compatible (RFC 4291), translated (RFC 2765), 6to4, and all of 2001::/23, which has Teredo, ORCHID and benchmarks.
        [0, 0, 0, 0, ..] | [0x2002, ..] | [0x2001, 0..=0x1ff, ..] => Kind::Tunnel,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Example,
        [0xfe80..=0xfebf, ..] => Kind::LinkLocal,
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Kind::Private,
        [0xff00..=0xffff, ..] => Kind::Multicast,
        // Only 2000::/3 is handed out.
        [0x2000..=0x3fff, ..] => return None,
        _ => Kind::Reserved,
    })
}

/// Names that never are public ones: those of one word are completed by the machine's own search list.
fn is_local(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let Some((_, last)) = host.rsplit_once('.') else { return true };
    matches!(last, "localhost" | "local" | "internal" | "localdomain" | "intranet" | "lan")
        || host.ends_with(".home.arpa")
}
