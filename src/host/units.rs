//! What this machine's systemd reports about units: over D-Bus, or through systemctl if no bus can be reached.

mod manager;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Result, bail};

pub use self::manager::{unit_path, version};
use super::bus::{Bus, Property, Value};
use crate::interrupt;
use crate::service::{Manager, UnitName};
use crate::text::InLines;

/// A unit as systemd has loaded it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its own name; another than the one that was asked for if that is an alias.
    pub id: String,
    /// `LoadState`
    pub load: String,
    /// `ActiveState`
    pub active: String,
    /// Its file.
    pub fragment: Option<PathBuf>,
    /// Its drop-ins, in the order in which systemd reads them.
    pub drop_ins: Vec<PathBuf>,
    /// Whether files have changed since systemd read them.
    pub needs_reload: bool,
    /// When it became active, in seconds since 1970.
    pub since: Option<u64>,
    /// Its control group.
    pub control_group: String,
}

/// The properties that are asked for.
const PROPERTIES: [Property; 8] = [
    ("Unit", "Id"),
    ("Unit", "LoadState"),
    ("Unit", "ActiveState"),
    ("Unit", "FragmentPath"),
    ("Unit", "DropInPaths"),
    ("Unit", "NeedDaemonReload"),
    ("Unit", "ActiveEnterTimestamp"),
    ("Service", "ControlGroup"),
];

/// How many units are asked for at once: a command line has no more room.
const AT_ONCE: usize = 1000;

impl Unit {
    /// Takes the text of a property.
    fn set(&mut self, name: &str, value: &str) {
        match name {
            "Id" => value.clone_into(&mut self.id),
            "LoadState" => value.clone_into(&mut self.load),
            "ActiveState" => value.clone_into(&mut self.active),
            "FragmentPath" => {
                self.fragment = Some(PathBuf::from(value)).filter(|_| !value.is_empty());
            }
            "ControlGroup" => value.clone_into(&mut self.control_group),
            _ => {}
        }
    }

    /// Its drop-in of this file name, if it has one.
    pub fn drop_in(&self, name: &str) -> Option<&Path> {
        let mut all = self.drop_ins.iter();
        all.find(|path| path.ends_with(name)).map(PathBuf::as_path)
    }
}

/// What systemd has loaded for each of these names, none of which is a template.
pub fn show(manager: Manager, names: &[&UnitName]) -> Result<Vec<Unit>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let shown = show_by_bus(manager, names);
    interrupt::check()?;
    match shown {
        Ok(Some(units)) => Ok(units),
        Ok(None) => show_by_systemctl(manager, names),
        Err(error) => bail!(InLines(format!(
            "systemd does not answer over D-Bus: {}\n{error:#}",
            remedy()
        ))),
    }
}

/// The same over D-Bus; `None` if no bus can be reached.
fn show_by_bus(manager: Manager, names: &[&UnitName]) -> Result<Option<Vec<Unit>>> {
    let Some(mut bus) = Bus::connect(manager)? else {
        return Ok(None);
    };
    let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
    let values = bus.properties(&names, &PROPERTIES)?;
    Ok(Some(
        values.chunks(PROPERTIES.len()).map(of_values).collect(),
    ))
}

/// A unit with these values of [`PROPERTIES`].
fn of_values(values: &[Value]) -> Unit {
    let mut unit = Unit::default();
    for ((_, name), value) in PROPERTIES.iter().zip(values) {
        match (*name, value) {
            ("DropInPaths", Value::List(paths)) => {
                unit.drop_ins = paths.iter().map(PathBuf::from).collect();
            }
            ("NeedDaemonReload", Value::Flag(needs)) => unit.needs_reload = *needs,
            ("ActiveEnterTimestamp", Value::Number(microseconds)) => {
                unit.since = Some(microseconds / 1_000_000).filter(|seconds| *seconds > 0);
            }
            (name, Value::Text(text)) => unit.set(name, text),
            _ => {}
        }
    }
    unit
}

fn show_by_systemctl(manager: Manager, names: &[&UnitName]) -> Result<Vec<Unit>> {
    let properties: Vec<_> = PROPERTIES.iter().map(|(_, name)| *name).collect();
    let mut units = Vec::with_capacity(names.len());
    for names in names.chunks(AT_ONCE) {
        let names = names.iter().map(|name| name.as_str());
        let mut command = systemctl(manager, "show");
        command
            .arg("--timestamp=unix")
            .arg(format!("--property={}", properties.join(",")));
        let output = run(command.arg("--").args(names))?;
        units.extend(parse(&String::from_utf8_lossy(&output.stdout)));
    }
    let (shown, asked) = (units.len(), names.len());
    if shown != asked {
        bail!("systemctl show described {shown} units instead of {asked}");
    }
    Ok(units)
}

/// The loaded instances of these templates.
pub fn instances(manager: Manager, templates: &[&UnitName]) -> Result<Vec<UnitName>> {
    if templates.is_empty() {
        return Ok(Vec::new());
    }
    let patterns = templates
        .iter()
        .map(|name| format!("{}@*.service", name.prefix().replace('\\', r"\\")));
    let mut command = systemctl(manager, "list-units");
    command.args(["--all", "--plain", "--no-legend", "--full", "--"]);
    let output = run(command.args(patterns))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let names = names.filter_map(|name| UnitName::parse(name).ok());
    let is_instance = |name: &UnitName| name.template().is_some_and(|it| templates.contains(&&it));
    Ok(names.filter(is_instance).collect())
}

/// `systemctl` with a verb, about the units of a manager. Its answer is for programs.
pub fn systemctl(manager: Manager, verb: &str) -> Command {
    let mut command = Command::new("systemctl");
    if !manager.is_system() {
        command.arg("--user");
    }
    command
        .env("SYSTEMD_COLORS", "0")
        .env_remove("SYSTEMD_LOG_LEVEL")
        .arg(verb)
        .arg("--no-pager");
    command
}

fn run(command: &mut Command) -> Result<Output> {
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            anyhow::anyhow!("systemctl is not on PATH: run this on a system that runs systemd")
        }
        _ => anyhow::Error::new(error).context("cannot start systemctl"),
    })?;
    interrupt::check()?;
    if !output.status.success() {
        bail!(InLines(format!(
            "systemd does not answer ({}): {}\n{}",
            output.status,
            remedy(),
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    Ok(output)
}

/// What can be done if systemd does not answer.
fn remedy() -> &'static str {
    if rustix::process::geteuid().is_root() {
        "run this on a system that runs systemd"
    } else {
        "run this as root, or on a system that runs systemd and D-Bus"
    }
}

/// Reads properties of units, which an empty line separates.
fn parse(text: &str) -> Vec<Unit> {
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks.map(unit).collect()
}

fn unit(block: &str) -> Unit {
    let mut unit = Unit::default();
    for line in block.lines() {
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        match name {
            "DropInPaths" => unit.drop_ins = words(value).into_iter().map(PathBuf::from).collect(),
            "NeedDaemonReload" => unit.needs_reload = value == "yes",
            "ActiveEnterTimestamp" => {
                let seconds = value.strip_prefix('@').unwrap_or_default();
                unit.since = seconds.parse().ok().filter(|seconds| *seconds > 0);
            }
            name => unit.set(name, value),
        }
    }
    unit
}

/// The words of a list. systemctl writes words with odd characters as shells read them: `$'a\\b'`.
fn words(list: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = list.chars().peekable();
    while chars.peek().is_some() {
        let mut word = String::new();
        let mut is_quoted = false;
        while let Some(c) = chars.next_if(|c| is_quoted || *c != ' ') {
            match c {
                '\'' | '"' => is_quoted = !is_quoted,
                '$' if word.is_empty() && !is_quoted && chars.peek() == Some(&'\'') => {}
                '\\' if is_quoted => word.extend(chars.next()),
                c => word.push(c),
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
        chars.next_if_eq(&' ');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read() {
        let units = parse(
            "Id=a.service\nLoadState=loaded\nActiveState=active\nFragmentPath=/etc/a b\n\
             DropInPaths=/x/10.conf $'/x/a\\\\x2db/zz-confinement.conf'\nNeedDaemonReload=yes\n\
             ActiveEnterTimestamp=@17\nControlGroup=/system.slice/a.service\nOther=x=y\n\n\
             Id=b.service\nLoadState=not-found\nActiveEnterTimestamp=\nNeedDaemonReload=no\n",
        );
        assert_eq!(units.len(), 2);
        let [a, b] = [&units[0], &units[1]];
        assert_eq!(
            (&*a.id, &*a.load, &*a.active),
            ("a.service", "loaded", "active")
        );
        assert_eq!(
            a.drop_ins,
            [
                PathBuf::from("/x/10.conf"),
                PathBuf::from(r"/x/a\x2db/zz-confinement.conf")
            ]
        );
        assert_eq!(
            a.drop_in("zz-confinement.conf"),
            Some(Path::new(r"/x/a\x2db/zz-confinement.conf"))
        );
        assert_eq!((a.needs_reload, a.since), (true, Some(17)));
        assert_eq!(a.control_group, "/system.slice/a.service");
        assert_eq!(
            (&*b.load, b.since, b.needs_reload),
            ("not-found", None, false)
        );
        assert_eq!(
            (a.fragment.as_deref(), &b.fragment),
            (Some("/etc/a b".as_ref()), &None)
        );
    }
}
