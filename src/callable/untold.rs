//! What can run programs that nothing in the closure names.

use anyhow::Result;

use super::caller::Caller;
use super::executables::What;
use super::meant::meant;
use super::search::Search;
use super::shells::Shells;
use crate::inspect::{is_interpreter, unversioned, unwrapped};
use crate::store::Beginning;

/// A program that may run others of which nothing in the closure tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Untold {
    /// Its absolute path, or a command of the unit.
    pub program: String,
    /// How.
    pub reason: Reason,
}

/// How a program may run others of which nothing in the closure tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It runs commands of its users or of files elsewhere.
    TakesCommands,
    /// It has a shell run texts that it makes itself (system(3), popen(3)).
    HasShell,
    /// It is a script with commands that are only known when it runs.
    Computes,
    /// It is a script that could not be understood.
    NotUnderstood,
    /// It interprets code from elsewhere.
    CodeElsewhere(String),
    /// It interprets compiled code.
    Compiled(String),
}

/// Programs that are there to run what their users, their configuration or what they receive says. The others are told by the functions
/// that they call.
const TAKE_COMMANDS: [&str; 44] = [
    "agetty",
    "anacron",
    "apache2",
    "at",
    "atd",
    "buildkite-agent",
    "code-server",
    "containerd",
    "cron",
    "crond",
    "doas",
    "dockerd",
    "dropbear",
    "emacs",
    "exim",
    "exim4",
    "expect",
    "forgejo",
    "gitea",
    "gitlab-runner",
    "httpd",
    "incrond",
    "inetd",
    "jupyter",
    "kubelet",
    "lighttpd",
    "login",
    "mutt",
    "nix-daemon",
    "nomad",
    "php-fpm",
    "postgres",
    "screen",
    "smtpd",
    "sshd",
    "sudo",
    "supervisord",
    "tmux",
    "ttyd",
    "uwsgi",
    "vi",
    "vim",
    "xinetd",
    "zellij",
];

/// Programs that have a shell run what texts say that a search reads: their arguments, or scripts.
const READ_TEXTS: [&str; 4] = ["find", "make", "sed", "socat"];

/// Which programs run which compiled code.
const RUN_COMPILED: [(&str, &[&str]); 4] = [
    ("java", &["jar", "war"]),
    ("python", &["pyc", "whl", "egg", "pyz"]),
    ("php", &["phar"]),
    ("erl", &["beam"]),
];
const ANY: [&str; 4] = ["beam", "elixir", "electron", "node"];

impl Reason {
    /// The end of a sentence about the program.
    pub fn text(&self) -> String {
        match self {
            Self::TakesCommands => "runs commands of its users, or of files elsewhere".to_owned(),
            Self::HasShell => "can have a shell run texts that it makes itself".to_owned(),
            Self::Computes => {
                "is a script with commands that are known only when it runs".to_owned()
            }
            Self::NotUnderstood => "is a script that confinix does not understand".to_owned(),
            Self::CodeElsewhere(place) => {
                format!("may run code that is not in the closure ({place})")
            }
            Self::Compiled(file) => {
                format!("may run compiled code, which can't be searched ({file})")
            }
        }
    }
}

/// What can run programs that nothing names, once a search is done.
pub(super) fn untold(search: &Search, callers: &[Caller]) -> Result<Vec<Untold>> {
    let mut found = Vec::new();
    let mut shells = Shells::new(search.inventory);
    for caller in callers {
        for command in &caller.commands {
            if let Some(reason) = shells.command(command)? {
                let program = command.program.clone();
                found.push(Untold { program, reason });
            }
        }
    }
    let libraries = search.libraries()?;
    let code = callers.iter().find_map(|caller| caller.code.as_deref());
    for at in &meant(search, callers, &libraries)? {
        let of = |reason| Untold {
            program: search.inventory.whole(*at),
            reason,
        };
        let executable = search.inventory.executable(*at);
        let path = search.inventory.paths[at.0].path;
        let name = executable.name(path);
        let bare = unwrapped(name);
        if [bare, unversioned(bare)]
            .iter()
            .any(|name| TAKE_COMMANDS.contains(name))
        {
            found.push(of(Reason::TakesCommands));
        }
        let Some(file) = search.inventory.file_of(*at) else {
            continue;
        };
        if file != *at {
            continue;
        }
        if let What::File(Beginning::Script) = executable.what {
            if let Some(reason) = shells.script(*at, code)? {
                found.push(of(reason));
            }
            continue;
        }
        if let Some(file) = compiled(search, bare)? {
            found.push(of(Reason::Compiled(file)));
        }
        if !is_interpreter(name)
            && !READ_TEXTS.contains(&bare)
            && search.process(*at, &libraries)?.has_shell()
        {
            found.push(of(Reason::HasShell));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Compiled code that a program of this name may run.
fn compiled(search: &Search, name: &str) -> Result<Option<String>> {
    let of_language = RUN_COMPILED
        .iter()
        .find(|(language, _)| name.starts_with(language));
    let is_of_any = ANY.iter().any(|language| name.starts_with(language));
    for path in &search.seen {
        for file in &search.inventory.others(*path)?.unread {
            let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
            let runs = match of_language {
                Some((_, extensions)) => extensions.contains(&extension),
                None => is_of_any && matches!(extension, "beam" | "asar"),
            };
            if runs {
                let path = search.inventory.paths[*path].path;
                return Ok(Some(format!("{path}/{file}")));
            }
        }
    }
    Ok(None)
}
