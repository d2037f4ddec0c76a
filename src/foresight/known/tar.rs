//! tar, which starts the programs that compress, by `/bin/sh`.

use super::{Effect, Invocation, Knower, Started, Use};

pub(super) struct Tar;

/// Letters and options that ask for a program that compresses.
const COMPRESSED: [(&str, &str, &str); 6] = [
    ("z", "gzip", "gzip"),
    ("j", "bzip2", "bzip2"),
    ("J", "xz", "xz"),
    ("", "zstd", "zstd"),
    ("", "lzma", "lzma"),
    ("", "lzip", "lzip"),
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
const WITH_VALUE: &str = "CfgIbHKLNTVX";

/// What tar is told.
#[derive(Default)]
struct Told<'a> {
    /// Letters of options.
    letters: String,
    /// Long options, without their values.
    long: Vec<&'a str>,
    archive: Option<&'a str>,
    /// Files to put into the archive, each with the directory that it is in; `None` if that is not known.
    operands: Vec<(Option<&'a str>, &'a str)>,
    /// The program that compresses, if one is named.
    program: Option<&'a str>,
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
        let paths = operands.filter_map(|(directory, path)| match directory {
            Some(directory) if !path.starts_with('/') => {
                absolute(&format!("{}/{path}", directory.trim_end_matches('/')))
            }
            Some(_) => absolute(path),
            None => None,
        });
        all.extend(paths.map(|path| Effect::file(path, Use::Reads)));
        let program = told.compressor(creates);
        let started = program.map(|program| Started::by_shell(Some(program.to_owned())));
        all.extend(started.map(Effect::Starts));
        all
    }
}

impl<'a> Told<'a> {
    fn of(arguments: &'a [Option<String>]) -> Self {
        let mut told = Self::default();
        let mut directory = Some("");
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
                if matches!(
                    name,
                    "directory"
                        | "file"
                        | "use-compress-program"
                        | "exclude-from"
                        | "files-from"
                        | "exclude"
                ) {
                    let value = attached.unwrap_or_else(|| words.next().and_then(|(_, word)| word));
                    match name {
                        "directory" => directory = value,
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
                    told.operands.push((directory, word));
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
                    'C' => directory = value,
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
        let asked = COMPRESSED.iter().find(|(letter, long, _)| {
            !letter.is_empty() && self.letters.contains(letter) || self.long.contains(long)
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
            .or_else(|| asked.map(|(_, _, program)| *program))
            .or_else(by_name)
    }
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
            ("--zstd -cf - .", vec![reads("/."), starts("zstd")]),
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
            ("--version", vec![]),
        ] {
            assert_eq!(effects("tar", line), expected, "{line}");
        }
    }
}
