//! Files of the host that variables of the unit name.

use anyhow::Result;

use crate::code::Code;
use crate::foresight::known::{Use, words};
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::inspect::{OF_DATA, RUNTIME, is_of_host};

/// Words of variables that name files which programs open as they start.
const NEEDED: [&str; 31] = [
    "cert",
    "certificate",
    "cfg",
    "conf",
    "config",
    "configuration",
    "credentials",
    "data",
    "database",
    "db",
    "dir",
    "directory",
    "file",
    "folder",
    "key",
    "log",
    "path",
    "pidfile",
    "repo",
    "repository",
    "root",
    "rules",
    "script",
    "secret",
    "settings",
    "sock",
    "socket",
    "state",
    "storage",
    "token",
    "users",
];

/// Words of variables whose files programs do without, or look at only for some of what they do.
const SPARE: [&str; 14] = [
    "authorities",
    "bundle",
    "ca",
    "cache",
    "home",
    "java",
    "lib",
    "library",
    "locale",
    "ssl",
    "tz",
    "tzdir",
    "xdg",
    "zoneinfo",
];

/// Variables whose files git does without.
const OF_GIT: [&str; 2] = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"];

impl Sight<'_> {
    /// Variables that name files which the root lacks, and of which the names say that the program needs them.
    pub(super) fn variables(&self) -> Result<Vec<Trouble>> {
        let mut seen = Vec::new();
        for (name, path) in self.around.environment.iter() {
            let is_path = is_of_host(path, &[&OF_DATA, &RUNTIME])
                && !path.contains(['%', '$', '*', ':', ',', ' ']);
            let has_any = |of: &[&str]| words(name).any(|word| of.contains(&word.as_str()));
            let is_spare = has_any(&SPARE) || OF_GIT.contains(&name);
            if !is_path || !has_any(&NEEDED) || is_spare || !self.lacks(path)? {
                continue;
            }
            let why = self.why_missing(path);
            let message = format!("the unit sets {name}={path}, which {why}");
            let trouble = Trouble::new(Code::HostFileNamed, path, message).uncertain_if(true);
            seen.push(trouble.fixed_by(self.file_remedies(path, Use::Names)));
        }
        Ok(seen)
    }
}
