//! Foresight of programs that are started through others, and of scripts in other languages than the shell's.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::case::Case;

const LANGUAGES: [&str; 5] = ["python3", "perl", "awk", "node", "ruby"];
const WRAPPERS: [&str; 5] = ["timeout", "tini", "flock", "xargs", "find"];

fn case() -> Result<Case> {
    let mut case = Case::new()?;
    for tool in LANGUAGES.into_iter().chain(WRAPPERS) {
        case.0.tool(tool)?;
    }
    Ok(case)
}

fn path() -> Value {
    json!({ "Environment": ["PATH=shell:/bin"] })
}

#[test]
fn what_is_started_through_others_has_to_be_inside() -> Result<()> {
    let mut case = case()?;
    case.script(
        "inner",
        "timeout 5 env -u PATH cat /dev/null; find / -exec lost {} \\;",
    )?;
    for (name, line) in [
        ("clears", "shell:/bin/env -i web"),
        ("init", "shell:/bin/tini -s -- web"),
        (
            "shell",
            "shell:/bin/flock -n /tmp/x -c 'xargs -n 1 -r web </dev/null'",
        ),
        (
            "nested",
            "shell:/bin/sh -ec 'shell:/bin/timeout 5 script:/bin/inner'",
        ),
        (
            "awk",
            "shell:/bin/awk 'BEGIN { if (system(\"web\")) exit 1 }'",
        ),
    ] {
        case.add(name, line, &path());
    }
    assert_snapshot!(case.0.check(1)?);

    let mut case = self::case()?;
    case.script("inner", "exec cat /dev/null")?;
    for (name, line) in [
        ("clears", "shell:/bin/env -i PATH=shell:/bin cat"),
        (
            "wraps",
            "shell:/bin/timeout -k 1 5 shell:/bin/env A=b script:/bin/inner",
        ),
        ("unknown", "shell:/bin/timeout 5 $WEB"),
    ] {
        case.add(name, line, &path());
    }
    case.is_fine()
}

#[test]
fn what_scripts_of_other_languages_need_has_to_be_inside() -> Result<()> {
    let mut case = case()?;
    for (name, text) in [
        (
            "python3",
            "import pwd, subprocess\nopen('/etc/web.conf')\nsubprocess.run(['web'])\npwd.getpwuid(0)\n",
        ),
        (
            "perl",
            "open(my $log, '>>', '/var/log/web.log') or die;\nmy $x = `web`;\n",
        ),
        ("node", "require('fs').readFileSync('/etc/web.json')\n"),
        ("ruby", "system 'web', '-x'\n"),
    ] {
        case.0.data(&format!("web.{name}"), text)?;
        case.add(
            name,
            &format!("shell:/bin/{name} data:/web.{name}"),
            &path(),
        );
    }
    assert_snapshot!(case.0.check(0)?);

    let mut case = self::case()?;
    for (name, text) in [
        (
            "python3",
            "import os, shutil, subprocess\n# open('/etc/a')\nif os.path.exists('/etc/b'): open('/etc/b')\nif shutil.which('web'): subprocess.run(['web'])\nsubprocess.run(['cat'])\n",
        ),
        (
            "perl",
            "my $c = $ENV{WEB} || '/etc/web.conf'; print 'cat /etc/x';\n",
        ),
        (
            "node",
            "try { require('fs').readFileSync('/etc/a') } catch (e) {}\n",
        ),
        ("awk -f", "BEGIN { print \"/etc/a b\" }\n"),
    ] {
        let file = format!("web.{}", text.len());
        case.0.data(&file, text)?;
        case.add(&file, &format!("shell:/bin/{name} data:/{file}"), &path());
    }
    case.is_fine()
}

#[test]
fn what_follows_in_a_script_from_missing_commands_is_foreseen() -> Result<()> {
    let mut case = case()?;
    case.0
        .file("script", "lib.sh", b"day() { lost +%F; }\n", 0o444)?;
    for (name, text) in [
        ("asks", "command -v lost >/dev/null || { echo no; exit 1; }"),
        ("variable", "base=/usr; exec \"$base/bin/web\""),
        ("sources", ". script:/lib.sh; cat \"$(day)\" /dev/null; day"),
        (
            "flag",
            "set +e; lost && ok=yes; [ \"$ok\" = yes ] || exit 1",
        ),
        ("pipe", "echo x | lost"),
    ] {
        case.script(name, text)?;
        case.add(name, &format!("script:/bin/{name}"), &path());
    }
    assert_snapshot!(case.0.check(1)?);

    let mut case = self::case()?;
    case.0
        .file("script", "lib.sh", b"log() { echo \"$*\"; }\n", 0o444)?;
    for (name, text) in [
        (
            "asks",
            "if which lost; then lost; fi\nif command -v lost; then lost; else cat; fi",
        ),
        (
            "globs",
            "for file in /etc/web.d/*; do [ -e \"$file\" ] || continue; lost \"$file\"; done",
        ),
        (
            "optional",
            "[ -d /srv/web ] && lost\nif [ \"$MODE\" = x ]; then lost; fi",
        ),
        ("sources", ". script:/lib.sh; log x; exec -a web cat"),
        (
            "unused",
            "usage() { lost; }\ncase start in stop) usage;; esac",
        ),
    ] {
        case.script(name, text)?;
        case.add(name, &format!("script:/bin/{name}"), &path());
    }
    case.is_fine()
}

#[test]
fn variables_of_the_unit_reach_scripts_of_other_languages() -> Result<()> {
    let text =
        "import os\nuploads = os.environ.get('UPLOADS', '/srv/uploads')\nos.makedirs(uploads)\n";
    let run = |uploads: &str| -> Result<String> {
        let mut case = case()?;
        case.0.data("web.py", text)?;
        let settings =
            json!({ "Environment": ["PATH=shell:/bin", uploads], "StateDirectory": ["web"] });
        case.add("web", "shell:/bin/python3 data:/web.py", &settings);
        case.0.check(0)
    };
    let said = run("UPLOADS=/var/lib/uploads")?;
    let made = "web.py:3 creates /var/lib/uploads in a read-only place";
    assert!(said.contains(made), "{said}");
    let said = run("OTHER=/var/lib/uploads")?;
    assert!(said.contains("web.py:3 creates /srv/uploads"), "{said}");
    let said = run("UPLOADS=/var/lib/web/uploads")?;
    assert!(said.contains(": 0 denied, 0 warnings"), "{said}");
    Ok(())
}
