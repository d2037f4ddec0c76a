//! What a service needs, from the calls that failed with confinement and not without.

use std::collections::BTreeSet;

use super::together::together;
use super::tree::{OF_REHEARSAL, Tree};
use crate::document;
use crate::foresight::Need;
use crate::inspect::{commands, read_elf_of};
use crate::observe::{Address, Failure, Failures, Intent};
use crate::service::Service;

/// Paths of the rehearsal itself, and of the kernel's view of processes.
const IGNORED: [&str; 4] = [OF_REHEARSAL, "/proc/self/", "/proc/thread-self/", "/proc/*"];
/// Calls that set who a process is, or whom a file belongs to.
const IDENTITY: [&str; 16] = [
    "setuid",
    "setgid",
    "setgroups",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setfsuid",
    "setfsgid",
    "capset",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "keyctl",
    "setpriority",
];

/// Returns what these failures say that the service needs, without repetitions and in their order. `tree` has what it
/// needs.
pub fn needs(service: &Service, failures: &Failures, tree: Tree<'_>) -> Vec<Need> {
    let mut needs = programs(service, tree);
    needs.extend(
        of_failures(failures, tree)
            .into_iter()
            .filter(|need| !needs.contains(need))
            .collect::<Vec<_>>(),
    );
    needs
}

/// The commands of a unit: strace does not start one that is not there.
fn programs(service: &Service, tree: Tree<'_>) -> Vec<Need> {
    let commands = service
        .exec
        .values()
        .flatten()
        .flat_map(|line| commands(&line.text));
    let programs = commands.map(|command| command.program);
    let programs = programs.filter(|program| program.starts_with('/') && tree.has(program));
    let programs: BTreeSet<_> = programs.map(Need::Execute).collect();
    programs.into_iter().collect()
}

/// Returns what these failures say that a service needs, without repetitions and in their order.
pub fn of_failures(failures: &Failures, tree: Tree<'_>) -> Vec<Need> {
    let mut needs = Vec::new();
    let found = failures
        .calls
        .iter()
        .filter_map(|failure| need(failure, tree));
    for need in found.flat_map(|need| [loader(&need, tree), Some(need)]) {
        if let Some(need) = need
            && !needs.contains(&need)
        {
            needs.push(need);
        }
    }
    together(needs, tree)
}

/// The loader of a program of the tree: the kernel opens it, so no call shows it.
fn loader(need: &Need, tree: Tree<'_>) -> Option<Need> {
    let Need::Execute(program) = need else {
        return None;
    };
    let program = document::open(&tree.at(program)).ok()?;
    let loader = read_elf_of(&program).ok()?.interpreter?;
    (loader.starts_with('/') && !tree.is_in_store(&loader)).then_some(Need::Read(loader))
}

/// Whether a path is in the home of root, or a hidden file in a home that is the root directory: most programs look for it in `HOME`.
fn is_in_home(path: &str) -> bool {
    path.starts_with("/root/") || path.starts_with("/.")
}

fn need(failure: &Failure, tree: Tree<'_>) -> Option<Need> {
    let call = failure.call.trim_end_matches("32");
    if IDENTITY.contains(&call) {
        return Some(Need::Users);
    }
    match &failure.address {
        Some(Address::Internet { port, .. }) if call == "bind" && *port < 1024 => {
            return Some(Need::LowPort);
        }
        Some(Address::Unix(path)) if path.starts_with('/') => {
            return Some(if call == "bind" {
                Need::Create(path.clone())
            } else {
                Need::Connect(path.clone())
            });
        }
        Some(_) => return None,
        None => {}
    }
    // Nobody needs the whole machine.
    let is_path = |path: &&String| path.starts_with('/') && path.len() > 1;
    let Some(path) = failure.path.as_ref().filter(is_path) else {
        return (failure.errno == "EPERM").then_some(Need::Users);
    };
    if IGNORED.iter().any(|ignored| path.starts_with(ignored)) {
        return None;
    }
    let found = tree.at(path);
    let is_top = !path[1..].contains('/') && failure.intent == Intent::Read;
    if is_top && found.is_dir() {
        // Loaders look at directories to learn where to search.
        return None;
    }
    let exists = tree.has(path);
    let is_directory_call = call.starts_with("mkdir");
    match failure.intent {
        Intent::Create | Intent::Write if is_in_home(path) => Some(Need::Home),
        Intent::Create if is_directory_call => Some(Need::CreateDirectory(path.clone())),
        Intent::Create | Intent::Write if !exists => Some(Need::Create(path.clone())),
        Intent::Create | Intent::Write => Some(Need::Write(path.clone())),
        Intent::Read | Intent::Execute | Intent::Directory if exists => {
            // A file that is shown and belongs to someone else can't be read in a user namespace.
            let is_refused = matches!(&*failure.errno, "EACCES" | "EPERM");
            let shown = if failure.intent == Intent::Execute {
                Need::Execute
            } else {
                Need::Read
            };
            Some(if is_refused {
                Need::Users
            } else {
                shown(path.clone())
            })
        }
        // A guest has a /run of its own, in which others make what is used.
        Intent::Read | Intent::Directory if path.starts_with("/run/") => {
            Some(Need::Connect(path.clone()))
        }
        Intent::Other if failure.errno == "EPERM" => Some(Need::Users),
        Intent::Read | Intent::Execute | Intent::Directory | Intent::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    fn failure(call: &str, path: &str, errno: &str, intent: Intent) -> Failure {
        Failure {
            call: call.to_owned(),
            path: (!path.is_empty()).then(|| path.to_owned()),
            address: None,
            arguments: None,
            errno: errno.to_owned(),
            intent,
        }
    }

    #[test]
    fn failures_say_what_is_needed() -> Result<()> {
        let dir = tempfile::tempdir()?;
        std::fs::create_dir_all(dir.path().join("etc/app"))?;
        std::fs::write(dir.path().join("etc/app/a.conf"), "")?;
        let failures = Failures {
            calls: vec![
                failure("openat", "/etc/app/a.conf", "ENOENT", Intent::Read),
                failure("openat", "/etc/app/absent", "ENOENT", Intent::Read),
                failure("mkdir", "/var/lib/app", "EROFS", Intent::Create),
                failure("openat", "/etc/app/a.conf", "EROFS", Intent::Write),
                failure("openat", "/var/log/app.log", "ENOENT", Intent::Create),
                failure("setgroups", "", "EPERM", Intent::Other),
                failure("openat", "/", "ENOENT", Intent::Directory),
                failure("mkdir", "/root/.config", "EROFS", Intent::Create),
                failure("chown", "/tmp/x", "EINVAL", Intent::Write),
                failure(
                    "openat",
                    "/proc/self/oom_score_adj",
                    "EACCES",
                    Intent::Write,
                ),
            ],
            ..Failures::default()
        };
        assert_eq!(
            of_failures(
                &failures,
                Tree {
                    root: dir.path(),
                    with: &[],
                    store: "/nix/store".as_ref(),
                }
            ),
            [
                Need::Read("/etc/app/a.conf".into()),
                Need::CreateDirectory("/var/lib/app".into()),
                Need::Write("/etc/app/a.conf".into()),
                Need::Create("/var/log/app.log".into()),
                Need::Users,
                Need::Home,
            ]
        );
        Ok(())
    }
}
