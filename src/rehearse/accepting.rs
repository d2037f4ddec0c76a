//! The sockets that start an instance of a template with each connection.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::document::{self, Kind};
use crate::service::{TriggerKind, boolean};
use crate::systemd::{drop_in_directories, section_assignments};

/// The sockets in a directory of units that start an instance with each connection. What is assigned last counts; drop-ins are read in the
/// order of their names, and of those with the same name the most specific.
pub fn accepting(directory: &Path) -> Result<BTreeSet<String>> {
    let mut sockets = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        // The unit of a drop-in may be one that the machine has itself.
        let name = name.strip_suffix(".d").unwrap_or(&name);
        if name.ends_with(TriggerKind::Socket.suffix()) {
            sockets.insert(name.to_owned());
        }
    }
    let mut accepting = BTreeSet::new();
    for name in sockets {
        let own = drop_in_directories(&name).into_iter();
        let mut drop_ins = BTreeMap::new();
        // Those of all sockets come first, so that others replace them.
        for drop_in in own.chain(["socket.d".to_owned()]).rev() {
            let files = fs::read_dir(directory.join(drop_in));
            let files = files.into_iter().flatten().flatten();
            let files = files.map(|file| (file.file_name(), file.path()));
            drop_ins.extend(files.filter(|(_, path)| path.extension() == Some("conf".as_ref())));
        }
        let files = [directory.join(&name)].into_iter();
        let texts = files.chain(drop_ins.into_values());
        // systemd ignores a file that can't be read, and a value that is no boolean.
        let texts = texts.filter_map(|file| document::read(&file, Kind::Unit).ok());
        let values = texts.flat_map(|text| section_assignments(&text, "Socket"));
        let values = values.filter(|(setting, _)| setting == "Accept");
        let mut values = values.filter_map(|(_, value)| boolean(&value));
        if values.next_back() == Some(true) {
            accepting.insert(name);
        }
    }
    Ok(accepting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_assigned_last_counts() -> Result<()> {
        let dir = tempfile::tempdir()?;
        for (file, text) in [
            ("yes.socket", "[Socket]\nAccept = true\n"),
            ("added.socket", "[Socket]\n"),
            ("added.socket.d/own.conf", "[Socket]\nAccept=1\n"),
            ("taken.socket", "[Socket]\nAccept=yes\n"),
            (
                "taken.socket.d/own.conf",
                "[Socket]\nAccept=no\nAccept=maybe\n",
            ),
            ("late.socket", "[Socket]\n"),
            ("late.socket.d/10.conf", "[Socket]\nAccept=no\n"),
            ("late.socket.d/20.conf", "[Socket]\nAccept=yes\n"),
            ("late.socket.d/30", "[Socket]\nAccept=no\n"),
            ("socket.d/20.conf", "[Socket]\nAccept=no\n"),
            ("own.socket.d/own.conf", "[Socket]\nAccept=yes\n"),
            ("no.socket", "[Unit]\nAccept=yes\n# Accept=yes\n"),
        ] {
            let file = dir.path().join(file);
            fs::create_dir_all(file.parent().unwrap_or(dir.path()))?;
            fs::write(file, text)?;
        }
        let found = accepting(dir.path())?;
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["added.socket", "late.socket", "own.socket"]);
        Ok(())
    }
}
