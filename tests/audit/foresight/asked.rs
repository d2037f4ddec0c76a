//! Foresight of what scripts ask for before they go on, of what they make themselves, and of what only the host has.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

fn case() -> Result<Case> {
    let mut case = Case::new()?;
    for tool in ["cp", "curl", "install", "ln", "mkdir", "python3", "socat"] {
        case.0.tool(tool)?;
    }
    Ok(case)
}

#[test]
fn what_scripts_end_without_and_only_the_host_has_is_found() -> Result<()> {
    let mut case = case()?;
    let settings = json!({ "Environment": ["PATH=shell:/bin"] });
    for (name, text) in [
        (
            "asks",
            "die() { echo \"$1\" >&2; exit 1; }\n[ -r /etc/web.key ] || die 'no key'\nexec cat",
        ),
        ("needs", "set -e\n[[ -d /srv/web ]]\nexec cat"),
        (
            "tests",
            "if [ ! -s /etc/web.key ]; then\n  exit 1\nfi\nexec cat",
        ),
        ("waits", "[ -S /run/web/sock ] || exit 1\nexec cat"),
        ("home", "set -e\nmkdir -p ~/.cache\nexec cat"),
        ("log", "cat /proc/kmsg"),
    ] {
        case.script(name, text)?;
        case.add(name, &format!("script:/bin/{name}"), &settings);
    }
    for (name, text) in [
        ("service", "import socket; socket.getservbyname(\"ssh\")"),
        (
            "cache",
            "from pathlib import Path; print(Path.home() / \".cache\")",
        ),
        (
            "raw",
            "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        ),
        (
            "syslog",
            "import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/dev/log\")",
        ),
        (
            "journal",
            "import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/run/systemd/journal/stdout\")",
        ),
        (
            "locale",
            "import locale; locale.setlocale(locale.LC_ALL, \"\")",
        ),
    ] {
        let line = format!("shell:/bin/python3 -c '{text}'");
        case.add(name, &line, &settings);
        if name == "journal" {
            let socket = "/run/systemd/journal/stdout";
            case.add("shown", &line, &json!({ "BindReadOnlyPaths": [socket] }));
        }
    }
    for (name, line) in [
        ("module", "shell:/bin/python3 -m gunicorn -u web app:app"),
        (
            "relay",
            "shell:/bin/socat OPENSSL-LISTEN:1443,cert=/etc/web.pem,fork UNIX-CONNECT:/run/web",
        ),
        ("letter", "shell:/bin/socat -x/etc/web/list -"),
        (
            "url",
            "shell:/bin/curl -d @/srv/web/data file:///srv/web/list",
        ),
    ] {
        case.add(name, line, &settings);
    }
    assert_snapshot!(case.0.check(1)?);
    Ok(())
}

#[test]
fn what_scripts_make_or_can_do_without_is_no_finding() -> Result<()> {
    let mut case = case()?;
    let settings = json!({ "Environment": ["PATH=shell:/bin"] });
    case.script("library", "log() { echo \"$1\"; }")?;
    for (name, text) in [
        (
            "makes",
            "set -e\nmkdir -p /run/web/locks\nln -s /tmp /run/link\ncd /run/link\necho x >y\ncd /run/web/locks\necho $$ >/run/web/pid\ncat /run/web/pid\nexec cat",
        ),
        (
            "copies",
            "set -e\ninstall -d -m 700 /run/web/a\necho x >/run/web/a/b\ncp /run/web/a/b /run/web/a/c\ncat /run/web/a/c\n\
             install -m 600 script:/bin/library /run/web/a/sh\n. /run/web/a/sh\nexec cat",
        ),
        (
            "falls-back",
            "set -e\nkey=$(cat /etc/web.key 2>/dev/null || echo none)\nexec cat",
        ),
        (
            "chooses",
            "set -e\n[ -r /etc/web.conf ] && . /etc/web.conf\nif [ -d /srv/web ]; then cd /srv/web; fi\nexec cat",
        ),
        ("answers", "[ -e /srv/web ] || exit 0\nexec cat"),
    ] {
        case.script(name, text)?;
        case.add(name, &format!("script:/bin/{name}"), &settings);
    }
    case.is_fine()
}

#[test]
fn who_waits_without_end_for_what_only_the_host_has_never_starts() -> Result<()> {
    let said = |path: &str, settings: &serde_json::Value| -> Result<String> {
        let mut case = case()?;
        let text = format!("until [ -S {path} ]; do echo .; done\nexec shell:/bin/cat");
        case.script("waits", &text)?;
        case.add("waits", "script:/bin/waits", settings);
        case.0.check(1).or_else(|_| case.0.check(0))
    };
    let of = |level: &str, path: &str| {
        format!(
            "{level} file-missing: ExecStart[0]: /nix/store/scripz00000000000000000000000000-script/bin/waits:2 waits for {path}, which is not in the service's root"
        )
    };
    let (other, run) = ("/srv/web/sock", "/run/web/sock");
    for (path, settings, level) in [
        (other, json!({ "Type": ["oneshot"] }), "deny"),
        (other, json!({ "Type": ["forking"] }), "deny"),
        (other, json!({ "Type": ["notify"] }), "warn"),
        (other, json!({}), "warn"),
        (run, json!({ "Type": ["oneshot"] }), "warn"),
    ] {
        let said = said(path, &settings)?;
        assert!(said.contains(&of(level, path)), "{settings}: {said}");
    }
    let shown = said(run, &json!({ "BindReadOnlyPaths": ["/run/web"] }))?;
    assert!(shown.contains(": 0 denied, 0 warnings"), "{shown}");
    Ok(())
}
