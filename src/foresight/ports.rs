//! Ports that commands, scripts and configurations name.

use super::known::name_service;

/// Below this, a port can be bound only with `CAP_NET_BIND_SERVICE` (`ip_unprivileged_port_start`).
pub(super) const FIRST_FREE_PORT: u16 = 1024;

/// Words of lines that name where a program listens.
const LISTENING: [&str; 4] = ["bind", "listen", "listening", "port"];

/// Names of ports are looked for among as many words of a line.
const MAX_WORDS: usize = 100;

/// Which ports are named, as far as texts tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ports {
    /// Whether one below 1024 may be.
    low: bool,
    /// Whether another one is.
    high: bool,
}

impl Ports {
    /// Notes the ports of a text. A number that is none may count as one below 1024, and so may the port of another server.
    pub fn note(&mut self, text: &str) {
        for line in text.lines() {
            let is_sign = |c: char| !c.is_ascii_alphanumeric();
            let mut words = line.split(is_sign).map(str::to_ascii_lowercase);
            let listens = words.any(|word| LISTENING.contains(&word.as_str()));
            for (at, number) in numbers(line) {
                let is_low = number < FIRST_FREE_PORT;
                let is_behind_address = line[..at].ends_with(':');
                self.low |= is_low && number > 0 && (listens || is_behind_address);
                self.high |= !is_low && listens;
            }
            let words: Vec<_> = line.split_whitespace().take(MAX_WORDS).collect();
            self.low |= name_service(&words);
        }
    }

    /// Adds what another text names.
    pub fn add(&mut self, other: Self) {
        self.low |= other.low;
        self.high |= other.high;
    }

    /// Whether ports are named, and none of them is below 1024.
    pub fn are_high(self) -> bool {
        self.high && !self.low
    }
}

/// The numbers of a line that are words of their own, each with its place. Those of an IP address are none.
fn numbers(line: &str) -> impl Iterator<Item = (usize, u16)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let mut start = 0;
    line.split(move |c| !is_part(c)).filter_map(move |word| {
        let at = start;
        start += word.len();
        start += line[start..].chars().next().map_or(0, char::len_utf8);
        // In brackets, it is a part of an address.
        let is_closed = line[at + word.len()..].starts_with(']');
        let number = word.parse().ok().filter(|_| !is_closed);
        number.map(|number| (at, number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_from_other_numbers() {
        for (text, are_high) in [
            ("listen 127.0.0.1:8080", true),
            ("port = 5300\nthreads = 4", true),
            ("listen:\n  - [::1]:5300", false),
            ("listen = [::1]:5300", true),
            ("HTTP_PORT=3000", true),
            ("reverse_proxy localhost:8080", false),
            ("report 3600", false),
            ("listen 8080\nlisten *:http", false),
            ("listen 127.0.0.1:80", false),
            ("port 8080\nport 443", false),
            ("threads = 4000", false),
            ("", false),
        ] {
            let mut ports = Ports::default();
            ports.note(text);
            assert_eq!(ports.are_high(), are_high, "{text}");
        }
    }
}
