//! The arguments of bubblewrap.

use super::{Plan, Shown};

/// Returns the arguments of `bwrap` for a root, without the command: namespaces, environment, and mounts from the root downwards.
/// `store` is a directory that already contains the closure, to show as the store.
pub fn arguments(plan: &Plan, store: Option<&str>) -> Vec<String> {
    let mut arguments = Arguments(Vec::new());
    arguments.add(["--unshare-user", "--unshare-pid", "--cap-drop", "ALL"]);
    for (option, id) in [("--uid", plan.identity.uid), ("--gid", plan.identity.gid)] {
        if let Some(id) = id {
            arguments.add([option, &id.to_string()]);
        }
    }
    if plan.private_network {
        arguments.add(["--unshare-net"]);
    }
    if plan.private_ipc {
        arguments.add(["--unshare-ipc"]);
    }
    arguments.add(["--clearenv"]);
    for (variable, value) in &plan.variables {
        arguments.add(["--setenv", variable, value]);
    }
    let mut tree = plan.tree.clone();
    match store {
        Some(store) => {
            let shown = Shown::Bind {
                source: store.to_owned(),
                writable: false,
            };
            tree.insert(plan.store_dir.as_str().to_owned(), shown);
        }
        None => tree.extend(plan.closure.clone()),
    }
    let mut read_only = vec!["/"];
    for (place, shown) in &tree {
        arguments.show(place, shown);
        if *shown == (Shown::Empty { writable: false }) {
            read_only.push(place);
        }
    }
    for place in read_only.into_iter().rev() {
        arguments.add(["--remount-ro", place]);
    }
    let directory = plan.directory.as_deref().unwrap_or("/");
    arguments.add(["--chdir", directory]);
    arguments.0
}

struct Arguments(Vec<String>);

impl Arguments {
    fn add<const N: usize>(&mut self, words: [&str; N]) {
        self.0.extend(words.map(str::to_owned));
    }

    fn show(&mut self, place: &str, shown: &Shown) {
        match shown {
            Shown::Bind {
                source,
                writable: true,
            } => self.add(["--bind", source, place]),
            Shown::Bind { source, .. } => self.add(["--ro-bind", source, place]),
            Shown::Link { target } => self.add(["--symlink", target, place]),
            Shown::Directory => self.add(["--dir", place]),
            Shown::Empty { .. } => self.add(["--tmpfs", place]),
            Shown::Processes => self.add(["--proc", place]),
            Shown::Devices => self.add(["--dev", place]),
            Shown::AllDevices => self.add(["--dev-bind", "/dev", place]),
        }
    }
}
