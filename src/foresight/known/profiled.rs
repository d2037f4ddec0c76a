//! Programs of the table in `confinix.toml` and of the built-in one.

use super::options::{Options, is_option};
use super::{Effect, Invocation, Knower, Name, Purpose, Use};
use crate::config::Program;

pub(super) struct Profiled;

impl Knower for Profiled {
    /// It knows those of the table, which [`super::known_of`] asks.
    fn knows(&self, _name: &str) -> bool {
        false
    }

    fn is_of_table(&self) -> bool {
        true
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let Some(program) = invocation.profile() else {
            return Vec::new();
        };
        let told = Told::new(program, invocation);
        let configurations = told.configurations();
        // What a configuration may name, its reader knows.
        let is_open = !configurations.is_empty();
        let mut all: Vec<_> = configurations
            .iter()
            .flat_map(|path| told.configured(path))
            .collect();
        all.extend(told.users(is_open));
        all.extend(told.files(&program.reads, Use::Reads, is_open));
        all.extend(told.files(&program.makes, Use::Makes, is_open));
        all.extend(told.privileges());
        all
    }
}

/// A program, and what it is told by its arguments.
struct Told<'a> {
    program: &'a Program,
    invocation: &'a Invocation<'a>,
    options: Options<'a>,
}

impl<'a> Told<'a> {
    fn new(program: &'a Program, invocation: &'a Invocation<'a>) -> Self {
        let lists = [
            &program.config,
            &program.user,
            &program.group,
            &program.owner,
            &program.values,
        ];
        let placed = program.reads.values().chain(program.makes.values());
        let named = lists.into_iter().chain(placed).flatten();
        let options = Options::new(
            invocation.arguments,
            named.filter(|name| is_option(name)).map(String::as_str),
        );
        Self {
            program,
            invocation,
            options,
        }
    }

    /// Its configuration files.
    fn configurations(&self) -> Vec<String> {
        let operand = self.options.operands().next();
        let operand = operand.flatten().filter(|_| self.program.config_operand);
        let named = self.options.values(&self.program.config).flatten();
        named
            .chain(operand)
            .filter(|path| *path != "/dev/null")
            .filter_map(|path| self.invocation.around.absolute(path))
            .collect()
    }

    /// A configuration file that it is told of.
    fn configured(&self, path: &str) -> [Effect; 2] {
        [
            Effect::file(path.to_owned(), Use::Reads),
            Effect::Configures(path.to_owned()),
        ]
    }

    /// The users that it looks up or changes to. `is_open`: whether a configuration may name them.
    fn users(&self, is_open: bool) -> Vec<Effect> {
        let program = self.program;
        let is_root = self.invocation.around.is_root();
        let mut all = Vec::new();
        if program.looks_up_own {
            all.push(Effect::looks_up(Name::Own));
        }
        if is_root {
            let always = program.looks_up.iter().filter_map(|name| Name::user(name));
            all.extend(always.map(Effect::looks_up));
        }
        if !is_root && !program.always_looks_up {
            return all;
        }
        let is_named = self.options.has(&program.user);
        let operand = self.options.operands().find(|word| *word != Some("-"));
        let operand = operand
            .flatten()
            .filter(|_| program.user_operand && !is_named);
        let may_be_configured = is_open && program.user.iter().any(|name| !is_option(name));
        let is_default = !is_named
            && operand.is_none()
            && !may_be_configured
            && !self.options.has(&program.default_unless);
        let default = program.default_user.as_deref().filter(|_| is_default);
        let users = self.options.values(&program.user).flatten();
        for user in users.chain(operand).chain(default) {
            all.extend(self.becomes(user));
        }
        for group in self.options.values(&program.group).flatten() {
            all.extend(Name::group(group).map(|name| self.becomes_one(name)));
        }
        for owner in self.options.values(&program.owner).flatten() {
            let (user, group) = owner.split_once(':').unwrap_or((owner, ""));
            let names = [Name::user(user), Name::group(group)];
            all.extend(names.into_iter().flatten().map(Effect::gives));
        }
        all
    }

    /// What comes of a user, perhaps with a group behind a colon.
    fn becomes(&self, text: &str) -> impl Iterator<Item = Effect> {
        let (user, group) = text.split_once(':').unwrap_or((text, ""));
        let names = [Name::user(user), Name::group(group)];
        names
            .into_iter()
            .flatten()
            .map(|name| self.becomes_one(name))
    }

    fn becomes_one(&self, name: Name) -> Effect {
        let purpose = match (self.invocation.around.is_root(), self.program.survives) {
            (false, _) => Purpose::Tell,
            (true, true) => Purpose::TryToBecome,
            (true, false) => Purpose::Become,
        };
        Effect::LooksUp {
            name,
            purpose,
            is_certain: true,
        }
    }

    /// Files that it reads or makes unless something names others. `is_open`: whether a configuration may.
    fn files(
        &self,
        places: &'a std::collections::BTreeMap<String, Vec<String>>,
        how: Use,
        is_open: bool,
    ) -> impl Iterator<Item = Effect> {
        places.iter().filter_map(move |(path, others)| {
            let may_be_configured = is_open && others.iter().any(|name| !is_option(name));
            if may_be_configured || self.options.has(others) {
                return None;
            }
            Some(Effect::file(self.invocation.around.absolute(path)?, how))
        })
    }

    /// What it may do only as root of the host.
    fn privileges(&self) -> Vec<Effect> {
        let program = self.program;
        let mut all = Vec::new();
        if program.sets_groups {
            all.push(Effect::SetsGroups);
        }
        if let Some(capability) = &program.capability
            && !self.options.has(&program.capability_unless)
        {
            all.push(Effect::Needs(capability.clone()));
        }
        if program.needs_home {
            all.push(Effect::NeedsHome);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    fn becomes(name: Name) -> Effect {
        Effect::LooksUp {
            name,
            purpose: Purpose::Become,
            is_certain: true,
        }
    }

    #[test]
    fn users_are_named_by_options() {
        let user = [becomes(Name::User("web".into()))];
        let group = becomes(Name::Group("www".into()));
        for line in ["-u web", "-uweb", "-l 127.0.0.1 -u web"] {
            assert_eq!(effects("beanstalkd", line), user, "{line}");
        }
        let both = [user[0].clone(), group];
        assert_eq!(effects("setpriv", "--reuid=web --regid www a"), both);
        assert_eq!(effects("start-stop-daemon", "-S -c web:www"), both);
        assert_eq!(effects("gosu", "web cat -u x"), user);
        assert_eq!(effects("beanstalkd", "-u 0"), []);
        assert_eq!(effects("beanstalkd", "-u ?"), []);
        let nobody = [becomes(Name::User("nobody".into()))];
        assert_eq!(effects("thttpd", "-D"), nobody);
        assert_eq!(effects("thttpd", "-D -u web"), user);
        assert_eq!(effects("avahi-daemon", "--no-drop-root"), []);
    }

    #[test]
    fn configurations_are_named_by_options_or_operands() {
        let configured = [file("/c", Use::Reads), Effect::Configures("/c".into())];
        assert_eq!(effects("tinyproxy", "-d -c /c"), configured);
        assert_eq!(
            effects("prometheus", "--config.file=/c --storage.tsdb.path=/d"),
            configured
        );
        assert_eq!(effects("stunnel", "/c"), configured);
        assert_eq!(effects("privoxy", "--pidfile /p /c"), configured);
    }

    #[test]
    fn files_and_privileges_are_needed_by_default() {
        assert_eq!(effects("redis-server", ""), [file("/dump.rdb", Use::Makes)]);
        assert_eq!(effects("redis-server", "--dir /d"), []);
        let capability = Effect::Needs("CAP_NET_RAW".into());
        assert_eq!(effects("arping", "-c 1 host"), [capability]);
        assert_eq!(effects("nft", "-c -f /a"), []);
    }
}
