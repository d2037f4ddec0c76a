//! Reads the configuration of the system manager (systemd-system.conf(5)).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::document::{self, Kind};
use crate::service::boolean;

/// The directories of the configuration, the most important first.
const DIRECTORIES: [&str; 4] = [
    "etc/systemd",
    "run/systemd",
    "usr/local/lib/systemd",
    "usr/lib/systemd",
];

/// Returns whether the system manager of the machine with the root directory `root` sets `RestrictFileSystemAccess=`.
pub fn restricts_access(root: &Path) -> bool {
    let value = files(root)
        .iter()
        .filter_map(|file| document::text(file, Kind::Configuration).ok())
        .filter_map(|text| value(&text))
        .next_back();
    value.is_some_and(|value| !value.is_empty() && boolean(&value) != Some(false))
}

/// Returns the files in the order in which systemd reads them: the first system.conf, then drop-ins by name.
fn files(root: &Path) -> Vec<PathBuf> {
    let directories = DIRECTORIES.map(|directory| root.join(directory));
    let main = directories
        .iter()
        .map(|directory| directory.join("system.conf"))
        .find(|file| file.exists());
    let mut drop_ins = BTreeMap::new();
    for directory in &directories {
        let entries = fs::read_dir(directory.join("system.conf.d"));
        for entry in entries.into_iter().flatten().flatten() {
            let name = entry.file_name();
            if Path::new(&name)
                .extension()
                .is_some_and(|end| end == "conf")
            {
                drop_ins.entry(name).or_insert(entry.path());
            }
        }
    }
    main.into_iter().chain(drop_ins.into_values()).collect()
}

/// Returns the last value of the setting in a file.
fn value(text: &str) -> Option<String> {
    let mut in_manager = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            in_manager = line == "[Manager]";
        } else if let Some((name, value)) = line.split_once('=')
            && in_manager
            && name.trim_end() == "RestrictFileSystemAccess"
        {
            found = Some(value.trim_start().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Result;

    #[test]
    fn the_last_file_by_name_counts_and_the_most_important_of_a_name() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let root = dir.path();
        let write = |file: &str, value: &str| -> Result<()> {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap_or(root))?;
            let text = format!(
                "[Other]\nRestrictFileSystemAccess=exec\n[Manager]\n#RestrictFileSystemAccess=exec\n{value}\n"
            );
            Ok(fs::write(file, text)?)
        };
        assert!(!restricts_access(root));
        write(
            "usr/lib/systemd/system.conf",
            "RestrictFileSystemAccess=exec",
        )?;
        assert!(restricts_access(root));
        write("etc/systemd/system.conf", "")?;
        assert!(!restricts_access(root));
        write(
            "usr/lib/systemd/system.conf.d/50-a.conf",
            "RestrictFileSystemAccess = exec",
        )?;
        assert!(restricts_access(root));
        write("etc/systemd/system.conf.d/50-a.conf", "LogLevel=info")?;
        assert!(!restricts_access(root));
        write(
            "run/systemd/system.conf.d/60-b.conf",
            "RestrictFileSystemAccess=exec",
        )?;
        write(
            "etc/systemd/system.conf.d/70-c.conf",
            "RestrictFileSystemAccess=no",
        )?;
        assert!(!restricts_access(root));
        Ok(())
    }
}
