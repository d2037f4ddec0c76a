//! Programs that fail where one of the files they are given is missing.

use super::operands::{NONE, Values, files, has, operands, options};
use super::{Effect, Invocation, Knower, Name, Use};

pub(super) struct Readers;

/// Which of their options take a value.
const READERS: [(&str, Values); 23] = [
    ("base64", of("w", &["wrap"])),
    ("b2sum", NONE),
    ("cat", NONE),
    ("cksum", of("a", &["algorithm"])),
    (
        "cut",
        of("bcdf", &["bytes", "characters", "delimiter", "fields"]),
    ),
    ("df", of("Btx", &["block-size", "exclude-type", "type"])),
    (
        "du",
        of("BdtX", &["block-size", "exclude", "max-depth", "threshold"]),
    ),
    ("head", of("cn", &["bytes", "lines"])),
    ("ls", of("ITw", &["ignore", "tabsize", "width", "hide"])),
    ("md5sum", NONE),
    ("mountpoint", NONE),
    ("nl", of("bdfhilnsvw", &[])),
    ("od", of("AjNStw", &[])),
    ("readlink", NONE),
    ("realpath", of("", &["relative-to", "relative-base"])),
    ("sha1sum", NONE),
    ("sha256sum", NONE),
    ("sha512sum", NONE),
    ("sort", of("koSt", &["key", "output", "buffer-size"])),
    ("stat", of("c", &["format", "printf"])),
    ("tac", of("s", &["separator"])),
    (
        "tail",
        of("cns", &["bytes", "lines", "pid", "sleep-interval"]),
    ),
    ("wc", NONE),
];

const fn of(letters: &'static str, long: &'static [&'static str]) -> Values {
    Values { letters, long }
}

fn reader(name: &str) -> Option<Values> {
    let mut all = READERS.iter();
    all.find(|(known, _)| *known == name)
        .map(|(_, values)| *values)
}

impl Knower for Readers {
    fn knows(&self, name: &str) -> bool {
        reader(name).is_some()
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let values = reader(invocation.name).unwrap_or_default();
        // It waits for what does not exist yet.
        let waits = |word: &String| {
            let is_short = word.starts_with('-') && !word.starts_with("--") && word.contains('F');
            is_short || word == "--retry"
        };
        let is_patient =
            invocation.name == "tail" && invocation.arguments.iter().flatten().any(waits);
        let how = if is_patient || resolves_any(invocation) {
            Use::Names
        } else {
            Use::Reads
        };
        let operands = operands(invocation.arguments, values);
        let all = files(invocation, &operands, how);
        // It follows those that exist, without end.
        let follows = invocation.name == "tail"
            && has(&options(invocation.arguments), 'f', "--follow")
            && operands.len() > 1;
        let perhaps = |it: Effect| if follows { it.perhaps() } else { it };
        let owner = tells_owner(invocation).then(|| Effect::looks_up(Name::Any).perhaps());
        all.into_iter().map(perhaps).chain(owner).collect()
    }
}

/// Whether readlink or realpath resolves a path of which not all has to exist.
fn resolves_any(invocation: &Invocation) -> bool {
    let given = options(invocation.arguments);
    match invocation.name {
        "readlink" => {
            has(&given, 'f', "--canonicalize") || has(&given, 'm', "--canonicalize-missing")
        }
        "realpath" => !has(&given, 'e', "--canonicalize-existing"),
        _ => false,
    }
}

/// Whether stat prints who owns a file, by name: who asks for that most likely compares it.
fn tells_owner(invocation: &Invocation) -> bool {
    let mut words = invocation.arguments.iter().flatten();
    invocation.name == "stat" && words.any(|word| word.contains("%U") || word.contains("%G"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn every_operand_is_read() {
        let read = [file("/a", Use::Reads), file("/c", Use::Reads)];
        assert_eq!(effects("cat", "-n /a ? c"), read);
        assert_eq!(effects("tail", "-n 5 /a c -"), read);
        assert_eq!(effects("tail", "-f /a"), read[..1]);
        assert_eq!(
            effects("tail", "-fn 5 /a c"),
            read.clone().map(Effect::perhaps)
        );
        assert_eq!(effects("tail", "-n 0 -F /a"), [file("/a", Use::Names)]);
        assert_eq!(effects("readlink", "-e /a"), read[..1]);
        let named = [file("/a", Use::Names)];
        assert_eq!(effects("readlink", "-f /a"), named);
        assert_eq!(effects("realpath", "/a"), named);
        let owner = Effect::looks_up(Name::Any).perhaps();
        let found = effects("stat", "--format=%U /a");
        assert_eq!(found, [read[0].clone(), owner]);
        assert_eq!(effects("stat", "-c %u /a"), read[..1]);
    }
}
