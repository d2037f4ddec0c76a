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

/// Whether one of these words is the address of a host with the name of a service behind it (`127.0.0.1:ssh`), or such a name is behind
/// an address or the word `port`.
pub(in crate::foresight) fn name_service(words: &[&str]) -> bool {
    let is_key = |word: &str| word.eq_ignore_ascii_case("port") || is_address(word);
    words.iter().any(|word| has_service(word))
        || words
            .windows(2)
            .any(|pair| is_service(pair[1]) && is_key(pair[0]))
}

fn has_service(text: &str) -> bool {
    let pair = text.rsplit_once(':');
    pair.is_some_and(|(address, name)| is_service(name) && is_address(address))
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
        for (words, expected) in [
            (&["127.0.0.1:ssh"][..], true),
            (&["[::1]:https"], true),
            (&["10.0.0.1", "http"], true),
            (&["Port", "ssh"], true),
            (&["http://example.org"], false),
            (&["127.0.0.1:22"], false),
            (&["web:http"], false),
            (&["name", "ssh"], false),
            (&["10.0.0.1", "80"], false),
        ] {
            assert_eq!(name_service(words), expected, "{words:?}");
        }
    }
}
