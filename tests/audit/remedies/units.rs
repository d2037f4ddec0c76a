//! Services from unit files: the remedies are drop-ins, or presets and options in confinix.toml.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Result, bail};
use tempfile::TempDir;
use toml::{Table, Value};

use super::{Found, Place, Remedy, every_remedy_works};
use crate::common::{OFFLINE, confinix, fixture, program, scratch};

/// Unit files that lack something. `{NAME}` is the store path of that name in ./stored.nix.
const UNITS: [(&str, &str); 33] = [
    (
        "exec-reload",
        "ExecStart={serve}\nExecStartPost={other}\nExecReload=/bin/kill -HUP $MAINPID",
    ),
    (
        "exec-of-many",
        "ExecStart={serve}\nExecStartPre=-/bin/true\nExecStartPre=@/bin/basename basename \"a b\" $HOME {data}/file",
    ),
    ("exec-bare", "ExecStart={serve}\nExecStop=cat {data}/file"),
    ("exec-sh", "ExecStart=/bin/sh -c {serve}"),
    ("script-bash", "ExecStart={bash_script}"),
    ("calls-absolute", "ExecStart={calls_absolute}"),
    ("path-unset", "ExecStart={calls_ln}"),
    (
        "path-lacks",
        "ExecStart={calls_ln}\nEnvironment=A=1 PATH={gnugrep}/bin:/srv/100%%/bin",
    ),
    (
        "path-outside",
        "ExecStart={calls_frob}\nEnvironment=PATH={frob}/bin",
    ),
    ("path-of-script", "ExecStart={own_path}"),
    ("reads-file", "ExecStart={coreutils}/bin/cat \"/srv/a b:c\""),
    (
        "reads-preset",
        "ExecStart={coreutils}/bin/cat /etc/ssl/certs/ca-certificates.crt",
    ),
    (
        "reads-link",
        "ExecStart={coreutils}/bin/cat /var/run/dbus/socket",
    ),
    (
        "names-run",
        "ExecStart={serve} --redis=/run/redis/redis.sock",
    ),
    (
        "makes-state",
        "ExecStart={coreutils}/bin/mkdir -p /var/lib/web/data",
    ),
    (
        "makes-log",
        "ExecStart={coreutils}/bin/touch /var/log/web.log\nLogsDirectory=web",
    ),
    (
        "makes-var-run",
        "ExecStart={coreutils}/bin/mkdir -p /var/run/web",
    ),
    ("makes-etc", "ExecStart={coreutils}/bin/touch /etc/web.conf"),
    (
        "device",
        "ExecStart={coreutils}/bin/cat /dev/kvm\nPrivateDevices=yes",
    ),
    (
        "kernel",
        "ExecStart={coreutils}/bin/cat /proc/version\nMountAPIVFS=no\nPrivateUsers=no\nProtectControlGroups=no\nProtectKernelTunables=no",
    ),
    (
        "kernel-device",
        "ExecStart={coreutils}/bin/cat /dev/kvm\nMountAPIVFS=no\nPrivateUsers=no\nProtectControlGroups=no\nProtectKernelTunables=no",
    ),
    (
        "kernel-few-devices",
        "ExecStart={coreutils}/bin/cat /dev/kvm\nPrivateDevices=yes\nMountAPIVFS=no\nPrivateUsers=no\nProtectControlGroups=no\nProtectKernelTunables=no",
    ),
    (
        "sealed-empty",
        "ExecStart={coreutils}/bin/touch /srv/x\nTemporaryFileSystem=/srv\nReadOnlyPaths=+/srv",
    ),
    (
        "sealed-proc",
        "ExecStart={serve}\nTemporaryFileSystem=/srv /proc:ro",
    ),
    ("directory", "ExecStart={serve}\nWorkingDirectory=/srv"),
    (
        "directory-home",
        "ExecStart={serve}\nWorkingDirectory=~\nUser=nobody-has-this-name",
    ),
    (
        "environment-file",
        "ExecStart={serve}\nEnvironmentFile=-/etc/web\nEnvironmentFile={data}/absent",
    ),
    (
        "bind-source",
        "ExecStart={serve}\nBindPaths=/srv\nBindReadOnlyPaths={data}/absent:/x {data}/file:/y",
    ),
    (
        "sandbox-path",
        "ExecStart={serve}\nReadWritePaths=+/absent /srv",
    ),
    (
        "pid-file",
        "ExecStart={serve}\nType=forking\nPIDFile=web.pid",
    ),
    (
        "bus",
        "ExecStart={serve}\nType=dbus\nBusName=org.example.Bus",
    ),
    ("user", "ExecStart={coreutils}/bin/whoami"),
    (
        "variable",
        "ExecStart={serve}\nEnvironment=\"SECRET={secret}/file\"",
    ),
];

/// A directory of units.
struct Units {
    dir: TempDir,
    units: BTreeMap<&'static str, String>,
}

impl Units {
    fn new() -> Result<Self> {
        let stored = fixture("tests/audit/remedies/stored.nix");
        let built = program("nix-build", ["--no-out-link"])
            .args(OFFLINE)
            .arg(stored)
            .succeeds()?;
        let paths: BTreeMap<String, String> =
            serde_json::from_slice(&fs::read(built.stdout.trim())?)?;
        let units = UNITS.map(|(name, text)| {
            let text = paths.iter().fold(text.to_owned(), |text, (name, path)| {
                text.replace(&format!("{{{name}}}"), path)
            });
            (name, format!("[Service]\n{text}\n"))
        });
        Ok(Self {
            dir: scratch()?,
            units: units.into(),
        })
    }
}

/// Pastes into a file that may already contain the table: adds its keys and joins its lists.
fn add(config: &mut Table, pasted: Table) {
    for (key, value) in pasted {
        match (config.get_mut(&key), value) {
            (Some(Value::Table(table)), Value::Table(more)) => add(table, more),
            (Some(Value::Array(list)), Value::Array(more)) => {
                let new: Vec<_> = more.into_iter().filter(|one| !list.contains(one)).collect();
                list.extend(new);
            }
            (_, value) => {
                config.insert(key, value);
            }
        }
    }
}

impl Place for Units {
    fn look(&self, pasted: &BTreeSet<Remedy>) -> Result<Found> {
        let file = |name: &str| self.dir.path().join(name);
        let _ = fs::remove_dir_all(file("units"));
        for (name, unit) in &self.units {
            fs::create_dir_all(file("units"))?;
            fs::write(file("units").join(format!("{name}.service")), unit)?;
        }
        let mut config = Table::new();
        for (index, Remedy { what, paste }) in pasted.iter().enumerate() {
            let (place, with) = what.split_once(", with ").unwrap_or((what, ""));
            if let Some((_, unit)) = place.split_once("(systemctl edit ") {
                let unit = unit.trim_end_matches(')');
                let dir = file("units").join(format!("{unit}.d"));
                fs::create_dir_all(&dir)?;
                fs::write(dir.join(format!("{index}.conf")), paste)?;
            } else if place.ends_with("in confinix.toml") {
                add(&mut config, toml::from_str(paste)?);
            } else {
                bail!("where does this belong? {what}: {paste}");
            }
            if let Some((lines, table)) = with.split_once(" under ") {
                let table = table.trim_end_matches(" in confinix.toml");
                let lines = lines.replace("] and ", "]\n");
                add(&mut config, toml::from_str(&format!("{table}\n{lines}"))?);
            }
        }
        fs::write(file("confinix.toml"), toml::to_string(&config)?)?;
        let ran = confinix(["check", "--format", "json", "--strategy", "bind", "--all"])
            .arg("--units")
            .arg(file("units"))
            .args(OFFLINE)
            .within(self.dir.path())
            .run()?;
        Found::read(&ran.stdout).map_err(|error| error.context(ran.stderr))
    }

    fn services(&self) -> Result<Vec<String>> {
        Ok(self.units.keys().map(ToString::to_string).collect())
    }
}

#[test]
fn every_remedy_for_services_of_units_works() -> Result<()> {
    every_remedy_works(&Units::new()?, &[], &[])
}

/// For services configured by units, no remedy mentions NixOS, however their bundle was made.
#[test]
fn nothing_of_nixos_is_printed_for_units() -> Result<()> {
    let units = Units::new()?;
    units.look(&BTreeSet::new())?;
    let confinix = |arguments: &[&str]| confinix(arguments).within(units.dir.path()).run();
    confinix(&["services", "--units", "units", "--all"])?
        .with_code(0)
        .and_then(|ran| {
            Ok(fs::write(
                units.dir.path().join("services.json"),
                ran.stdout,
            )?)
        })?;
    for source in [
        &["--units", "units", "--all"][..],
        &["--services", "services.json"],
    ] {
        let made = ["bundle", "-o", "bundle", "--strategy", "bind"];
        let made = [&made[..], source, &OFFLINE].concat();
        confinix(&made)?.with_code(0)?;
        let printed = confinix(&["audit", "bundle"])?.with_code(1)?.stdout;
        for word in ["NixOS configuration", "systemd.services", "pkgs."] {
            assert!(!printed.contains(word), "{word}: {printed}");
        }
        assert!(
            printed.contains("systemctl edit directory.service"),
            "{printed}"
        );
    }
    Ok(())
}
