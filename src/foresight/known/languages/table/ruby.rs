//! Ruby.

use super::{NONE, Spoken};
use crate::inspect::Language;

pub(super) const RUBY: Spoken = Spoken {
    language: Language::Ruby,
    interpreters: &["ruby", "jruby"],
    text: &["e"],
    values: &["I", "r", "C", "E"],
    starts: &[
        "system",
        "exec",
        "spawn",
        "Process.spawn",
        "Kernel.system",
        "IO.popen",
        "Open3.capture2",
        "Open3.capture2e",
        "Open3.capture3",
        "Open3.popen2",
        "Open3.popen3",
    ],
    splits: true,
    opens: &[
        "File.read",
        "File.open",
        "File.readlines",
        "File.foreach",
        "File.new",
        "IO.read",
        "IO.readlines",
        "open",
        "YAML.load_file",
        "Dir.entries",
        "Dir.chdir",
    ],
    makes: &[
        "File.write",
        "IO.write",
        "FileUtils.mkdir_p",
        "Dir.mkdir",
        "Logger.new",
        "FileUtils.touch",
        "UNIXServer.new",
        "UNIXServer.open",
    ],
    tests: &[
        "File.exist?",
        "File.file?",
        "File.directory?",
        "File.readable?",
        "File.executable?",
        "Dir.exist?",
        "Dir.glob",
    ],
    own_user: &["Etc.getpwuid", "Etc.getlogin"],
    user: &["Etc.getpwnam"],
    group: &["Etc.getgrnam"],
    is_bare: true,
    ..NONE
};
