//! Programs of which nothing is known: the files of their own that are built into them.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::config;
use crate::foresight::known::{Invocation, Use};
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{Program, built_in_paths, unwrapped};
use crate::service::ExecSetting;

/// Where programs have what they can't do without.
const TOPS: [&str; 3] = ["/etc/", "/var/lib/", "/var/spool/"];

/// Directories of libraries and of the system, which have a file for each program and can do without it.
const SHARED: [&str; 10] = [
    "default",
    "init.d",
    "ld.so.conf.d",
    "pam.d",
    "profile.d",
    "sasl",
    "sasl2",
    "security",
    "ssl",
    "xdg",
];

/// How the names of files end that a service makes when it starts, and directories of such files.
const MADE: [&str; 5] = [".ctl", ".lock", ".pid", ".sock", ".socket"];
const NEW: [&str; 4] = ["/run/", "/var/run/", "/tmp/", "/dev/"];

/// A shorter name may be a part of any other.
const MIN_NAME: usize = 3;

impl Step<'_> {
    /// The files that a program most likely looks for by itself: they have its name, and nothing tells it of others.
    ///
    /// `place`: what runs it; `invocation`: how.
    pub(super) fn built_in(
        &self,
        place: &str,
        program: &Program,
        invocation: &Invocation,
        seen: &mut Outlook,
    ) -> Result<()> {
        let Some(file) = program.file.as_deref() else {
            return Ok(());
        };
        let name = file.rsplit('/').next().unwrap_or_default();
        let profile = self.sight.around.programs.get(name);
        let is_known = profile.is_some_and(config::Program::has_defaults);
        if self.setting != ExecSetting::ExecStart || is_known || self.is_told(invocation) {
            return Ok(());
        }
        let Some(document) = self.sight.inside.open(file).ok().flatten() else {
            return Ok(());
        };
        for (path, how) in own_files(name, built_in_paths(&document, &TOPS)) {
            if seen.has_made(&path) || !self.sight.lacks(&path)? {
                continue;
            }
            let message = format!(
                "{place} runs {name}, which has {path} built in, and that is not in the service's root"
            );
            let trouble = Trouble::new(Code::HostFileNamed, path.as_str(), message);
            let remedies = self.sight.file_remedies(&path, how);
            seen.say(trouble.uncertain_if(true).fixed_by(remedies));
        }
        Ok(())
    }

    /// Whether an argument or a variable names a file, which may be another one, or may do so when the service starts.
    fn is_told(&self, invocation: &Invocation) -> bool {
        let variables: BTreeMap<_, _> = invocation.around.environment.iter().collect();
        let is_search = |name: &str| name.ends_with("PATH") || name.ends_with("LIB");
        let mut values = variables.iter().filter(|(name, _)| !is_search(name));
        let is_filled = self
            .sight
            .around
            .settings
            .value("EnvironmentFile")
            .is_some();
        values.any(|(_, value)| names_file(value))
            || invocation.words().iter().any(|word| {
                word.as_ref().is_none_or(|word| {
                    let is_open = word.contains('%') || word.contains('$') && is_filled;
                    is_open || names_file(word)
                })
            })
    }
}

/// Whether a word names a file that exists before the service starts.
fn names_file(word: &str) -> bool {
    let Some(at) = word.find('/') else {
        return false;
    };
    let path = &word[at..];
    let is_configuration = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    let is_new = NEW.iter().any(|dir| path.starts_with(dir)) && !is_configuration;
    !path.starts_with("//") && !is_new && !MADE.iter().any(|end| path.ends_with(end))
}

/// Those paths that have the name of the program: one below each directory, and what it does there.
fn own_files(program: &str, paths: impl IntoIterator<Item = String>) -> Vec<(String, Use)> {
    let name = plain(unwrapped(program));
    let name = name
        .strip_suffix('d')
        .filter(|stem| stem.len() >= MIN_NAME)
        .unwrap_or(&name);
    let mut all: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for path in paths {
        let Some(top) = TOPS.into_iter().find(|top| path.starts_with(top)) else {
            continue;
        };
        let parts: Vec<_> = path[top.len()..]
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let Some(first) = parts.first().filter(|first| !SHARED.contains(first)) else {
            continue;
        };
        let is_own = |at: usize| plain(&parts[at..].concat()).starts_with(name);
        let mut places = if top == "/etc/" { 0..parts.len() } else { 0..1 };
        if name.len() < MIN_NAME || !places.any(is_own) {
            continue;
        }
        // A directory of its own has all that it looks for there.
        let is_directory = top != "/etc/" || plain(first).starts_with(name) && parts.len() > 1;
        let own = if is_directory {
            format!("{top}{first}")
        } else {
            path
        };
        *all.entry(top).or_default().entry(own).or_default() += 1;
    }
    let first = all.into_iter().filter_map(|(top, found)| {
        let shortest = found.into_keys().min_by_key(String::len)?;
        let how = if top == "/etc/" {
            Use::Names
        } else {
            Use::MakesDirectory(true)
        };
        Some((shortest, how))
    });
    first.collect()
}

/// A name without what names of the same thing differ in.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(program: &str, paths: &[&str]) -> Vec<String> {
        let found = own_files(program, paths.iter().map(ToString::to_string));
        found.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn files_of_a_program_have_its_name() {
        assert_eq!(
            own("webd", &["/etc/web.conf", "/etc/hosts", "/var/lib/web/db"]),
            ["/etc/web.conf", "/var/lib/web"]
        );
        assert_eq!(
            own("web-proxy", &["/etc/web/proxy.yml", "/etc/web/ssl"]),
            ["/etc/web/proxy.yml"]
        );
        assert_eq!(
            own("web", &["/etc/web/web.conf", "/etc/web/key"]),
            ["/etc/web"]
        );
        assert_eq!(
            own("freshweb", &["/etc/web/freshweb.conf"]),
            ["/etc/web/freshweb.conf"]
        );
        assert_eq!(own(".web-wrapped", &["/etc/web.conf"]), ["/etc/web.conf"]);
        for path in [
            "/etc/sasl2/webd.conf",
            "/etc/noweb",
            "/etc/shadow",
            "/etc/we",
            "/srv/web",
        ] {
            assert_eq!(own("webd", &[path]), [""; 0], "{path}");
        }
    }

    #[test]
    fn what_names_a_file_is_not_new() {
        for word in [
            "/etc/web.conf",
            "--config=/c",
            "-f./c",
            "conf/web",
            "/run/web/web.yml",
        ] {
            assert!(names_file(word), "{word}");
        }
        for word in [
            "-p",
            "/run/web.sock",
            "--socket=/run/x",
            "http://host/",
            "/dev/null",
        ] {
            assert!(!names_file(word), "{word}");
        }
    }
}
