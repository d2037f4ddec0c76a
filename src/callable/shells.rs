//! Scripts, and commands that run an interpreter.

use anyhow::Result;

use super::code::{AWKS, Code, SHELLS, UNREAD_SHELLS, code_of, is_language, plain, program_of_awk};
use super::executables::on_disk;
use super::inventory::{At, Inventory};
use super::untold::Reason;
use crate::document::Kind;
use crate::inspect::{Command, Environment, Start, World, read_script};
use crate::store::{StoreDir, StoreFiles};

/// Programs that run the command that their arguments are.
pub(super) const RUNNERS: [&str; 29] = [
    "busybox",
    "chpst",
    "chroot",
    "chrt",
    "daemonize",
    "doas",
    "dumb-init",
    "env",
    "flock",
    "gosu",
    "ionice",
    "nice",
    "nohup",
    "nsenter",
    "prlimit",
    "runuser",
    "setpriv",
    "setsid",
    "start-stop-daemon",
    "stdbuf",
    "su-exec",
    "sudo",
    "systemd-run",
    "taskset",
    "timeout",
    "tini",
    "toybox",
    "unshare",
    "xargs",
];

/// Directories of a system's programs, which a service's root does not have.
const OF_SYSTEM: [&str; 4] = ["/bin/", "/lib/", "/sbin/", "/usr/"];

/// The longest chain of texts that run texts.
const MAX_DEPTH: usize = 4;

/// Looks for commands that no text tells.
pub(super) struct Shells<'i, 'a> {
    inventory: &'i Inventory<'a>,
    environment: Environment,
}

impl<'i, 'a> Shells<'i, 'a> {
    pub fn new(inventory: &'i Inventory<'a>) -> Self {
        let mut environment = Environment::default();
        environment.open();
        Self {
            inventory,
            environment,
        }
    }

    /// Why a command of a unit may run what nothing tells.
    pub fn command(&mut self, command: &Command) -> Result<Option<Reason>> {
        let words = command.arguments.iter();
        let words: Vec<_> = words
            .map(|word| (!is_computed(word)).then(|| word.clone()))
            .collect();
        if command.has('|') {
            let text = [&command.program].into_iter().chain(&command.arguments);
            let text: Vec<_> = text.map(String::as_str).collect();
            return self.text(&text.join(" "), 0);
        }
        let program = command.program.as_str();
        let is_elsewhere = program.starts_with(['/', '%'])
            && self.inventory.dir.owner(program).is_none()
            && !OF_SYSTEM.iter().any(|dir| program.starts_with(dir));
        if is_elsewhere {
            return Ok(Some(Reason::CodeElsewhere(program.to_owned())));
        }
        self.call(program, &words, 0)
    }

    /// Why a script may run what nothing tells. `code`: where its service has code elsewhere.
    pub fn script(&mut self, at: At, code: Option<&str>) -> Result<Option<Reason>> {
        let executable = self.inventory.executable(at);
        let path = self.inventory.paths[at.0].path;
        let Some(whole) = on_disk(path, &executable.below) else {
            return Ok(Some(Reason::NotUnderstood));
        };
        let Some(document) = self.inventory.files.open(&whole, Kind::Script)? else {
            return Ok(None);
        };
        let Ok(text) = document.whole(Kind::Script) else {
            return Ok(Some(Reason::NotUnderstood));
        };
        let text = String::from_utf8_lossy(&text);
        let line = text.lines().next().unwrap_or_default();
        let mut words = line.trim_start_matches("#!").split_whitespace();
        let mut interpreter = name_of(words.next().unwrap_or_default());
        if interpreter == "env" {
            interpreter = words
                .find(|word| !word.starts_with('-') && !word.contains('='))
                .map_or("", name_of);
        }
        if SHELLS.contains(&plain(interpreter)) {
            return self.text(&text, 0);
        }
        if UNREAD_SHELLS.contains(&plain(interpreter)) {
            return Ok(Some(Reason::NotUnderstood));
        }
        // Python and others run archives with a first line.
        if is_language(interpreter) && text.contains('\0') {
            return Ok(Some(Reason::Compiled(whole)));
        }
        Ok(code
            .filter(|_| is_language(interpreter))
            .map(|code| Reason::CodeElsewhere(code.to_owned())))
    }

    /// Why a text of a shell may run what nothing tells.
    fn text(&mut self, text: &str, depth: usize) -> Result<Option<Reason>> {
        let world = Sourced {
            files: self.inventory.files,
            dir: self.inventory.dir,
        };
        let start = Start {
            errexit: false,
            is_strict: false,
            environment: &self.environment,
            arguments: Vec::new(),
            world: &world,
        };
        let Ok(script) = read_script(text, &start) else {
            return Ok(Some(Reason::NotUnderstood));
        };
        if script.is_open || script.computes {
            return Ok(Some(Reason::Computes));
        }
        for call in &script.calls {
            if let Some(reason) = self.call(&call.word, &call.arguments, depth)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Why a program with these arguments may run what nothing tells.
    fn call(
        &mut self,
        word: &str,
        arguments: &[Option<String>],
        depth: usize,
    ) -> Result<Option<Reason>> {
        let name = name_of(word);
        if RUNNERS.contains(&name) {
            let mut words = arguments.iter().enumerate();
            let dir = self.inventory.dir;
            let is_program = |word: &Option<String>| {
                let word = word.as_deref().unwrap_or_default();
                dir.owner(word).is_some() || is_language(name_of(word))
            };
            if let Some((at, Some(word))) = words.find(|(_, word)| is_program(word)) {
                let rest = &arguments[at + 1..];
                return if depth < MAX_DEPTH {
                    self.call(word, rest, depth + 1)
                } else {
                    Ok(Some(Reason::Computes))
                };
            }
            let is_computed = arguments.iter().any(Option::is_none);
            return Ok(is_computed.then_some(Reason::Computes));
        }
        if AWKS.contains(&plain(name)) {
            let code = program_of_awk(arguments, self.inventory.dir);
            return Ok(code.map(Reason::CodeElsewhere));
        }
        if !is_language(name) {
            return Ok(None);
        }
        match code_of(name, arguments, self.inventory.dir) {
            Code::Text(_) if UNREAD_SHELLS.contains(&plain(name)) => {
                Ok(Some(Reason::NotUnderstood))
            }
            Code::Text(text) if SHELLS.contains(&plain(name)) => {
                if depth < MAX_DEPTH {
                    self.text(&text, depth + 1)
                } else {
                    Ok(Some(Reason::Computes))
                }
            }
            Code::Read | Code::Text(_) => Ok(None),
            Code::Unread(what) => Ok(Some(Reason::CodeElsewhere(what))),
        }
    }
}

/// Whether systemd may put something into a word of a command line that is known only when it runs. In a longer word, `$name` is no
/// variable to systemd, but `${name}` is (systemd.service(5)).
fn is_computed(word: &str) -> bool {
    word.starts_with('$') || word.contains("${") || word.contains('%')
}

fn name_of(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or_default()
}

/// The files of the store, for scripts that read others in.
struct Sourced<'a> {
    files: &'a dyn StoreFiles,
    dir: &'a StoreDir,
}

impl World for Sourced<'_> {
    fn test(&self, _: &str, _: &str) -> Option<bool> {
        None
    }

    fn source(&self, path: &str) -> Option<String> {
        self.dir.owner(path)?;
        let text = self.files.read(path, Kind::Script).ok()??;
        String::from_utf8(text).ok()
    }
}
