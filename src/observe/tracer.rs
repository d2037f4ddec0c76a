//! strace(1), shown to a service that has nothing else.

mod calls;
mod parts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use calls::TRACED;
use parts::Parts;

/// How strace gets to see calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// The kernel stops a program only at the traced calls, with a filter (seccomp(2)). This is about twice as fast, but sets
    /// `no_new_privs`: the program can't gain privileges through set-user-ID programs and file capabilities. A call that another filter
    /// refuses with an error (`SystemCallFilter=`) is not seen.
    AtTraced,
    /// The kernel stops a program at every call.
    AtAll,
}

/// Which of the traced calls are written to the log: those that confinement typically makes fail, with those that use files and sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Those that fail.
    Failed,
    /// All.
    All,
}

/// strace with its loader and its libraries.
#[derive(Clone, Debug)]
pub struct Tracer {
    files: BTreeMap<String, PathBuf>,
    /// The name of the loader. `None` if strace is linked statically.
    loader: Option<String>,
}

const STRACE: &str = "strace";

impl Tracer {
    /// System calls that strace makes in the service, beyond those of most programs. A service with `SystemCallFilter=` is only traced
    /// if it allows them.
    pub const SYSTEM_CALLS: [&str; 3] = ["prctl", "process_vm_readv", "ptrace"];

    /// Finds strace in the file system tree at `root`, with the loader and the libraries that it needs. `None` if it is not there, if
    /// it is older than 5.5, or if something that it needs is missing.
    pub fn find(root: &Path) -> Option<Self> {
        let parts = Parts::find(root)?;
        Some(Self {
            files: parts.files,
            loader: parts.loader,
        })
    }

    /// Returns what a directory must have for [`Self::command`]: names, and the files to copy or to bind there.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        let files = self.files.iter();
        files.map(|(name, file)| (name.as_str(), file.as_path()))
    }

    /// Returns the words before a command that make strace write calls of it and of all its children to `log`. Both paths
    /// are those in the service's root. The words are not escaped: in a unit, `%` is written `%%`.
    ///
    /// The user of the service must be able to write the log, also with `ProtectSystem=strict`. Otherwise strace fails, and the command
    /// does not start. If strace is not allowed to trace, it says so on standard error, and the command runs without it.
    ///
    /// The command keeps the process number that systemd gave it, so `MAINPID`, `NotifyAccess=` and exit codes are the same as without
    /// strace. strace is a process of the service too, in a session of its own. It ignores SIGTERM and ends with the last traced
    /// process. With it, systemd can't guess the main process of a service with `Type=forking` that has no `PIDFile=`.
    ///
    /// The program that strace starts is looked up as execvp(3) does, has its path as its first argument, and keeps neither
    /// set-user-ID nor file capabilities if the user of the service may not trace other users.
    pub fn command(&self, directory: &str, log: &str, stops: Stops, calls: Calls) -> Vec<String> {
        let file = |name: &str| format!("{directory}/{name}");
        let mut words = Vec::new();
        if let Some(loader) = &self.loader {
            words.extend([file(loader), "--library-path".into(), directory.to_owned()]);
        }
        words.push(file(STRACE));
        words.extend(["-DDD", "-f"].map(str::to_owned));
        if stops == Stops::AtTraced {
            words.push("--seccomp-bpf".into());
        }
        if calls == Calls::Failed {
            words.push("-Z".into());
        }
        let trace = format!("trace={}", TRACED.join(","));
        let options = [
            "-I3",
            "-qq",
            "-y",
            "-esignal=none",
            "-e",
            &trace,
            // A service may start the same command again.
            "-A",
            "-o",
            log,
            "--",
        ];
        words.extend(options.map(str::to_owned));
        words
    }
}
