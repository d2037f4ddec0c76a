//! Calls that ask for what only the host has: names of services, homes of users, the socket of the system's log.

use super::calls::{Call, is_of};
use super::table::Spoken;
use crate::foresight::known::{Effect, SOCKETS_OF_LOG, Use};
use crate::inspect::{Environment, Language, Variable};

/// Functions that look up the port of a service by its name (services(5)).
const SERVICES: [&str; 2] = ["getservbyname", "getservbyport"];

/// Functions that look up the number of a protocol (protocols(5)).
const PROTOCOLS: [&str; 2] = ["getprotobyname", "getprotobynumber"];

/// Functions that read the list of name servers, and fail without it.
const RESOLVERS: [&str; 4] = [
    "aiodns.DNSResolver",
    "dns.asyncresolver.Resolver",
    "dns.resolver.Resolver",
    "dns.resolver.resolve",
];

/// Whether a function is of those that may be called without brackets.
pub(super) fn matters(name: &str) -> bool {
    is_of(&SERVICES, name) || is_of(&PROTOCOLS, name) || name == "Dir.home"
}

/// What a call needs of the host. Whether it comes to be called is not known.
pub(super) fn effects(spoken: &Spoken, call: &Call, environment: &Environment) -> Vec<Effect> {
    let reads = |path: &str| Effect::file(path.to_owned(), Use::Reads);
    let mut all = Vec::new();
    if is_of(&SERVICES, call.name) {
        all.push(reads("/etc/services"));
    } else if is_of(&PROTOCOLS, call.name) {
        all.push(reads("/etc/protocols"));
    } else if spoken.language == Language::Python && sets_locale(call, environment) {
        all.push(reads("/usr/lib/locale"));
    } else if is_of(&["freedesktop_os_release"], call.name) {
        all.push(reads("/etc/os-release"));
    } else if is_of(&RESOLVERS, call.name) {
        all.push(reads("/etc/resolv.conf"));
    } else if asks_home(spoken.language, call) {
        all.push(Effect::NeedsHome);
    } else if let Some(socket) = logs(spoken.language, call) {
        all.push(Effect::Logs(socket.to_owned()));
    }
    all.into_iter().map(Effect::perhaps).collect()
}

/// Whether a call of Python sets a locale other than that which the C library has built in, and fails if it can't.
fn sets_locale(call: &Call, environment: &Environment) -> bool {
    let is_built_in = |name: &str| matches!(name, "C" | "POSIX");
    // The first of these holds that is set; the service manager has a LANG of its own.
    let set = ["LC_ALL", "LANG"].map(|name| environment.variable(name));
    let told = set.into_iter().find_map(|variable| match variable {
        Variable::Known(value) if !value.is_empty() => Some(is_built_in(value)),
        _ => None,
    });
    let Some(text) = call
        .texts()
        .next()
        .filter(|_| is_of(&["setlocale"], call.name))
    else {
        return false;
    };
    let is_plain = if text.is_empty() {
        told == Some(true)
    } else {
        is_built_in(text)
    };
    let is_shown = environment
        .iter()
        .any(|(name, _)| matches!(name, "LOCALE_ARCHIVE" | "LOCPATH"));
    !is_plain && !is_shown
}

/// Whether a call fails for a user who has no home.
fn asks_home(language: Language, call: &Call) -> bool {
    match language {
        // As a method of a path. That of `os.path` leaves what it can't expand.
        Language::Python => matches!(call.name, "Path.home" | "pathlib.Path.home" | "expanduser"),
        Language::Ruby => {
            let is_of_home = || call.text().is_some_and(|text| text.starts_with('~'));
            call.name == "Dir.home" || call.name == "File.expand_path" && is_of_home()
        }
        Language::JavaScript => matches!(call.name, "os.homedir" | "homedir"),
        _ => false,
    }
}

/// The socket of the system's log that a call connects to, and fails if it can't. What logs through a library goes on.
fn logs<'c>(language: Language, call: &'c Call) -> Option<&'c str> {
    // Sys::Syslog dies where there is no log.
    if language == Language::Perl && is_of(&["openlog", "syslog"], call.name) {
        let is_optional = call.texts().any(|text| text.contains("nofatal"));
        return Some("/dev/log").filter(|_| !is_optional);
    }
    let connects = match language {
        Language::Python => is_of(&["connect"], call.name),
        Language::Ruby => call.name == "UNIXSocket.new",
        _ => false,
    };
    let mut texts = call.texts().filter(|_| connects);
    texts.find(|text| SOCKETS_OF_LOG.contains(text))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{file, reading};
    use super::*;

    #[test]
    fn what_only_the_host_has_is_found() -> Result<(), String> {
        let reads = |path| file(path, Use::Reads).perhaps();
        let home = Effect::NeedsHome.perhaps();
        let logs = |socket: &str| Effect::Logs(socket.to_owned()).perhaps();
        for (program, text, expected) in [
            (
                "python3",
                "p = socket.getservbyname('https', 'tcp')",
                vec![reads("/etc/services")],
            ),
            (
                "perl",
                "my $p = getprotobyname('tcp');",
                vec![reads("/etc/protocols")],
            ),
            (
                "php",
                "<?php $p = getservbyname('ssh', 'tcp');",
                vec![reads("/etc/services")],
            ),
            (
                "python3",
                "base = pathlib.Path.home() / '.cache'",
                vec![home.clone()],
            ),
            (
                "python3",
                "p = Path('~/.x').expanduser()",
                vec![home.clone()],
            ),
            ("python3", "p = os.path.expanduser('~/.x')", vec![]),
            ("ruby", "x = File.expand_path('~/x')", vec![home.clone()]),
            ("ruby", "x = File.expand_path('../x', __FILE__)", vec![]),
            ("node", "const h = os.homedir();", vec![home]),
            ("python3", "s.connect('/dev/log')", vec![logs("/dev/log")]),
            (
                "python3",
                "s.connect('/run/systemd/journal/stdout')",
                vec![logs("/run/systemd/journal/stdout")],
            ),
            ("python3", "syslog.openlog('/dev/log')", vec![]),
            (
                "perl",
                "openlog('web', 'ndelay,pid', 'daemon');",
                vec![logs("/dev/log")],
            ),
            ("perl", "openlog('web', 'nofatal', 'daemon');", vec![]),
            (
                "python3",
                "locale.setlocale(locale.LC_ALL, '')",
                vec![reads("/usr/lib/locale")],
            ),
            (
                "python3",
                "print(platform.freedesktop_os_release()['ID'])",
                vec![reads("/etc/os-release")],
            ),
            (
                "python3",
                "r = dns.resolver.Resolver()",
                vec![reads("/etc/resolv.conf")],
            ),
            ("python3", "locale.setlocale(locale.LC_ALL, 'C')", vec![]),
            ("python3", "locale.setlocale(locale.LC_ALL)", vec![]),
        ] {
            let found = reading(program, "/s", text)?.effects;
            let found: Vec<_> = found
                .into_iter()
                .filter(|it| !matches!(it, Effect::File { path, .. } if SOCKETS_OF_LOG.contains(&path.as_str())))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
        Ok(())
    }
}
