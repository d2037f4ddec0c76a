//! tar, which starts the programs that compress, by `/bin/sh`.

use super::{Effect, Invocation, Knower, Started, Use};

pub(super) struct Tar;

/// Programs that compress, which options of the same name ask for, and a letter that does so too.
const COMPRESSORS: [(&str, Option<char>); 6] = [
    ("bzip2", Some('j')),
    ("gzip", Some('z')),
    ("lzip", None),
    ("lzma", None),
    ("xz", Some('J')),
    ("zstd", None),
];

/// Endings of archives, with the program that `-a` and reading them asks for.
const ENDINGS: [(&str, &str); 7] = [
    (".gz", "gzip"),
    (".tgz", "gzip"),
    (".bz2", "bzip2"),
    (".xz", "xz"),
    (".txz", "xz"),
    (".zst", "zstd"),
    (".tzst", "zstd"),
];

/// Letters of options that take a value.
const WITH_VALUE: &str = "CFfgIbHKLNTVX";

/// Long options that take the next word as their value, if they have none behind `=`.
const LONG_WITH_VALUE: [&str; 20] = [
    "blocking-factor",
    "directory",
    "exclude",
    "exclude-from",
    "file",
    "files-from",
    "format",
    "group",
    "label",
    "listed-incremental",
    "mode",
    "mtime",
    "newer",
    "owner",
    "pax-option",
    "record-size",
    "sort",
    "starting-file",
    "transform",
    "use-compress-program",
];

/// Long options that take none. Of any other, nobody knows.
const FLAGS: [&str; 27] = [
    "absolute-names",
    "acls",
    "append",
    "auto-compress",
    "bzip2",
    "create",
    "exclude-caches",
    "exclude-vcs",
    "extract",
    "get",
    "gzip",
    "ignore-failed-read",
    "list",
    "lzip",
    "lzma",
    "no-recursion",
    "numeric-owner",
    "one-file-system",
    "preserve-permissions",
    "same-owner",
    "sparse",
    "totals",
    "update",
    "verbose",
    "xattrs",
    "xz",
    "zstd",
];

/// What tar is told.
#[derive(Default)]
struct Told<'a> {
    /// Letters of options.
    letters: String,
    /// Long options, without their values.
    long: Vec<&'a str>,
    archive: Option<&'a str>,
    /// Files to put into the archive, each with the directory that it is in; `None` if that is not known.
    operands: Vec<(Option<String>, &'a str)>,
    /// The program that compresses, if one is named.
    program: Option<&'a str>,
    /// Whether a word that looks like an operand may be the value of an option, or may be missing.
    is_open: bool,
}

impl Knower for Tar {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "tar" | "gtar")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let told = Told::of(invocation.arguments);
        let has =
            |letter: char, long: &str| told.letters.contains(letter) || told.long.contains(&long);
        let creates = has('c', "create") || has('r', "append") || has('u', "update");
        let absolute = |path: &str| invocation.around.absolute(path);
        let mut all = Vec::new();
        let archive = told.archive.filter(|path| *path != "-");
        if let Some(path) = archive.and_then(absolute) {
            let how = if creates { Use::Makes } else { Use::Reads };
            all.push(Effect::file(path, how));
        }
        let operands = told.operands.iter().filter(|_| creates);
        let paths = operands.filter_map(|(directory, path)| {
            let directory = directory.as_deref()?;
            if directory.is_empty() || path.starts_with('/') {
                absolute(path)
            } else {
                absolute(&format!("{}/{path}", directory.trim_end_matches('/')))
            }
        });
        let read = paths.map(|path| Effect::file(path, Use::Reads));
        all.extend(read.map(|it| if told.is_open { it.perhaps() } else { it }));
        // busybox compresses by itself.
        let is_busybox = (invocation.file).is_some_and(|file| file.contains("busybox"));
        let program = told.compressor(creates).filter(|_| !is_busybox);
        let started = program.map(|program| Started::by_shell(Some(program.to_owned())));
        all.extend(started.map(Effect::Starts));
        all
    }
}

impl<'a> Told<'a> {
    fn of(arguments: &'a [Option<String>]) -> Self {
        let mut told = Self::default();
        let mut directory = Some(String::new());
        let mut words = arguments.iter().map(Option::as_deref).enumerate();
        while let Some((at, word)) = words.next() {
            let Some(word) = word else {
                continue;
            };
            if let Some(long) = word.strip_prefix("--") {
                let (name, attached) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(Some(value))),
                    None => (long, None),
                };
                told.long.push(name);
                told.is_open |= name == "ignore-failed-read"
                    || attached.is_none()
                        && !LONG_WITH_VALUE.contains(&name)
                        && !FLAGS.contains(&name);
                if LONG_WITH_VALUE.contains(&name) {
                    let value = attached.unwrap_or_else(|| words.next().and_then(|(_, word)| word));
                    match name {
                        "directory" => directory = below(directory, value),
                        "file" => told.archive = value,
                        "use-compress-program" => told.program = value,
                        _ => {}
                    }
                }
                continue;
            }
            // The first word may have the letters without a dash.
            let letters = match word.strip_prefix('-') {
                Some(letters) => letters,
                None if at == 0 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) => word,
                None => {
                    told.operands.push((directory.clone(), word));
                    continue;
                }
            };
            for (index, letter) in letters.char_indices() {
                told.letters.push(letter);
                if !WITH_VALUE.contains(letter) {
                    continue;
                }
                let rest = &letters[index + letter.len_utf8()..];
                // With a dash, what follows the letter is its value.
                let is_attached = word.starts_with('-') && !rest.is_empty();
                let value = if is_attached {
                    Some(rest)
                } else {
                    words.next().and_then(|(_, word)| word)
                };
                match letter {
                    'C' => directory = below(directory, value),
                    'f' => told.archive = value,
                    'I' => told.program = value,
                    _ => {}
                }
                if is_attached {
                    break;
                }
            }
        }
        told
    }

    /// The program that compresses, if it is sure to be started.
    fn compressor(&self, creates: bool) -> Option<&'a str> {
        let asked = COMPRESSORS.iter().find(|(name, letter)| {
            self.long.contains(name) || letter.is_some_and(|letter| self.letters.contains(letter))
        });
        let by_name = || {
            let is_asked =
                !creates || self.letters.contains('a') || self.long.contains(&"auto-compress");
            let archive = self.archive.filter(|_| is_asked)?;
            let mut endings = ENDINGS.iter();
            let found = endings.find(|(ending, _)| archive.ends_with(ending));
            found.map(|(_, program)| *program)
        };
        self.program
            .or_else(|| asked.map(|(program, _)| *program))
            .or_else(by_name)
    }
}

/// The directory that `-C` goes to from another one; `None` if that is not known.
fn below(from: Option<String>, to: Option<&str>) -> Option<String> {
    let (from, to) = from.zip(to)?;
    let is_whole = to.starts_with('/') || from.is_empty();
    Some(if is_whole {
        to.to_owned()
    } else {
        format!("{}/{to}", from.trim_end_matches('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn archives_are_made_of_files_and_compressed_by_programs() {
        let starts = |program: &str| Effect::Starts(Started::by_shell(Some(program.to_owned())));
        let reads = |path| file(path, Use::Reads);
        let makes = |path| file(path, Use::Makes);
        for (line, expected) in [
            (
                "-C /srv -cz -f /a.tgz --exclude=x b",
                vec![makes("/a.tgz"), reads("/srv/b"), starts("gzip")],
            ),
            (
                "czf /a.tgz /etc/web",
                vec![makes("/a.tgz"), reads("/etc/web"), starts("gzip")],
            ),
            ("--zstd -cf - .", vec![starts("zstd")]),
            (
                "-xf /a.tar.xz -C /b c",
                vec![reads("/a.tar.xz"), starts("xz")],
            ),
            ("-tf /a.tar", vec![reads("/a.tar")]),
            (
                "-caf /a.tar.gz -C ? x",
                vec![makes("/a.tar.gz"), starts("gzip")],
            ),
            (
                "-c -I pigz -f /a /b",
                vec![makes("/a"), reads("/b"), starts("pigz")],
            ),
            (
                "-C /srv -C web -cf /a x",
                vec![makes("/a"), reads("/srv/web/x")],
            ),
            (
                "--sort name --owner root -cf /a /b",
                vec![makes("/a"), reads("/b")],
            ),
            (
                "--new-option x -cf /a /b",
                vec![makes("/a"), reads("/x").perhaps(), reads("/b").perhaps()],
            ),
            ("--version", vec![]),
        ] {
            assert_eq!(effects("tar", line), expected, "{line}");
        }
    }
}
