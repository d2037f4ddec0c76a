mod completeness;
mod ends;
mod joins;

use super::super::tests::{effects, file, reading};
use super::super::{Name, Use};
use super::*;

/// What a script does, one word for each.
pub(super) fn read(name: &str, text: &str) -> Result<String, String> {
    let reading = reading(name, "/script", text)?;
    let effects = reading.effects.into_iter().map(|effect| match effect {
        Effect::Starts(started) => {
            let arguments = started
                .arguments
                .into_iter()
                .map(|it| it.unwrap_or("?".to_owned()));
            let words: Vec<_> = std::iter::once(started.word).chain(arguments).collect();
            words.join(" ")
        }
        Effect::File { path, how, .. } => {
            let makes = matches!(how, Use::Makes | Use::MakesDirectory(_));
            let mark = if makes { ">" } else { "<" };
            format!("{mark}{path}")
        }
        Effect::LooksUp {
            name: Name::Own, ..
        } => "@".to_owned(),
        Effect::LooksUp {
            name: Name::User(name) | Name::Group(name),
            ..
        } => format!("@{name}"),
        Effect::LooksUp {
            name: Name::Any, ..
        } => "@?".to_owned(),
        other => format!("{other:?}"),
    });
    Ok(effects.collect::<Vec<_>>().join("; "))
}

#[test]
fn scripts_start_programs() -> Result<(), String> {
    for (name, text, expected) in [
        (
            "python3",
            "import subprocess\nsubprocess.run(['ps', '-e', x], check=True)",
            "ps -e ?",
        ),
        (
            "python3.11",
            "import subprocess\nsubprocess.check_output(\"ps -e\", shell=True)",
            "/bin/sh -c ps -e",
        ),
        (
            "python",
            "from subprocess import Popen\nPopen('ps -e'.split())",
            "ps -e",
        ),
        (
            "python3",
            "import os\nos.system('ps | wc')",
            "/bin/sh -c ps | wc",
        ),
        (
            "python3",
            "import os\nos.execvp('ps', ['ps', '-e'])",
            "ps ps -e",
        ),
        ("python3", "app.run('web')", ""),
        (
            "perl",
            "system('mkdir', '-p', $x) == 0 or die;",
            "mkdir -p ?",
        ),
        (
            "perl5.36",
            "my $x = `ps -e`; system \"ls $x | wc\"; exec 'a';",
            "ps -e; /bin/sh -c ls $RANDOM | wc; a",
        ),
        (
            "perl",
            "$x = $x[0] // '/'; open(my $f, '-|', 'ps', '-e'); open(F, 'ls |') or die",
            "ps -e; ls",
        ),
        (
            "ruby",
            "system 'a', 'b'\n`c \"d\"`\nIO.popen(%q(e f))",
            "a b; /bin/sh -c c \"d\"; e f",
        ),
        (
            "node",
            "const { execSync } = require('child_process'); execSync(`git ${x}`)",
            "/bin/sh -c git $RANDOM",
        ),
        (
            "nodejs",
            "require('child_process').spawn('git', ['-v'])",
            "git -v",
        ),
        ("node", "/x/.exec('git')", ""),
        (
            "php8.2",
            "<?php shell_exec('a b'); `c`;",
            "/bin/sh -c a b; /bin/sh -c c",
        ),
        (
            "lua5.4",
            "os.execute('a') io.popen \"b\"",
            "/bin/sh -c a; /bin/sh -c b",
        ),
        (
            "gawk",
            "BEGIN { system(\"a\"); \"b\" | getline x; print | \"c\" }",
            "/bin/sh -c a; /bin/sh -c b; /bin/sh -c c",
        ),
        (
            "python3",
            "import shutil, subprocess\nif shutil.which('ps'): subprocess.run(['ps'])",
            "",
        ),
        (
            "python3",
            "import subprocess\ntry:\n  subprocess.run(['ps'])\nexcept OSError:\n  pass\nsubprocess.run(['ls'])",
            "ls",
        ),
        (
            "python3",
            "import subprocess\ntry:\n  subprocess.run(['ps'])\nexcept OSError:\n  sys.exit('no ps')",
            "ps",
        ),
        (
            "node",
            "const c = require('child_process'); try { c.execFileSync('ps') } catch (e) {}",
            "",
        ),
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn scripts_name_files_of_the_host() -> Result<(), String> {
    for (name, text, expected) in [
        (
            "python3",
            "c.read_file(open('/etc/app.ini'))",
            "</etc/app.ini",
        ),
        (
            "python3",
            "logging.basicConfig(filename='/var/log/app.log')",
            ">/var/log/app.log",
        ),
        (
            "python3",
            "open('/srv/x', 'w'); CONFIG = '/etc/app'",
            ">/srv/x; </etc/app",
        ),
        (
            "python3",
            "'''Reads '/etc/app'.'''\n# '/etc/b'\nx = '/etc/c d'; y = f'/etc/{x}'",
            "",
        ),
        (
            "python3",
            "if os.path.exists('/etc/app'): open('/etc/app')",
            "",
        ),
        (
            "python3",
            "if not os.path.isdir('/srv/x'): os.makedirs('/srv/x')",
            ">/srv/x",
        ),
        (
            "php",
            "<?php $d = getenv('D') ?: '/srv/x';\nif (!is_dir($d)) { mkdir($d); }",
            ">/srv/x",
        ),
        (
            "python3",
            "p.add_argument('-d', '--data-dir', type=Path, default=Path('/srv/x'))\na = p.parse_args()\na.data_dir.iterdir()",
            "</srv/x",
        ),
        (
            "python3",
            "p.add_argument('--conf', default='/etc/x')\nif os.path.exists(a.conf): open(a.conf)",
            "",
        ),
        ("python3", "p.add_argument('--conf', default='/etc/x')", ""),
        ("python3", "x = os.environ.get('X', '/etc/app')", ""),
        (
            "python3",
            "x = os.environ.get('X', '/etc/app')\nopen(x); open(x, 'w')",
            "</etc/app; >/etc/app",
        ),
        (
            "python3",
            "x = os.environ.get('X') or '/etc/app'\nif os.path.isfile(x): open(x)",
            "",
        ),
        ("python3", "for x in ['/etc/a', '/usr/etc/a']: pass", ""),
        (
            "python3",
            "try:\n  f = open('/etc/a')\nexcept OSError:\n  f = None",
            "",
        ),
        ("python3", "@app.get('/home/x')\ndef x(): pass", ""),
        (
            "node",
            "JSON.parse(require('fs').readFileSync('/etc/app.json'))",
            "</etc/app.json",
        ),
        (
            "perl",
            "open(my $f, '<', '/etc/mailname') or die; open(F, '>/srv/x');",
            "</etc/mailname; >/srv/x",
        ),
        ("perl", "if (-e '/etc/a') { open(F, '/etc/a') }", ""),
        (
            "ruby",
            "File.read('/etc/a') unless File.exist?('/etc/b')",
            "</etc/a",
        ),
        (
            "gawk",
            "BEGIN { while ((getline l < \"/etc/a\") > 0) print l }",
            "</etc/a",
        ),
        ("tclsh", "set f [open \"/etc/a\"]", "</etc/a"),
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn scripts_look_up_users() -> Result<(), String> {
    assert_eq!(
        read("python3", "pwd.getpwuid(os.getuid()); grp.getgrnam('a')")?,
        "@; @a"
    );
    assert_eq!(
        read(
            "perl",
            "my $n = getpwuid($<) or die; getpwnam 'b'; getgrnam($g);"
        )?,
        "@; @b; @?"
    );
    Ok(())
}

#[test]
fn the_script_is_among_the_arguments() {
    let of = |name, line| match effects(name, line).as_slice() {
        [Effect::Runs { script, .. }, ..] => format!("{script:?}"),
        _ => String::new(),
    };
    let file = "File(\"/a\")";
    assert_eq!(of("python3", "-u -W ignore /a b"), file);
    assert_eq!(of("python3", "-m web"), "");
    assert_eq!(of("perl", "-w -I/x /a"), file);
    assert_eq!(of("perl", "-e exit"), "Text(\"exit\")");
    assert_eq!(of("node", "--max-old-space-size=1 -r x /a"), file);
    assert_eq!(of("php", "-n -d a=b /a"), file);
    assert_eq!(of("php", "-S 127.0.0.1:1 -t /a"), "");
    assert_eq!(of("awk", "-F : exit /a"), "Text(\"exit\")");
    assert_eq!(of("awk", "-f /a /b"), file);
}

#[test]
fn who_is_told_what_to_do_names_defaults_if_it_looks() -> Result<(), String> {
    let named = |text: &str| {
        let effects = reading("perl", "/script a", text)?.effects;
        Ok::<_, String>(effects.contains(&file("/etc/a", Use::Reads).perhaps()))
    };
    assert!(named("plugin Config => { file => '/etc/a' };")?);
    assert!(!named(
        "plugin Config => { file => '/etc/a' }; run(@ARGV);"
    )?);
    Ok(())
}

#[test]
fn sources_that_grow_are_read_in_no_time() -> Result<(), String> {
    for text in [
        "a=",
        "path.join(",
        "a=1 in b, ",
        "x('/a/'+",
        "exists('/a/'",
        "a=b=['x',",
    ] {
        for language in ["python3", "perl"] {
            read(language, &text.repeat(40_000 / text.len()))?;
        }
    }
    Ok(())
}
