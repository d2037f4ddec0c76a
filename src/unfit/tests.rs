//! Tests of the kinds.

use super::*;
use crate::service::Services;
use crate::store::NoFiles;

fn told(name: &str, settings: &str, command: &str) -> Result<Option<String>> {
    let hash = "0".repeat(32);
    let text = format!(
        r#"{{"version":2,"storeDir":"/nix/store","services":{{"{name}":{{"exec":{{"ExecStart":[{{"text":"{}"}}]}},
        "settings":{{{settings}}},"confinement":{{"mode":"full-apivfs","packages":[],"binSh":null,"fullUnit":null}}}}}}}}"#,
        command.replace("STORE", &format!("/nix/store/{hash}"))
    );
    let services: Services = serde_json::from_str(&text)?;
    let (name, service) = services
        .services
        .iter()
        .next()
        .ok_or_else(|| anyhow::anyhow!("none"))?;
    stays_out(name, service, &services.store_dir, &NoFiles)
}

#[test]
fn kinds_are_known_by_programs_settings_and_names() -> Result<()> {
    for (name, settings, command, said) in [
        (
            "a.service",
            "",
            "STORE-nix-2.18/bin/nix-daemon --daemon",
            "it builds with Nix",
        ),
        (
            "a.service",
            "",
            "STORE-x/bin/env A=b STORE-docker-24/bin/.dockerd-wrapped",
            "it runs containers",
        ),
        (
            "a.service",
            "",
            "-STORE-util-linux-2/bin/mount -a",
            "it manages mounts",
        ),
        (
            "a.service",
            r#""MountFlags":["shared"]"#,
            "STORE-x/bin/x",
            "it manages mounts",
        ),
        (
            "a@.service",
            "",
            "@STORE-util-linux-2/bin/agetty agetty",
            "it needs the host's root",
        ),
        (
            "systemd-x.service",
            "",
            "STORE-x/bin/x",
            "it is a part of systemd",
        ),
        (
            "user@.service",
            "",
            "STORE-systemd-255.4/lib/systemd/systemd --user",
            "it is a part of systemd",
        ),
        (
            "a.service",
            r#""RootImage":["/x"]"#,
            "STORE-x/bin/x",
            "it has a root of its own (RootImage=/x)",
        ),
        (
            "a.service",
            r#""Type":["dbus"]"#,
            "STORE-x/bin/x",
            "it runs as root and reaches the system bus",
        ),
        (
            "a.service",
            r#""BindReadOnlyPaths":["-/run/dbus:/run/dbus"]"#,
            "STORE-x/bin/x",
            "it runs as root and",
        ),
    ] {
        let told = told(name, settings, command)?;
        assert!(
            told.as_ref().is_some_and(|told| told.starts_with(said)),
            "{said}: {told:?}"
        );
    }
    for (settings, command) in [
        (r#""User":["web"],"Type":["dbus"]"#, "STORE-x/bin/x"),
        (
            r#""DynamicUser":["yes"],"BusName":["org.x"]"#,
            "STORE-x/bin/x",
        ),
        (
            r#""RootDirectory":["/"]"#,
            "STORE-x/bin/mounted /bin/mount STORE-x/share/mount",
        ),
        ("", "STORE-systemd-255.4/bin/journalctl -f"),
    ] {
        assert_eq!(
            told("a.service", settings, command)?,
            None,
            "{settings} {command}"
        );
    }
    Ok(())
}
