//! Which mount namespaces systemd made for a service, and which the service made itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A process.
#[derive(Clone, Debug)]
struct Process {
    parent: String,
    namespace: PathBuf,
}

/// The mount namespaces of the processes of a service, and their parents.
///
/// systemd starts each command of a service, in a namespace that it makes. If the parent of a process is a process of the service that has
/// another namespace, the service made that of the process. Of a process whose parent has ended, this is not known.
#[derive(Debug, Default)]
pub struct Namespaces(BTreeMap<String, Process>);

impl Namespaces {
    /// Looks at processes. Those that can't be looked at are left out.
    pub fn of(processes: &BTreeSet<String>) -> Self {
        let known = processes.iter().filter_map(|process| {
            let place = Path::new("/proc").join(process);
            let status = fs::read_to_string(place.join("status")).ok()?;
            let parent = status
                .lines()
                .find_map(|line| line.strip_prefix("PPid:"))?
                .trim()
                .to_owned();
            let namespace = fs::read_link(place.join("ns/mnt")).ok()?;
            Some((process.clone(), Process { parent, namespace }))
        });
        Self(known.collect())
    }

    /// Whether the service made the namespace of this process.
    pub fn is_own(&self, process: &str) -> bool {
        let Some(found) = self.0.get(process) else {
            return false;
        };
        let mut here = found;
        // A process is no ancestor of itself, but numbers are used again while this looks at them.
        for _ in 0..self.0.len() {
            match self.0.get(&here.parent) {
                Some(parent) if parent.namespace != found.namespace => return true,
                Some(parent) => here = parent,
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_the_services_own_if_its_first_process_has_a_parent_in_the_service() {
        let process = |(id, parent, namespace): (&str, &str, &str)| {
            let process = Process {
                parent: parent.to_owned(),
                namespace: namespace.into(),
            };
            (id.to_owned(), process)
        };
        let all = [
            ("10", "1", "a"),
            ("11", "10", "a"),
            ("12", "11", "b"),
            ("13", "12", "b"),
            // Another command, such as ExecStartPost=.
            ("14", "1", "c"),
            ("15", "14", "c"),
            // They are each other's parent.
            ("16", "17", "d"),
            ("17", "16", "d"),
        ];
        let namespaces = Namespaces(all.into_iter().map(process).collect());
        let own: Vec<&str> = all
            .iter()
            .map(|(id, ..)| *id)
            .filter(|id| namespaces.is_own(id))
            .collect();
        assert_eq!(own, ["12", "13"]);
        assert!(!namespaces.is_own("99"));
    }
}
