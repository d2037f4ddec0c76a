//! Foresight of users, and of their privileges in a user namespace.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::case::Case;

const PRESET_USERS: &str = "-/etc/passwd -/etc/group";

#[test]
fn names_of_users_need_a_list() -> Result<()> {
    let mut case = Case::new()?;
    case.0.data("passwd", "root:x:0:0::/:/bin/sh\n")?;
    case.script("chowns", "shell:/bin/chown root:root /tmp")?;
    case.add("whoami", "shell:/bin/whoami", &json!({}));
    case.add(
        "dynamic",
        "shell:/bin/whoami",
        &json!({ "DynamicUser": ["yes"], "BindReadOnlyPaths": [PRESET_USERS] }),
    );
    case.add(
        "listed",
        "-shell:/bin/id web",
        &json!({ "BindReadOnlyPaths": ["data:/passwd:/etc/passwd"] }),
    );
    case.add("script", "script:/bin/chowns", &json!({}));
    case.add("initdb", "shell:/bin/initdb", &json!({}));
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    case.script(
        "chowns",
        "shell:/bin/chown \"$X\" /tmp; shell:/bin/chown root: /tmp; shell:/bin/chown 0:0 /tmp",
    )?;
    case.add(
        "whoami",
        "shell:/bin/whoami",
        &json!({ "BindReadOnlyPaths": [PRESET_USERS] }),
    );
    case.add(
        "nscd",
        "shell:/bin/id -un",
        &json!({ "BindReadOnlyPaths": ["/run/nscd:/var/run/nscd"] }),
    );
    case.add("number", "shell:/bin/id -u", &json!({}));
    case.add(
        "script",
        "script:/bin/chowns",
        &json!({ "BindReadOnlyPaths": [PRESET_USERS] }),
    );
    case.is_fine()
}

#[test]
fn a_namespace_of_its_own_has_no_other_users_and_no_low_ports() -> Result<()> {
    let users = json!([PRESET_USERS]);
    let configure = |case: &mut Case| -> Result<()> {
        case.0.data("other.conf", "user web;\nevents { }")?;
        case.0.data(
            "low.conf",
            "user root; http { server { listen 127.0.0.1:443; } }",
        )
    };
    let fill = |case: &mut Case, private: &str| -> Result<()> {
        configure(case)?;
        let binds = case
            .0
            .fill("data:/other.conf:/other.conf data:/low.conf:/low.conf");
        let settings = |more: Value| -> Value {
            let mut all = json!({ "PrivateUsers": [private], "BindReadOnlyPaths": [users[0].clone(), binds] });
            if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
                all.extend(more);
            }
            all
        };
        case.add("chown", "shell:/bin/chown web /tmp", &settings(json!({})));
        case.add(
            "other",
            "shell:/bin/nginx -c /other.conf",
            &settings(json!({})),
        );
        case.add("low", "shell:/bin/nginx -c /low.conf", &settings(json!({})));
        case.add(
            "ambient",
            "shell:/bin/sh",
            &settings(json!({ "User": ["web"], "AmbientCapabilities": ["CAP_NET_BIND_SERVICE"] })),
        );
        case.add(
            "bounded",
            "shell:/bin/sh",
            &settings(json!({ "CapabilityBoundingSet": ["CAP_CHOWN cap_net_admin"] })),
        );
        Ok(())
    };
    let mut case = Case::new()?;
    fill(&mut case, "yes")?;
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    fill(&mut case, "no")?;
    let own = json!({ "CapabilityBoundingSet": ["CAP_CHOWN", "~CAP_SYS_ADMIN"] });
    case.add("own", "shell:/bin/chown root /tmp", &json!({ "BindReadOnlyPaths": users, "CapabilityBoundingSet": own["CapabilityBoundingSet"] }));
    case.add(
        "user",
        "shell:/bin/sh",
        &json!({ "User": ["web"], "CapabilityBoundingSet": ["CAP_NET_ADMIN"] }),
    );
    // For a command with `+`, systemd creates no user namespace.
    let binds = json!([PRESET_USERS, "data:/other.conf:/other.conf"]);
    case.add(
        "plus",
        "+shell:/bin/nginx -c /other.conf",
        &json!({ "BindReadOnlyPaths": binds, "PrivateUsers": ["yes"] }),
    );
    let text = case.0.check(0)?;
    assert!(!text.contains("private-users"), "{text}");
    Ok(())
}

#[test]
fn who_is_root_in_a_namespace_can_t_give_files_away() -> Result<()> {
    let settings = json!({
        "User": ["web"], "PrivateUsers": ["yes"], "BindReadOnlyPaths": [PRESET_USERS],
    });
    let said = |prefix: &str, line: &str| -> Result<String> {
        let mut case = Case::new()?;
        case.script(
            "gives",
            "owner=$(shell:/bin/id -un)\nshell:/bin/chown \"$owner\" /tmp",
        )?;
        case.add("web", &format!("{prefix}{line}"), &settings);
        case.0.check(1).or_else(|_| case.0.check(0))
    };
    let chown = "shell:/bin/chown daemon /tmp";
    for (prefix, line, expected) in [
        ("", chown, false),
        ("!!", chown, false),
        ("!", chown, true),
        ("", "script:/bin/gives", false),
        ("!", "script:/bin/gives", true),
    ] {
        let said = said(prefix, line)?;
        let finds = said.contains("changes the owner of a file to");
        assert_eq!(finds, expected, "{prefix}{line}: {said}");
    }
    Ok(())
}

/// Returns services in mode chroot-only, each with its settings and its command line.
fn with_users_of_their_own(cases: &[(&str, &str, Value)]) -> Result<Case> {
    let mut case = Case::new()?;
    for (name, line, more) in cases {
        let mut settings = json!({ "PrivateUsers": ["yes"] });
        if let (Some(all), Value::Object(more)) = (settings.as_object_mut(), more.clone()) {
            all.extend(more);
        }
        case.add(name, line, &settings);
        case.chroot_only(name);
    }
    Ok(case)
}

#[test]
fn users_of_its_own_need_a_proc_to_write_to() -> Result<()> {
    let sh = "shell:/bin/sh";
    let mut case = with_users_of_their_own(&[
        ("plain", sh, json!({})),
        ("dynamic", sh, json!({ "DynamicUser": ["yes"] })),
        ("forgiven", "-shell:/bin/sh", json!({})),
        ("taken", sh, json!({ "SuccessExitStatus": ["1 USER"] })),
        ("part", sh, json!({ "BindPaths": ["/proc/self"] })),
        (
            "read-only",
            sh,
            json!({ "BindReadOnlyPaths": ["-/proc /srv"] }),
        ),
        ("identity", sh, json!({ "PrivateUsers": ["identity"] })),
        ("full", sh, json!({ "PrivateUsers": ["full"] })),
        ("processes", sh, json!({ "PrivatePIDs": ["yes"] })),
        ("groups", sh, json!({ "ProtectControlGroups": ["private"] })),
    ])?;
    case.add("sealed", sh, &json!({ "ReadOnlyPaths": ["+/proc /opt"] }));
    case.add("hidden", sh, &json!({ "InaccessiblePaths": ["-+/proc/"] }));
    // systemd mounts /proc over it, read-only as well.
    case.add("empty", sh, &json!({ "TemporaryFileSystem": ["/proc:ro"] }));
    assert_snapshot!(case.0.check(1)?);

    let mut case = with_users_of_their_own(&[
        ("none", sh, json!({ "PrivateUsers": ["no"] })),
        ("mounted", sh, json!({ "MountAPIVFS": ["yes"] })),
        ("bound", sh, json!({ "BindPaths": ["/proc"] })),
        ("implied", sh, json!({ "ProtectProc": ["invisible"] })),
        ("privileged", "+shell:/bin/sh", json!({})),
        (
            "newer",
            sh,
            json!({ "PrivateUsers": ["self"], "PrivatePIDs": ["yes"] }),
        ),
        (
            "read-only",
            sh,
            json!({ "PrivateUsers": ["no"], "BindReadOnlyPaths": ["/proc"] }),
        ),
    ])?;
    case.add("full", sh, &json!({ "ReadOnlyPaths": ["/proc +/"] }));
    case.is_fine()
}

#[test]
fn nginx_of_root_needs_its_user() -> Result<()> {
    let mut case = Case::new()?;
    case.0.data("plain.conf", "events { }")?;
    case.0.data("open.conf", "include mime.types;")?;
    for name in ["plain", "open"] {
        let binds = format!("data:/{name}.conf:/nginx.conf");
        case.add(
            name,
            "shell:/bin/nginx -c /nginx.conf",
            &json!({ "BindReadOnlyPaths": [binds], "PrivateUsers": ["no"] }),
        );
    }
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    case.0.data("plain.conf", "events { }")?;
    // With '+', User= does not apply, and the master runs as root.
    case.add(
        "privileged",
        "+shell:/bin/nginx -c /nginx.conf",
        &json!({ "BindReadOnlyPaths": ["data:/plain.conf:/nginx.conf"], "User": ["web"] }),
    );
    case.add(
        "dynamic",
        "+shell:/bin/whoami",
        &json!({ "DynamicUser": ["yes"] }),
    );
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    case.0.data("plain.conf", "events { }")?;
    let binds = json!(["data:/plain.conf:/nginx.conf"]);
    case.add(
        "user",
        "shell:/bin/nginx -c /nginx.conf",
        &json!({ "BindReadOnlyPaths": binds, "DynamicUser": ["yes"] }),
    );
    case.is_fine()
}
