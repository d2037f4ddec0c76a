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
        ("ruby", "abort 'no' unless File.exist?('/srv/a')", "</srv/a"),
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
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}
