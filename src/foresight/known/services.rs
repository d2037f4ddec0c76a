//! Ports that are written as names of services, which the C library looks up in /etc/services.

/// Names of services that people write in place of a port.
const SERVICES: [&str; 24] = [
    "domain",
    "ftp",
    "http",
    "https",
    "imap",
    "imap2",
    "imaps",
    "ldap",
    "ldaps",
    "mysql",
    "nntp",
    "ntp",
    "pop3",
    "pop3s",
    "postgresql",
    "redis",
    "smtp",
    "smtps",
    "snmp",
    "ssh",
    "submission",
    "submissions",
    "syslog",
    "telnet",
];

/// Whether a text is the address of a host with the name of a service behind it: `127.0.0.1:ssh`.
pub(in crate::foresight) fn has_service(text: &str) -> bool {
    let pair = text.rsplit_once(':');
    pair.is_some_and(|(address, name)| is_service(name) && is_address(address))
}

/// Whether two words are such an address and such a name, or a key for ports and such a name.
pub(in crate::foresight) fn is_pair(first: &str, second: &str) -> bool {
    let is_key = first.eq_ignore_ascii_case("port");
    is_service(second) && (is_key || is_address(first))
}

fn is_service(name: &str) -> bool {
    SERVICES.contains(&name)
}

fn is_address(text: &str) -> bool {
    let text = text.trim_start_matches('[').trim_end_matches(']');
    matches!(text, "localhost" | "*") || text.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_behind_addresses() {
        assert!(has_service("127.0.0.1:ssh") && has_service("[::1]:https"));
        assert!(!has_service("http://example.org") && !has_service("127.0.0.1:22"));
        assert!(!has_service("web:http"));
        assert!(is_pair("10.0.0.1", "http") && is_pair("port", "ssh"));
        assert!(!is_pair("name", "ssh") && !is_pair("10.0.0.1", "80"));
    }
}
