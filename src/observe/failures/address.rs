//! The addresses of sockets.

use std::fmt;

use super::line::string;

/// The address that a socket was to be bound or connected to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// The path of a socket. Relative if the program gave a relative one.
    Unix(String),
    /// The name of a socket that has no path.
    Abstract(String),
    /// An internet address and its port.
    Internet {
        /// The IPv4 or IPv6 address.
        host: String,
        /// The port.
        port: u16,
    },
}

/// `/run/a.sock`, `@name`, `[::1]:80`
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => f.write_str(path),
            Self::Abstract(name) => write!(f, "@{name}"),
            Self::Internet { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Internet { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

impl Address {
    /// Reads an address as strace writes it: `{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("::")}`. `None` for other
    /// families.
    pub(super) fn parse(argument: &str) -> Option<Self> {
        let text = argument.strip_prefix("{sa_family=")?;
        let (family, rest) = text.split_once(", ")?;
        match family {
            "AF_UNIX" => {
                let name = rest.strip_prefix("sun_path=")?.strip_suffix('}')?;
                match name.strip_prefix('@') {
                    Some(name) => string(name).map(Self::Abstract),
                    None => string(name).map(Self::Unix),
                }
            }
            "AF_INET" | "AF_INET6" => {
                let (_, port) = rest.split_once("_port=htons(")?;
                let (port, rest) = port.split_once(')')?;
                let mut quoted = rest.split('"');
                Some(Self::Internet {
                    host: quoted.nth(1)?.to_owned(),
                    port: port.parse().ok()?,
                })
            }
            _ => None,
        }
    }

    /// Returns the size of its text in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Unix(text) | Self::Abstract(text) | Self::Internet { host: text, .. } => {
                text.len()
            }
        }
    }
}
