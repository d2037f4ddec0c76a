//! Foresight of what belongs to the user of a service, or to nobody there: homes, directories of configurations, time zones.

use anyhow::Result;
use serde_json::{Value, json};

use crate::case::Case;

/// What `check` prints about one script with these settings.
fn said(text: &str, settings: &Value) -> Result<String> {
    let mut case = Case::new()?;
    case.0.tool("gpg")?;
    case.0.tool("git")?;
    case.script("run", text)?;
    case.add("run", "script:/bin/run", settings);
    case.0.check(1).or_else(|_| case.0.check(0))
}

#[test]
fn homes_of_users_are_on_the_host() -> Result<()> {
    let of = |more: Value| {
        let mut settings = json!({ "User": ["web"] });
        if let (Some(all), Value::Object(more)) = (settings.as_object_mut(), more) {
            all.extend(more);
        }
        said("shell:/bin/mkdir -p ~/.cache", &settings)
    };
    let missing = "the home of web, which the service's root lacks if it is /home/web";
    let said = of(json!({}))?;
    assert!(said.contains(missing), "{said}");
    for shown in [
        json!({ "BindPaths": ["/home/web"] }),
        json!({ "StateDirectory": ["web"] }),
        json!({ "Environment": ["HOME=/var/lib/x"], "StateDirectory": ["x"] }),
    ] {
        let said = of(shown.clone())?;
        assert!(!said.contains("the home of"), "{shown}: {said}");
    }
    Ok(())
}

#[test]
fn a_home_is_needed_unless_another_directory_is_named() -> Result<()> {
    let missing = "gpg needs the home of its user";
    let text = "shell:/bin/gpg --list-keys";
    let said_of = |text: &str| said(text, &json!({}));
    assert!(said_of(text)?.contains(missing));
    let text = format!("export GNUPGHOME=/tmp\n{text}");
    assert!(!said_of(&text)?.contains(missing));
    Ok(())
}

#[test]
fn git_keeps_what_holds_for_its_user_in_their_home() -> Result<()> {
    let text = "shell:/bin/git config --global user.name web";
    let of = |variable: &str| said(text, &json!({ "Environment": [variable] }));
    for (variable, path) in [
        ("HOME=/srv/web", "/srv/web/.gitconfig"),
        ("GIT_CONFIG_GLOBAL=/srv/web/config", "/srv/web/config"),
    ] {
        let said = of(variable)?;
        assert!(said.contains(&format!("git creates {path}")), "{said}");
    }
    assert!(of("HOME=/tmp")?.contains(": 0 denied, 0 warnings"));
    Ok(())
}

#[test]
fn directories_of_configurations_are_root_s() -> Result<()> {
    let of = |user: &str| {
        let settings = json!({ "User": [user], "ConfigurationDirectory": ["web"] });
        said("shell:/bin/touch /etc/web/a", &settings)
    };
    let denied = "systemd leaves directories of ConfigurationDirectory= to root";
    assert!(of("web")?.contains(denied));
    assert!(!of("root")?.contains(denied));
    Ok(())
}

#[test]
fn time_zones_are_where_python_has_been_built_to_look() -> Result<()> {
    let of = |paths: &str, call: &str| -> Result<String> {
        let mut case = Case::new()?;
        case.0.tool("python3")?;
        let built = format!("build_time_vars = {{'TZPATH': '{paths}',\n 'X': 1}}\n");
        let file = "lib/python3/_sysconfigdata__x86_64-linux-gnu.py";
        case.0.file("shell", file, built.as_bytes(), 0o444)?;
        case.0.data("zone.py", &format!("print({call})\n"))?;
        case.add("zone", "shell:/bin/python3 data:/zone.py", &json!({}));
        case.0.check(0)
    };
    let host = "/usr/share/zoneinfo:/usr/lib/zoneinfo";
    let said = of(host, "ZoneInfo('Europe/Paris')")?;
    assert!(
        said.contains("reads /usr/share/zoneinfo/Europe/Paris,"),
        "{said}"
    );
    let said = of(host, "zoneinfo.ZoneInfo(name)")?;
    assert!(said.contains("reads /usr/share/zoneinfo,"), "{said}");
    let said = of("/tmp", "ZoneInfo('Europe/Paris')")?;
    assert!(!said.contains("zoneinfo"), "{said}");
    Ok(())
}
