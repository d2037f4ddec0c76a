//! Paths that a source puts together.

use super::super::super::Use;
use super::super::super::tests::{effects, file};
use super::read;

#[test]
fn paths_may_be_put_together() -> Result<(), String> {
    for (name, text, expected) in [
        (
            "python3",
            "from pathlib import Path\nx = (Path('/etc') / 'web' / 'web.json').read_text()",
            "</etc/web/web.json",
        ),
        (
            "python3",
            "import os\nx = open(os.path.join('/etc', \"web\", 'a.yml'))",
            "</etc/web/a.yml",
        ),
        (
            "python3",
            "import os\nos.makedirs(os.path.join('/srv/web', 'x'))",
            ">/srv/web/x",
        ),
        (
            "python3",
            "import os\nx = open(os.path.join('/etc', name))",
            "",
        ),
        (
            "node",
            "const c = fs.readFileSync(path.join('/etc/web', 'a.json'))",
            "</etc/web/a.json",
        ),
        (
            "ruby",
            "File.read(File.join('/etc', 'web.yml'))",
            "</etc/web.yml",
        ),
    ] {
        assert_eq!(read(name, text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn awk_reads_its_operands() {
    let reads = |arguments, path: &str| {
        let is_of = |effect: &super::Effect| *effect == file(path, Use::Reads);
        effects("awk", arguments).iter().any(is_of)
    };
    assert!(reads("-F: {print} /etc/passwd", "/etc/passwd"));
    assert!(reads("-v a=b {print} x=/etc/y /etc/z -", "/etc/z"));
    assert!(!reads("{print} x=/etc/y", "/etc/y"));
    assert!(!reads("BEGIN{exit} /etc/x", "/etc/x"));
    // systemd has replaced the word.
    assert!(!reads("$1{print} /etc/x", "/etc/x"));
}
