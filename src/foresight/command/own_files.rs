//! Which of the paths that are built into a program are its own: they have its name, or that of its package.

use std::collections::{BTreeMap, BTreeSet};

use crate::foresight::known::Use;
use crate::inspect::{unversioned, unwrapped};

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

/// How the names of files end that a service makes when it starts.
pub(super) const MADE: [&str; 5] = [".ctl", ".lock", ".pid", ".sock", ".socket"];

/// How the names of files end that a service makes, if there is none yet.
const KEPT: [&str; 2] = [".db", ".log"];

/// A shorter name may be a part of any other.
const MIN_NAME: usize = 3;

/// A shorter word of a name may be any.
const MIN_WORD: usize = 4;

/// What the files of a program are called.
pub(super) struct Names {
    /// What the name of a file or a directory begins with.
    begins: String,
    /// The whole name of a directory, or that of a file without its ending.
    whole: BTreeSet<String>,
    /// The names as they are written.
    written: Vec<String>,
}

impl Names {
    /// `program`: the name of its file; `package`: that of its store path, without version.
    pub fn new(program: &str, package: Option<&str>) -> Self {
        let program = unwrapped(program);
        let begins = plain(program);
        let begins = begins
            .strip_suffix('d')
            .filter(|stem| stem.len() >= MIN_NAME)
            .unwrap_or(&begins);
        let mut whole = words(program);
        whole.extend(package.into_iter().flat_map(words));
        whole.extend(package.map(plain));
        whole.retain(|name| name.len() >= MIN_WORD);
        let written = [Some(program), program.strip_suffix('d'), package];
        let written = written.into_iter().flatten();
        Self {
            begins: begins.to_owned(),
            whole,
            written: written.map(str::to_owned).collect(),
        }
    }

    /// Directories that are its own.
    pub fn directories(&self) -> Vec<&str> {
        let written = self.written.iter().map(String::as_str);
        written.filter(|name| name.len() >= MIN_WORD).collect()
    }

    /// The shortest of its own paths in each of these directories, and what it does there.
    pub fn first_of(&self, paths: &BTreeSet<String>, tops: &[&str]) -> Vec<(String, Use)> {
        let mut all: BTreeMap<&str, String> = BTreeMap::new();
        // A program that can't write its number or make its lock there mostly goes on.
        let is_made = |path: &str| MADE.iter().any(|end| path.ends_with(end));
        for (top, own) in self.own(paths, tops).filter(|(_, own)| !is_made(own)) {
            let shortest = all.entry(top).or_insert_with(|| own.clone());
            if own.len() < shortest.len() {
                *shortest = own;
            }
        }
        let found = all.into_iter();
        found.map(|(top, path)| used(top, path)).collect()
    }

    /// All of its own paths in these directories.
    pub fn all_of(&self, paths: &BTreeSet<String>, tops: &[&str]) -> Vec<(String, Use)> {
        let all: BTreeSet<_> = self.own(paths, tops).collect();
        let found = all.into_iter();
        found.map(|(top, path)| used(top, path)).collect()
    }

    /// Those paths that are its own, each with the directory that it is in.
    fn own<'a>(
        &'a self,
        paths: &'a BTreeSet<String>,
        tops: &'a [&'a str],
    ) -> impl Iterator<Item = (&'a str, String)> {
        paths.iter().filter_map(|path| {
            let top = *tops.iter().find(|top| path.starts_with(**top))?;
            let parts = path[top.len()..].split('/');
            let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
            let first = parts.first().filter(|first| !SHARED.contains(first))?;
            let is_own = |at: usize| {
                let name = plain(&parts[at..].concat());
                self.begins.len() >= MIN_NAME && name.starts_with(&self.begins)
            };
            let mut places = if top == "/etc/" { 0..parts.len() } else { 0..1 };
            let stem = parts.concat();
            let stem = stem
                .rsplit_once('.')
                .map_or(stem.as_str(), |(stem, _)| stem);
            let is_dir = self.is_whole(first) && (parts.len() > 1 || !first.contains('.'));
            if !places.any(is_own)
                && !self.is_whole(stem)
                && !(is_dir && (top != "/etc/" || parts.len() == 1))
            {
                return None;
            }
            // A directory of its own has all that it looks for there.
            let is_directory = top != "/etc/" || plain(first).starts_with(&self.begins);
            let own = if is_directory && parts.len() > 1 {
                format!("{top}{first}")
            } else {
                path.trim_end_matches('/').to_owned()
            };
            Some((top, own))
        })
    }

    fn is_whole(&self, name: &str) -> bool {
        self.whole.contains(&plain(name)) || self.whole.contains(&plain(unversioned(name)))
    }
}

/// What a program does to a path in one of these directories.
fn used(top: &str, path: String) -> (String, Use) {
    let how = if top == "/etc/" {
        Use::Names
    } else if MADE.iter().chain(&KEPT).any(|end| path.ends_with(end)) {
        Use::Makes
    } else {
        Use::MakesDirectory(true)
    };
    (path, how)
}

/// What a name begins with, up to each `-`, and without the version of that word.
fn words(name: &str) -> BTreeSet<String> {
    let ends = name.match_indices('-').map(|(at, _)| &name[..at]);
    ends.flat_map(|word| [plain(word), plain(unversioned(word))])
        .collect()
}

/// A name without what names of the same thing differ in.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPS: [&str; 2] = ["/etc/", "/var/lib/"];

    fn of(program: &str, package: &str, paths: &[&str]) -> Vec<String> {
        let paths = paths.iter().map(ToString::to_string).collect();
        let names = Names::new(program, Some(package));
        let found = names.first_of(&paths, &TOPS).into_iter();
        found.map(|(path, _)| path).collect()
    }

    fn own(program: &str, paths: &[&str]) -> Vec<String> {
        of(program, "tools", paths)
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
    fn what_a_service_makes_when_it_starts_is_not_needed() {
        let spool = |path: &str| {
            let paths = [path.to_owned()].into();
            Names::new("webd", None).first_of(&paths, &["/var/spool/"])
        };
        assert_eq!(spool("/var/spool/web.pid"), []);
        assert_eq!(
            spool("/var/spool/web/jobs"),
            [("/var/spool/web".to_owned(), Use::MakesDirectory(true))]
        );
    }

    #[test]
    fn files_of_a_package_have_its_name() {
        assert_eq!(
            of("manager", "traffic", &["/etc/traffic"]),
            ["/etc/traffic"]
        );
        assert_eq!(
            of(
                "guard",
                "phoenix3.0-server",
                &["/var/lib/phoenix/3.0/db", "/etc/server"]
            ),
            ["/var/lib/phoenix"]
        );
        assert_eq!(own("xweb-sesman", &["/etc/xweb"]), ["/etc/xweb"]);
        assert_eq!(
            own(
                "gauge-snmp-exporter",
                &["/etc/gauge/snmp.yml", "/etc/gauge/other.yml"]
            ),
            ["/etc/gauge/snmp.yml"]
        );
        assert_eq!(of("guard", "abc-d", &["/etc/abc", "/etc/abcde"]), [""; 0]);
    }

    #[test]
    fn logs_and_sockets_are_made() {
        let paths = [
            "/run/web/web.sock",
            "/run/web.pid",
            "/var/log/web.log",
            "/run/x",
        ];
        let paths = paths.iter().map(ToString::to_string).collect();
        let found = Names::new("webd", None).all_of(&paths, &["/run/", "/var/log/"]);
        assert_eq!(
            found,
            [
                ("/run/web".to_owned(), Use::MakesDirectory(true)),
                ("/run/web.pid".to_owned(), Use::Makes),
                ("/var/log/web.log".to_owned(), Use::Makes),
            ]
        );
    }
}
