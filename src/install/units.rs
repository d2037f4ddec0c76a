//! What the running systemd knows of units, and has it read them.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Result, bail};

use crate::host::units::systemctl;
use crate::service::Manager;
use crate::text::InLines;

/// Units of the running system, by name.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// Those that run, or are otherwise active.
    pub active: BTreeSet<String>,
    /// Those that are started at boot, or by another unit.
    pub enabled: BTreeSet<String>,
}

/// How many units are asked for at once: a command line has no more room.
const AT_ONCE: usize = 1000;

/// Asks for these units, and for the instances of templates among them.
pub fn now(manager: Manager, names: &BTreeSet<String>) -> Result<Now> {
    let mut now = Now::default();
    let (templates, names): (Vec<&str>, Vec<&str>) = names
        .iter()
        .map(String::as_str)
        .partition(|name| name.contains("@."));
    for names in names.chunks(AT_ONCE) {
        let mut show = systemctl(manager, "show");
        show.args(["--property=Id,ActiveState,UnitFileState", "--"]);
        let text = answer(show.args(names))?;
        for (block, name) in text.split("\n\n").zip(names) {
            let has = |line: &str| block.lines().any(|found| found == line);
            if !has("ActiveState=inactive") && !has("ActiveState=failed") {
                now.active.insert((*name).to_owned());
            }
            if has("UnitFileState=enabled") || has("UnitFileState=enabled-runtime") {
                now.enabled.insert((*name).to_owned());
            }
        }
    }
    if !templates.is_empty() {
        let patterns: Vec<_> = templates
            .iter()
            .map(|name| name.replacen("@.", "@*.", 1).replace('\\', r"\\"))
            .collect();
        let mut list = systemctl(manager, "list-units");
        list.args(["--plain", "--no-legend", "--full", "--all", "--"]);
        let text = answer(list.args(patterns))?;
        now.active.extend(text.lines().filter_map(active));
    }
    Ok(now)
}

/// The unit in a line of `systemctl list-units`, if it is active or about to be.
fn active(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let state = words.nth(1)?;
    (state != "inactive" && state != "failed").then(|| name.to_owned())
}

/// Has the manager read all units again.
pub fn reload(manager: Manager) -> Result<()> {
    answer(&mut systemctl(manager, "daemon-reload")).map(|_| ())
}

/// Runs a command to its end, also after Ctrl-C: what was installed is to be read.
fn answer(command: &mut Command) -> Result<String> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("systemctl is not on PATH: add the directory that it is in")
        }
        Err(error) => return Err(anyhow::Error::new(error).context("cannot start systemctl")),
    };
    if !output.status.success() {
        bail!(InLines(format!(
            "systemctl failed ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_that_are_about_to_start_again_count_as_active() {
        let listed = [
            "a@1.service loaded active running A",
            "a@2.service loaded activating auto-restart A",
            "a@3.service loaded failed failed A",
            "a@4.service loaded inactive dead A",
        ];
        let found: Vec<_> = listed.into_iter().filter_map(active).collect();
        assert_eq!(found, ["a@1.service", "a@2.service"]);
    }
}
