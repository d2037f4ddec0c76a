//! What sources end without, and files that calls name.

use super::read;

#[test]
fn what_a_source_ends_without_is_needed() -> Result<(), String> {
    for (name, text, expected) in [
        (
            "python3",
            "if not os.path.isdir('/srv/a'):\n    sys.exit('no')\nx()",
            "</srv/a",
        ),
        (
            "python3",
            "if not os.path.isdir('/srv/a'):\n    os.makedirs(d)\n    sys.exit(0)",
            "",
        ),
        (
            "python3",
            "if os.path.isdir('/srv/a'):\n    sys.exit(0)",
            "",
        ),
        ("python3", "if not shutil.which('git'):\n    raise X", "git"),
        (
            "python3",
            "if shutil.which('git') is None:\n    sys.exit(1)",
            "git",
        ),
        (
            "python3",
            "git = shutil.which('git')\nx()\nif git is None:\n    sys.exit('no')",
            "git",
        ),
        (
            "python3",
            "git = shutil.which('git')\nif git:\n    sys.exit(0)",
            "",
        ),
        (
            "python3",
            "git = shutil.which('git')\nif not other:\n    sys.exit(0)",
            "",
        ),
        ("perl", "my $git = which('git') or die 'no';", "git"),
        ("perl", "my $git = which('git') or warn 'no';", ""),
        (
            "node",
            "const git = which.sync('git');\nif (!git) {\n  throw new Error('no');\n}",
            "git",
        ),
        (
            "node",
            "const git = which.sync('git', { nothrow: true })\nif (git === null) process.exit(1)",
            "git",
        ),
        (
            "python3",
            "git = shutil.which('git')\nif git == None:\n    sys.exit('no')",
            "git",
        ),
        (
            "python3",
            "there = os.path.isfile('/etc/a')\nif not there:\n    raise SystemExit",
            "</etc/a",
        ),
        ("ruby", "abort 'no' unless File.exist?('/srv/a')", "</srv/a"),
        (
            "ruby",
            "files = Dir.glob('/etc/a/*.yml')\nraise 'none' if files.empty?",
            "</etc/a",
        ),
        (
            "ruby",
            "puts Dir['/etc/a/*.yml'].first || abort('none')",
            "</etc/a",
        ),
        (
            "python3",
            "files = glob.glob('/etc/a/*.yml')\nprint(files[0])",
            "</etc/a",
        ),
        (
            "python3",
            "files = glob.glob('/etc/a/*.yml')\nprint(files)",
            "",
        ),
        (
            "python3",
            "while not os.path.exists('/srv/a'):\n    time.sleep(1)",
            "</srv/a",
        ),
        (
            "python3",
            "while os.path.exists('/srv/a'):\n    time.sleep(1)",
            "",
        ),
        ("ruby", "sleep 1 until File.exist?('/srv/a')", "</srv/a"),
        ("perl", "die 'no' unless -e '/etc/a';", "</etc/a"),
        ("perl", "-r '/etc/a' or die 'no';", "</etc/a"),
        (
            "perl",
            "my $c = Config::Tiny->read($ENV{INI} // '/etc/a') or die;",
            "</etc/a",
        ),
        ("perl", "my $c = $ENV{INI} // '/etc/a';", ""),
        (
            "python3",
            "observer.schedule(x(), os.environ.get('INBOX', '/srv/a'), recursive=True)",
            "</srv/a",
        ),
        ("python3", "inbox = os.environ.get('INBOX', '/srv/a')", ""),
        (
            "node",
            "const all = (process.env.A || '/srv/a').split(':');\nfor (const d of all) fs.watch(d);",
            "</srv/a",
        ),
        ("perl", "if (-e '/etc/a') { run('/etc/a'); }", ""),
        (
            "python3",
            "try:\n    open('/etc/a')\nexcept ValueError:\n    pass",
            "</etc/a",
        ),
        (
            "python3",
            "try:\n    open('/etc/a')\nexcept (ValueError, OSError) as e:\n    pass",
            "",
        ),
        (
            "python3",
            "try:\n    open('/etc/a')\nexcept (ValueError,\n        OSError):\n    pass",
            "",
        ),
        (
            "python3",
            "try:\n    open('/etc/a')\nfinally:\n    x()",
            "</etc/a",
        ),
        (
            "python3",
            "while not os.path.exists('/srv/a') and tries:\n    time.sleep(1)",
            "",
        ),
        (
            "python3",
            "try:\n    open('/etc/a')\nexcept json.JSONDecodeError:\n    x()\nexcept OSError:\n    pass",
            "",
        ),
        ("perl", "if (open my $f, '<', '/etc/a') { }", ""),
        ("perl", "open my $f, '<', '/etc/a' or die;", "</etc/a"),
        ("ruby", "puts Etc.getpwuid.name", "@"),
        (
            "node",
            "await readFile(new URL('file:///etc/a'))",
            "</etc/a",
        ),
        (
            "python3",
            "ssl.create_default_context(cafile='/etc/a')",
            "</etc/a",
        ),
        ("python3", "os.listdir('/proc/self/fd')", "</proc/self/fd"),
        (
            "python3",
            "sqlite3.connect('file:/var/lib/a.db?mode=ro', uri=True)",
            "</var/lib/a.db",
        ),
        (
            "python3",
            "sqlite3.connect('file:/var/lib/a.db', uri=True)",
            ">/var/lib/a.db",
        ),
        ("python3", "open('/etc/a?x')", ""),
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}
