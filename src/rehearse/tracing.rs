//! Trials under strace: which calls of a service fail.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::round::plain_name;
use crate::guest::Guest;
use crate::observe::{Calls, Stops, Trace, Tracer};
use crate::service::{ExecSetting, Service, Settings, UnitName};
use crate::systemd::Setting;

/// The directory of strace in a guest, and in the root of a traced service.
const TOOLS: &str = "/run/confinix-tools";
/// The directory with a directory for each service in a guest.
const LOGS: &str = "/run/confinix-logs";
/// The directory of its logs in the root of a traced service.
const LOG: &str = "/run/confinix-log";

/// Prefixes of a command line (systemd.service(5)) that a traced one can have too.
const PREFIXES: [char; 4] = ['-', ':', '!', '|'];
/// Prefixes with which a command is not traced: it does not run in the service's root, or has another name than its file.
const UNTRACED: [char; 2] = ['+', '@'];

/// What a traced unit sets besides: its command lines with strace before them.
pub fn traced(tracer: &Tracer, calls: Calls, name: &UnitName, service: &Service) -> String {
    let mut text = format!(
        "[Service]\nBindReadOnlyPaths={TOOLS}\nBindPaths={}:{LOG}\n",
        path_of(name)
    );
    let settings = &service.settings;
    if settings.is_assigned(&Setting::SystemCallFilter) {
        let _ = writeln!(text, "SystemCallFilter={}", Tracer::SYSTEM_CALLS.join(" "));
    }
    if settings.is_assigned("NoExecPaths") {
        let _ = writeln!(text, "ExecPaths={TOOLS}");
    }
    let stops = stops(settings);
    for setting in ExecSetting::ALL {
        let Some(lines) = service.exec.get(&setting) else {
            continue;
        };
        let _ = writeln!(text, "{}=", setting.name());
        let lines = lines.iter().rev().take_while(|line| !line.text.is_empty());
        let lines: Vec<_> = lines.map(|line| line.text.replace('\n', " ")).collect();
        for (index, line) in lines.iter().rev().enumerate() {
            let log = format!("{LOG}/{}-{index}", setting.name());
            let line =
                wrapped(&tracer.command(TOOLS, &log, stops, calls), line).unwrap_or(line.clone());
            let _ = writeln!(text, "{}={line}", setting.name());
        }
    }
    text
}

/// Whether all commands of a service can be traced.
pub fn is_traced_whole(service: &Service) -> bool {
    let settings = ExecSetting::ALL.into_iter();
    let mut lines = settings.flat_map(|setting| service.commands(setting));
    lines.all(|(_, line)| wrapped(&[], &line.text).is_some())
}

/// A filter of the service, or programs that gain privileges, need the slower way.
fn stops(settings: &Settings) -> Stops {
    if settings.is_assigned(&Setting::SystemCallFilter) {
        Stops::AtAll
    } else {
        Stops::AtTraced
    }
}

/// A command line with these words before its command; `None` if it can't be traced.
fn wrapped(words: &[String], line: &str) -> Option<String> {
    let command = line.trim_start_matches(PREFIXES);
    if command.starts_with(UNTRACED) || command.contains(" ; ") {
        return None;
    }
    let prefix = &line[..line.len() - command.len()];
    let words = words.join(" ").replace('%', "%%");
    Some(format!("{prefix}{words} {command}"))
}

fn path_of(name: &UnitName) -> String {
    format!("{LOGS}/{}", plain_name(name))
}

/// Puts strace into a guest, and makes directories for the logs of these services.
pub fn prepare<'n>(
    guest: &Guest,
    tracer: &Tracer,
    names: impl Iterator<Item = &'n UnitName>,
) -> Result<()> {
    let tools = within(guest, TOOLS);
    fs::create_dir_all(&tools).context("cannot create a directory for strace in the guest")?;
    for (name, source) in tracer.files() {
        fs::copy(source, tools.join(name))
            .with_context(|| format!("cannot copy {} to the guest", source.display()))?;
    }
    for name in names {
        let directory = within(guest, &path_of(name));
        fs::create_dir_all(&directory)
            .and_then(|()| fs::set_permissions(&directory, Permissions::from_mode(0o1777)))
            .context("cannot create a directory for logs in the guest")?;
    }
    Ok(())
}

/// Reads what strace saw of each service.
pub fn traces<'n>(
    guest: &Guest,
    names: impl Iterator<Item = &'n UnitName>,
) -> Result<BTreeMap<UnitName, Trace>> {
    let mut all = BTreeMap::new();
    for name in names {
        let mut trace = Trace::default();
        let logs = fs::read_dir(within(guest, &path_of(name)));
        for log in logs.into_iter().flatten().flatten() {
            // The service can put anything there.
            if !log.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            let log = File::open(log.path()).context("cannot open a log of strace")?;
            trace.extend(Trace::read(log)?);
        }
        all.insert(name.clone(), trace);
    }
    Ok(all)
}

fn within(guest: &Guest, path: &str) -> PathBuf {
    guest.root().join(path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_before_the_command_and_after_its_prefix() {
        let words = [
            "/t/strace".to_owned(),
            "-e".to_owned(),
            "trace=%file".to_owned(),
        ];
        let is = |line: &str, expected: Option<&str>| {
            assert_eq!(wrapped(&words, line).as_deref(), expected, "{line}");
        };
        is("/bin/a b", Some("/t/strace -e trace=%%file /bin/a b"));
        is("-!/bin/a", Some("-!/t/strace -e trace=%%file /bin/a"));
        is("+/bin/a", None);
        is("@/bin/a b", None);
        is("/bin/a ; /bin/b", None);
    }
}
