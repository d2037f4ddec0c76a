//! Foresight of programs that are known by the table of programs.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::case::Case;

const PRESET_USERS: &str = "-/etc/passwd -/etc/group";

/// A store with some of the programs of the table.
fn case() -> Result<Case> {
    let mut case = Case::new()?;
    for tool in [
        "arping",
        "beanstalkd",
        "caddy",
        "cron",
        "exim",
        "haproxy",
        "memcached",
        "monit",
        "php-fpm8.2",
        "tinyproxy",
        "web",
    ] {
        case.0.tool(tool)?;
    }
    Ok(case)
}

#[test]
fn programs_change_users_and_need_what_root_has() -> Result<()> {
    let fill = |case: &mut Case, more: &Value| {
        for (name, line) in [
            ("option", "shell:/bin/beanstalkd -p 1 -u web"),
            ("number", "shell:/bin/beanstalkd -p 1 -u1000"),
            ("root", "shell:/bin/beanstalkd -p 1 -u 0"),
            ("groups", "shell:/bin/memcached"),
            ("own", "shell:/bin/monit -I -s /tmp/state"),
            ("capability", "shell:/bin/arping host"),
        ] {
            case.add(name, line, more);
        }
    };
    let mut confined = case()?;
    fill(&mut confined, &json!({}));
    confined.add(
        "home",
        "shell:/bin/caddy run",
        &json!({ "DynamicUser": ["yes"] }),
    );
    confined.add("files", "shell:/bin/cron -f", &json!({}));
    confined.add(
        "configuration",
        "shell:/bin/tinyproxy -c /etc/tinyproxy.conf",
        &json!({}),
    );
    assert_snapshot!(confined.0.check(1)?);

    let mut fine = case()?;
    fill(
        &mut fine,
        &json!({ "PrivateUsers": ["no"], "BindReadOnlyPaths": [PRESET_USERS] }),
    );
    let home = json!({ "DynamicUser": ["yes"], "Environment": ["HOME=/tmp"] });
    fine.add("home", "shell:/bin/caddy run", &home);
    let user = json!({ "User": ["web"] });
    fine.add("ignored", "shell:/bin/memcached -u web", &user);
    fine.add("unneeded", "shell:/bin/arping host", &user);
    let files = json!({ "BindPaths": ["/var/run /var/spool/cron"] });
    fine.add("files", "shell:/bin/cron -f", &files);
    let text = fine.0.check(0)?;
    assert!(
        !text.contains("user-unknown") && !text.contains("private-users"),
        "{text}"
    );
    assert!(!text.contains("file-missing"), "{text}");
    Ok(())
}

/// A program with these names among its dynamic symbols, and nothing to load.
fn calling(names: &str) -> Vec<u8> {
    let machine = if cfg!(target_arch = "aarch64") {
        183
    } else {
        62
    };
    let strings: Vec<u8> = format!("\0{}\0", names.replace(' ', "\0")).into_bytes();
    let size = strings.len() as u64;
    let words =
        |words: &[u64]| -> Vec<u8> { words.iter().flat_map(|word| word.to_le_bytes()).collect() };
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2, 0, machine, 0, 1, 0, 0, 0]);
    file.extend(words(&[0, 64, 0]));
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    // What is loaded is all of it; the dynamic section follows at 176, and the names at 224.
    file.extend(words(&[5 << 32 | 1, 0, 0, 0, 224 + size, 224 + size, 4096]));
    file.extend(words(&[6 << 32 | 2, 176, 176, 176, 48, 48, 8]));
    file.extend(words(&[5, 224, 10, size, 0, 0]));
    file.extend(strings);
    file
}

#[test]
fn unknown_programs_of_root_may_change_users() -> Result<()> {
    let mut case = case()?;
    let changes = calling("getpwnam setgid setuid");
    let stays = calling("getpwnam setuid");
    let by_number = calling("setgid setuid");
    let captures = calling("pcap_open_live");
    let runtime = calling("getpwnam setgid setreuid setresuid setuid");
    for (name, content) in [
        ("changesd", &changes),
        ("staysd", &stays),
        ("busybox", &changes),
        ("numberd", &by_number),
        ("captured", &captures),
        ("runtime", &runtime),
    ] {
        case.0
            .file("shell", &format!("bin/{name}"), content, 0o555)?;
        case.add(name, &format!("shell:/bin/{name}"), &json!({}));
    }
    let user = json!({ "User": ["web"] });
    case.add("user", "shell:/bin/changesd", &user);
    let shared = json!({ "PrivateUsers": ["no"], "BindReadOnlyPaths": [PRESET_USERS] });
    case.add("shared", "shell:/bin/changesd", &shared);
    let known = "[programs.changesd]\n[programs.numberd]\n[programs.captured]\n";
    assert_snapshot!(case.0.check(0)?);
    case.0.place("confinix.toml", known)?;
    let text = case.0.check(0)?;
    assert!(text.contains(": 0 denied, 0 warnings"), "{text}");
    Ok(())
}

#[test]
fn files_of_the_kernel_are_read_only() -> Result<()> {
    let fill = |case: &mut Case, more: &Value| -> Result<()> {
        case.0.tool("sysctl")?;
        case.script("writes", "echo 1 >/proc/sys/net/ipv4/ip_forward")?;
        case.script("makes", "shell:/bin/mkdir /sys/fs/cgroup/web")?;
        case.add("writes", "script:/bin/writes", more);
        case.add("makes", "script:/bin/makes", more);
        case.add("sysctl", "shell:/bin/sysctl -w net.ipv4.ip_forward=1", more);
        Ok(())
    };
    let mut confined = case()?;
    fill(&mut confined, &json!({}))?;
    assert_snapshot!(confined.0.check(1)?);
    let off = json!({ "ProtectKernelTunables": ["no"], "ProtectControlGroups": ["no"] });
    let mut fine = case()?;
    fill(&mut fine, &off)?;
    let text = fine.0.check(0)?;
    assert!(text.contains(": 0 denied"), "{text}");
    Ok(())
}

#[test]
fn copies_of_configurations_are_read() -> Result<()> {
    let mut case = case()?;
    for tool in ["cp", "install", "ln"] {
        case.0.tool(tool)?;
    }
    case.0
        .data("web.conf", "Port 80\nFilter \"/etc/tinyproxy/filter\"\n")?;
    let start = "shell:/bin/tinyproxy -d -c /run/web/web.conf";
    let script = |copy: &str| format!("{copy}\nexec {start}");
    case.script("copies", &script("shell:/bin/cp \"$1\" /run/web/"))?;
    case.script(
        "links",
        &script("conf=/run/web/web.conf; shell:/bin/ln -sf \"$1\" $conf"),
    )?;
    let settings = json!({ "DynamicUser": ["yes"], "RuntimeDirectory": ["web"] });
    case.add("copies", "script:/bin/copies data:/web.conf", &settings);
    case.add("links", "script:/bin/links data:/web.conf", &settings);
    case.add("before", start, &settings);
    let install = case
        .0
        .fill("shell:/bin/install -m 600 data:/web.conf /run/web/web.conf");
    if let Some(service) = case.0.services.get_mut("before.service") {
        service["exec"]["ExecStartPre"] = json!([{ "text": install, "context": {} }]);
    }
    case.add("without", start, &settings);
    let text = case.0.check(1)?;
    let count = text.matches("filter reads /etc/tinyproxy/filter").count()
        + text.matches("Filter reads /etc/tinyproxy/filter").count();
    assert_eq!(count, 3, "{text}");
    assert!(!text.contains("without.service"), "{text}");
    Ok(())
}

#[test]
fn users_add_programs_of_their_own() -> Result<()> {
    let mut case = case()?;
    case.add("web", "shell:/bin/web --as=www", &json!({}));
    assert!(case.0.check(0)?.contains("0 denied"));
    case.0.place(
        "confinix.toml",
        "[programs.web]\nuser = [\"--as\"]\nmakes.\"/var/lib/web/db\" = [\"--db\"]\n",
    )?;
    assert_snapshot!(case.0.check(1)?);
    Ok(())
}

#[test]
fn users_tell_what_keys_of_configurations_mean() -> Result<()> {
    let mut case = case()?;
    let text = "cert = /etc/web/cert.pem\nmotd = /srv/web/motd\n[peer]\nhost = example.org\ncert = /etc/web/peer.pem\n";
    case.0.data("web.conf", text)?;
    case.add("web", "shell:/bin/web -c data:/web.conf", &json!({}));
    let base = "[programs.base]\nconfig = [\"-c\"]\n[programs.base.keys]\nonly = true\nreads = [\"Cert\"]\n\
                ignores = [\"peer:cert\"]\nresolves = [\"host\"]\n[programs.web]\nlike = \"base\"\n";
    case.0.place("confinix.toml", base)?;
    assert_snapshot!(case.0.check(1)?);
    case.0
        .place("confinix.toml", "[programs.web]\nlike = \"other\"\n")?;
    let error = case.0.place.stderr(3, &["check", "bundle"])?;
    let said = "cannot read the policy: confinix.toml:2:8: nothing is known of a program \"other\"";
    assert!(error.contains(said), "{error}");
    Ok(())
}

/// A wrapper as makeBinaryWrapper compiles it: the program and options of the command that made it.
fn wrapper(command: &str) -> Vec<u8> {
    let mut file = calling("execv");
    file.extend(b"\0\n\n\nmakeCWrapper ");
    file.extend(command.as_bytes());
    file.extend(b"\n\n\n# (Use `nix-shell -p makeBinaryWrapper` \0");
    file
}

#[test]
fn compiled_wrappers_are_followed() -> Result<()> {
    let mut case = case()?;
    let text = "#!shell:/bin/sh -e\nlister; shell:/bin/cat \"$CONFIG\"; shell:/bin/touch a\n";
    let text = case.0.fill(text);
    case.0
        .file("shell", "bin/.web-wrapped", text.as_bytes(), 0o555)?;
    let fill = |case: &mut Case, name: &str, options: &str| -> Result<()> {
        let command = case.0.fill(&format!(
            "shell:/bin/.web-wrapped \\\n    --inherit-argv0 {options}"
        ));
        case.0
            .file("shell", &format!("bin/{name}"), &wrapper(&command), 0o555)?;
        case.add(name, &format!("shell:/bin/{name}"), &json!({}));
        Ok(())
    };
    case.0.tool("lister")?;
    fill(
        &mut case,
        "fine",
        "--prefix 'PATH' ':' 'shell:/bin' --set 'CONFIG' '/dev/null' --chdir '/tmp'",
    )?;
    fill(&mut case, "lacks", "--set 'CONFIG' '/etc/web.conf'")?;
    case.0
        .file("shell", "bin/lost", &wrapper("/opt/web"), 0o555)?;
    case.add("lost", "shell:/bin/lost", &json!({}));
    let changes = calling("getpwnam setgid setuid");
    case.0
        .file("shell", "bin/.changes-wrapped", &changes, 0o555)?;
    let changes = case.0.fill("shell:/bin/.changes-wrapped");
    case.0
        .file("shell", "bin/changes", &wrapper(&changes), 0o555)?;
    case.add("changes", "shell:/bin/changes", &json!({}));
    let none = "--set PATH /none";
    case.0.file("shell", "bin/odd", &wrapper(none), 0o555)?;
    case.add("odd", "shell:/bin/odd", &json!({}));
    assert_snapshot!(case.0.check(1)?);
    Ok(())
}
