//! The lines of one unit, read as systemd reads them.

use anyhow::Result;
use serde_json::Value;

use super::{Host, exec};
use crate::made;
use crate::support::{bundle_json, strings};

/// Returns the settings in force of the only service, and the warnings.
fn read(name: &str, text: impl AsRef<[u8]>) -> Result<(Value, String)> {
    let host = Host::new()?;
    host.unit(name, text)?;
    let instance = name.replace("@.", "@in-st.");
    let said = host.run(&["-s", &instance]).succeeds()?.stderr;
    let mut services = bundle_json(&host.at("out"))?["services"].take();
    Ok((services[&instance].take(), said))
}

#[test]
fn what_systemd_ignores_is_ignored_with_a_warning() -> Result<()> {
    for (lines, line) in [
        (&b"Restart always\n"[..], 3),
        (b"=x\n", 3),
        (b"Unknown=x\n", 3),
        (b"PrivateDevices=maybe\n", 3),
        (b"ReadWritePaths=rel\n", 3),
        (b"Environment=A=1 B=\\q\n", 3),
        (b"StateDirectory=\\\n# x\n/b\n", 5),
        (b"\xc2\xa0StateDirectory=c\n", 3),
        (b"[Sevice]\nUser=x\n[Service]\n", 3),
        (b"ExecStop=-a/b\n", 3),
        (b"User=%i%p\nWorkingDirectory=-%z\n", 4),
    ] {
        let text = [exec(0, "").as_bytes(), lines, b"StateDirectory=a\n"].concat();
        let (service, said) = read("a.service", text)?;
        let context = lines.escape_ascii().to_string();
        assert_eq!(
            strings(&service["settings"]["StateDirectory"])?,
            ["a"],
            "{context}"
        );
        let place = format!("a.service:{line}: ");
        assert!(said.contains(&place), "{context}: {said}");
        assert_eq!(said.lines().count(), 1, "{context}: {said}");
    }
    Ok(())
}

#[test]
fn bytes_mean_what_they_mean_to_systemd() -> Result<()> {
    let exec = exec(0, "");
    for text in [
        format!("\u{feff}[Unit]\nDescription=x\n{exec}StateDirectory=a\n").into_bytes(),
        [b"# d\xe9mon\n", exec.as_bytes(), b"StateDirectory=a\n"].concat(),
        [exec.trim_end().as_bytes(), b"\rStateDirectory=a"].concat(),
        [exec.trim_end().as_bytes(), b"\0StateDirectory=a"].concat(),
        format!("{exec}StateDirectory = \\\n # b \\\n a").into_bytes(),
    ] {
        let (service, said) = read("a.service", &text)?;
        let context = text.escape_ascii().to_string();
        assert_eq!(
            strings(&service["settings"]["StateDirectory"])?,
            ["a"],
            "{context}"
        );
        assert_eq!(said, "", "{context}");
    }
    Ok(())
}

#[test]
fn older_names_and_resets_are_read_as_systemd_reads_them() -> Result<()> {
    let text = "ReadWriteDirectories=+/srv/a/\nReadOnlyDirectories=/b\nInaccessibleDirectories=-/c\n\
                BindPaths=/srv/a\nBindReadOnlyPaths=/srv/b\nBindReadOnlyPaths=\nBindPaths=/srv/c\n";
    let (service, said) = read("a.service", exec(0, "") + text)?;
    let settings = &service["settings"];
    assert_eq!(strings(&settings["ReadWritePaths"])?, ["+/srv/a"]);
    assert_eq!(strings(&settings["ReadOnlyPaths"])?, ["/b"]);
    assert_eq!(strings(&settings["InaccessiblePaths"])?, ["-/c"]);
    assert_eq!(strings(&settings["BindPaths"])?, ["", "/srv/c"]);
    assert!(settings.get("BindReadOnlyPaths").is_none());
    assert_eq!(said, "");
    Ok(())
}

#[test]
fn specifiers_are_expanded_where_the_name_tells_them() -> Result<()> {
    let text = "StateDirectory=%I\nWorkingDirectory=%S/%I\nReadWritePaths=+%f\nEnvironment=A=%j%J%P \\x25i\n\
                EnvironmentFile=-%d/%H\nUser=%u\nBindPaths=%t/%n:%h\n";
    let (service, said) = read("a@.service", exec(0, "%i %N %%i %m") + text)?;
    let settings = &service["settings"];
    for (setting, value) in [
        ("StateDirectory", "in/st"),
        ("WorkingDirectory", "/var/lib/in/st"),
        ("ReadWritePaths", "+/in/st"),
        ("Environment", "A=aaa"),
        ("EnvironmentFile", "-/run/credentials/a@in-st.service/%H"),
        ("User", "root"),
        ("BindPaths", "/run/a@in-st.service:/root"),
    ] {
        assert_eq!(strings(&settings[setting])?, [value], "{setting}");
    }
    let line = format!("{} in-st a@in-st %%i %m", made::path(0));
    assert_eq!(strings(&service["exec"]["ExecStart"])?, [line]);
    assert_eq!(said.lines().count(), 1, "{said}");
    Ok(())
}
