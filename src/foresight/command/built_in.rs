//! Programs of which nothing is known: the files of their own that are built into them.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Step;
use super::own_files::{MADE, Names};
use crate::code::Code;
use crate::config;
use crate::foresight::known::{Invocation, Use};
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{Program, built_in_paths};
use crate::root::Found;
use crate::service::ExecSetting;
use crate::store::Package;

/// Where programs have what they can't do without.
const TOPS: [&str; 3] = ["/etc/", "/var/lib/", "/var/spool/"];

/// Where they have what most of them can do without, and what matters if they lack something else too.
const MORE_TOPS: [&str; 4] = ["/run/", "/var/cache/", "/var/log/", "/var/run/"];

/// As many of these are reported.
const MAX_MORE: usize = 4;

/// Directories of files that a service makes when it starts.
const NEW: [&str; 4] = ["/run/", "/var/run/", "/tmp/", "/dev/"];

/// Which files a program is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    /// Configurations of the store, none of which names a place for what it makes.
    Configuration,
    /// Others, or nobody knows.
    More,
}

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
        if self.setting != ExecSetting::ExecStart || is_known {
            return Ok(());
        }
        let told = self.told(invocation)?;
        if told == Told::More {
            return Ok(());
        }
        let Some(document) = self.sight.inside.open(file).ok().flatten() else {
            return Ok(());
        };
        let owner = self.sight.inside.store_dir().owner(file);
        let package = owner
            .as_ref()
            .map(|owner| Package::parse(owner.name()).name);
        let names = Names::new(name, package);
        let tops = [&TOPS[..], &MORE_TOPS[..]].concat();
        let paths = built_in_paths(&document, &tops, &names.directories());
        // It has a configuration.
        let tops = match told {
            Told::Nothing => &TOPS[..],
            _ => &TOPS[1..],
        };
        let needed = self.without(names.first_of(&paths, tops), seen)?;
        if needed.is_empty() {
            return Ok(());
        }
        let more = self.without(names.all_of(&paths, &MORE_TOPS), seen)?;
        for (path, how) in needed.into_iter().chain(more.into_iter().take(MAX_MORE)) {
            let message = format!(
                "{place} runs {name}, which has {path} built in, and that is not in the service's root"
            );
            let trouble = Trouble::new(Code::HostFileNamed, path.as_str(), message);
            let remedies = self.sight.file_remedies(&path, how);
            seen.say(trouble.uncertain_if(true).fixed_by(remedies));
        }
        Ok(())
    }

    /// Those files that the root lacks, and that nothing has made.
    fn without(&self, files: Vec<(String, Use)>, seen: &Outlook) -> Result<Vec<(String, Use)>> {
        let mut all = Vec::new();
        for (path, how) in files {
            if !seen.has_made(&path) && self.sight.lacks(&path)? {
                all.push((path, how));
            }
        }
        Ok(all)
    }

    /// Which files arguments and variables name, which may be other ones, or may do so when the service starts.
    fn told(&self, invocation: &Invocation) -> Result<Told> {
        let variables: BTreeMap<_, _> = invocation.around.environment.iter().collect();
        let is_search = |name: &str| name.ends_with("PATH") || name.ends_with("LIB");
        let values = variables.iter().filter(|(name, _)| !is_search(name));
        let values = values.map(|(_, value)| *value);
        if values.clone().any(names_file) {
            return Ok(Told::More);
        }
        let settings = &self.sight.around.settings;
        let is_filled = settings.value("EnvironmentFile").is_some();
        let mut told = Told::Nothing;
        for word in &invocation.words() {
            let Some(word) = word else {
                return Ok(Told::More);
            };
            if word.contains('%') || word.contains('$') && is_filled {
                return Ok(Told::More);
            }
            if names_file(word) {
                let path = word.find('/').map_or(word.as_str(), |at| &word[at..]);
                if !self.is_configuration_only(path)? {
                    return Ok(Told::More);
                }
                told = Told::Configuration;
            }
        }
        Ok(told)
    }

    /// Whether a file is a configuration of the store that names no place for what a program makes.
    fn is_configuration_only(&self, path: &str) -> Result<bool> {
        let is_file = self.sight.inside.store_dir().owner(path).is_some()
            && matches!(self.sight.inside.look(path)?, Found::File { .. });
        if !is_file {
            return Ok(false);
        }
        let text = self.text_of(path)?;
        Ok(text.is_some_and(|text| {
            let mut lines = text.lines().map(str::trim_start);
            !lines.any(|line| !line.starts_with(['#', ';']) && line.contains("/var/"))
        }))
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

#[cfg(test)]
mod tests {
    use super::*;

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
