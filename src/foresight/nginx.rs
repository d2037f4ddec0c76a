//! nginx, which as root looks up the user that it changes to, and binds low ports.

use anyhow::Result;

use super::Seer;
use super::effects::Lookup;
use crate::code::Code;
use crate::document::Kind;
use crate::inspect::{Found, read_nginx};

/// What of a configuration matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Nginx {
    /// The user that it changes to.
    user: Option<String>,
    /// A port below 1024 that it listens at.
    low_port: Option<u16>,
    /// Whether it takes in files that are not looked at.
    is_open: bool,
}

impl Seer<'_> {
    pub(super) fn nginx(
        &mut self,
        place: &str,
        arguments: &[String],
        harmless: bool,
    ) -> Result<()> {
        if !self.is_root() {
            return Ok(());
        }
        let named = arguments.iter().zip(arguments.iter().skip(1));
        let config = named
            .filter(|(option, _)| *option == "-c")
            .map(|(_, file)| file.as_str())
            .next_back();
        let Some(config) = config else {
            return Ok(());
        };
        let text = match self.inside().look(config)? {
            Found::File { file, .. } => match self.inside().read(&file, Kind::Configuration) {
                Ok(text) => text,
                Err(error) => {
                    let message =
                        format!("{place} reads {config}, which was not looked at: {error:#}");
                    self.say(Code::ScriptNotUnderstood, true, config, message, Vec::new());
                    None
                }
            },
            _ => None,
        };
        let Some(text) = text else {
            return Ok(());
        };
        let given = arguments.iter().zip(arguments.iter().skip(1));
        let given = given.filter(|(option, _)| *option == "-g");
        let given = given.map(|(_, text)| text.as_str());
        let text = String::from_utf8_lossy(&text);
        let config = reading(given.chain([&*text]));
        let is_uncertain = harmless || config.is_open && config.user.is_none();
        // What nginx is built with, unless it is told otherwise.
        let user = config.user.unwrap_or_else(|| "nobody".to_owned());
        self.looked_up(place, &Lookup::User(user.clone()), is_uncertain)?;
        if self.has_private_users() {
            if user != "root" {
                self.other_user(place, &user, "changes to", is_uncertain);
            }
            if let Some(port) = config.low_port {
                let message = format!(
                    "{place} listens at port {port}, which needs a capability over the host that the user namespace of PrivateUsers= takes away"
                );
                let remedies = self.host_users_remedy();
                self.say(Code::PrivateUsers, harmless, "port", message, remedies);
            }
        }
        Ok(())
    }
}

/// What matters here of configurations that nginx reads one after the other. In one that it refuses, more may be meant.
fn reading<'t>(texts: impl IntoIterator<Item = &'t str>) -> Nginx {
    let mut found = Nginx::default();
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
            let Nginx {
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
