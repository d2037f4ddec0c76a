//! nginx, which as root looks up the user that it changes to, and binds low ports.

use super::{Effect, Invocation, Knower, Name, Purpose, Reading};
use crate::inspect::read_nginx;

pub(super) struct Nginx;

impl Knower for Nginx {
    fn knows(&self, name: &str) -> bool {
        name == "nginx"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        // As another user it takes no notice of the one in its configuration.
        if !invocation.around.is_root() {
            return Vec::new();
        }
        let file = values(invocation, "-c").last();
        let file = file.map(|file| Effect::Configures(file.to_owned()));
        file.into_iter().collect()
    }

    fn read(&self, invocation: &Invocation, text: &str) -> Result<Reading, String> {
        let configuration = reading(values(invocation, "-g").chain([text]));
        let is_certain = !configuration.is_open || configuration.user.is_some();
        // What nginx is built with, unless it is told otherwise.
        let user = configuration.user.unwrap_or_else(|| "nobody".to_owned());
        let looked_up = Effect::LooksUp {
            name: Name::User(user),
            purpose: Purpose::Become,
            is_certain,
        };
        let listens = configuration.low_port.map(Effect::Listens);
        Ok(Reading {
            effects: [looked_up].into_iter().chain(listens).collect(),
            ..Reading::default()
        })
    }
}

/// The values of an option.
fn values<'i>(invocation: &'i Invocation, option: &'i str) -> impl Iterator<Item = &'i str> {
    let words = invocation.written;
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(move |(word, _)| *word == option)
        .map(|(_, value)| value.as_str())
}

/// What of a configuration matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Configuration {
    /// The user that it changes to.
    user: Option<String>,
    /// A port below 1024 that it listens at.
    low_port: Option<u16>,
    /// Whether it takes in files that are not looked at.
    is_open: bool,
}

/// What matters here of configurations that nginx reads one after the other. In one that it refuses, more may be meant.
fn reading<'t>(texts: impl IntoIterator<Item = &'t str>) -> Configuration {
    let mut found = Configuration::default();
    for text in texts {
        let configuration = read_nginx(text);
        found.is_open |= configuration.error.is_some();
        for directive in &configuration.directives {
            let block = configuration.block_of(directive);
            let words: Vec<_> = directive.words.iter().map(String::as_str).collect();
            match (block, words.as_slice()) {
                ("", ["user", user, ..]) => found.user = Some((*user).to_owned()),
                (_, ["include", ..]) => found.is_open = true,
                ("server", ["listen", at, ..]) => {
                    let port = at.rsplit(':').next().and_then(|port| port.parse().ok());
                    found.low_port = port.filter(|port| *port < 1024).or(found.low_port);
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read_as_far_as_it_matters() {
        let read = |text| {
            let Configuration {
                user,
                low_port,
                is_open,
            } = reading([text]);
            (
                user.unwrap_or_default(),
                low_port.unwrap_or_default(),
                is_open,
            )
        };
        assert_eq!(
            read("# user x;\nuser web www;\nhttp { server { listen [::]:443 ssl; } }"),
            ("web".to_owned(), 443, false)
        );
        assert_eq!(
            read("http { include mime.types; server { listen 8080; listen unix:/run/x; } }"),
            (String::new(), 0, true)
        );
        assert_eq!(
            read("map $x $y { user root; } log_format main '; user root; listen 80;'; user web;"),
            ("web".to_owned(), 0, false)
        );
        assert_eq!(read("user web; }"), ("web".to_owned(), 0, true));
    }
}
