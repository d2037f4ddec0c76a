//! nginx, which as root looks up the user that it changes to, and binds low ports.

use anyhow::Result;

use super::Seer;
use super::effects::Lookup;
use crate::code::Code;
use crate::document::Kind;
use crate::inspect::Found;

/// What of a configuration matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Nginx {
    /// The user that it changes to.
    user: Option<String>,
    /// A port below 1024 that it listens at.
    low_port: Option<u16>,
    /// Whether it takes in files that are not looked at.
    is_open: bool,
}

impl Nginx {
    /// Whether it says anything that matters here.
    pub fn says_something(&self) -> bool {
        *self != Self::default()
    }
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
        let given: String = given.map(|(_, text)| format!("{text};")).collect();
        let config = read_nginx(&(given + &String::from_utf8_lossy(&text)));
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

/// Reads the text of a configuration of nginx; what is none says nothing.
pub fn read_nginx(text: &str) -> Nginx {
    let mut configuration = Nginx::default();
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let text: Vec<_> = lines.collect();
    for statement in text.join(" ").split([';', '{', '}']) {
        let words: Vec<_> = statement.split_whitespace().collect();
        match words.as_slice() {
            ["user", user, ..] => configuration.user = Some((*user).to_owned()),
            ["include", ..] => configuration.is_open = true,
            ["listen", at, ..] => {
                let port = at.rsplit(':').next().and_then(|port| port.parse().ok());
                configuration.low_port =
                    port.filter(|port| *port < 1024).or(configuration.low_port);
            }
            _ => {}
        }
    }
    configuration
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
            } = read_nginx(text);
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
    }
}
