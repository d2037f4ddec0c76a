//! Commands (`config_parse_exec`).

use super::{Reading, c_word, paths, unknown_specifier};
use crate::systemd::specifiers::may_be_absolute;
use crate::systemd::words::{Escapes, InvalidWord, Words};
use crate::systemd::{Specifiers, simplified};

/// The prefixes of a command, in any order.
const PREFIXES: [char; 6] = ['@', '-', ':', '+', '!', '|'];

/// Reads a line of commands. Commands before one that is refused or ignored are kept.
pub(in super::super) fn exec(line: &str, specifiers: &Specifiers) -> Reading {
    if line.is_empty() {
        return Reading::taken("");
    }
    let mut commands = Vec::new();
    let mut reading = Reading::default();
    let mut words = Words::new(line, Escapes::Lenient);
    while let Some(first) = words.read() {
        let Ok(first) = first else {
            reading.ignored.push(super::INVALID.to_owned());
            break;
        };
        if first == ";" {
            continue;
        }
        let (prefixes, program) = prefixes(&first);
        let read = command(prefixes, program, &mut words, specifiers);
        if words.keeps_escapes() {
            reading
                .ignored
                .push("invalid escape: the backslash is kept".to_owned());
        }
        match read {
            Ok(command) => commands.push(command),
            Err(reason) if prefixes.contains('-') => {
                reading.ignored.push(reason);
                break;
            }
            Err(reason) => {
                reading.refused = Some(reason);
                break;
            }
        }
    }
    reading.value = (!commands.is_empty()).then(|| commands.join(" ; "));
    reading
}

/// The number of commands on a line that was read.
pub(in super::super) fn count(line: &str) -> usize {
    let mut words = Words::new(line, Escapes::Lenient);
    let mut count = 0;
    let mut is_first = true;
    loop {
        if words.passes(";") {
            is_first = true;
        } else if words.next().is_none() {
            return count;
        } else {
            count += usize::from(is_first);
            is_first = false;
        }
    }
}

/// The prefixes of a first word, each at most once (`!` twice), and what comes after them.
fn prefixes(word: &str) -> (&str, &str) {
    let mut length = 0;
    for c in word.chars().take_while(|c| PREFIXES.contains(c)) {
        let before = &word[..length];
        let is_new = match c {
            '+' => !before.contains(['+', '!']),
            '!' => !before.contains('+') && before.matches('!').count() < 2,
            c => !before.contains(c),
        };
        if !is_new {
            break;
        }
        length += 1;
    }
    word.split_at(length)
}

fn command(
    prefixes: &str,
    program: &str,
    words: &mut Words,
    specifiers: &Specifiers,
) -> Result<String, String> {
    let expand = |word: &str| {
        let expanded = specifiers.expand(word);
        expanded.map_err(|unknown| format!("{word:?}: {}", unknown_specifier(unknown)))
    };
    // With a shell, all arguments belong to the shell.
    let mut command = Vec::new();
    if prefixes.contains('|') {
        command.push(format!("{prefixes}{program}"));
    } else {
        let program = expand(program)?;
        check_program(&program)?;
        let simple = simplified(&program);
        // The program itself gets its argv[0].
        let is_other = simple != program && !prefixes.contains('@');
        command.push(format!(
            "{prefixes}{}{simple}",
            if is_other { "@" } else { "" }
        ));
        command.extend(is_other.then_some(program));
    }
    loop {
        if words.passes(";") {
            break;
        }
        if words.passes(r"\;") {
            command.push(";".to_owned());
            continue;
        }
        match words.read() {
            None => break,
            Some(Ok(word)) => command.push(expand(&word)?),
            Some(Err(InvalidWord)) => return Err(super::INVALID.to_owned()),
        }
    }
    if prefixes.contains('@') && !prefixes.contains('|') && command.len() == 1 {
        return Err(format!("{program:?} has the prefix @ but no argv[0]"));
    }
    let command: Vec<_> = command.iter().map(|word| c_word(word)).collect();
    Ok(command.join(" "))
}

fn check_program(program: &str) -> Result<(), String> {
    let is_safe = |c: char| !c.is_ascii_control() && !"\"'\\".contains(c);
    let wrong = |what: &str| Err(format!("the program {program:?} {what}"));
    if program.is_empty() {
        return Err("no program after the prefixes".to_owned());
    }
    if !program.chars().all(is_safe) {
        return wrong("contains a quote, a backslash or a control character");
    }
    let last = program.rsplit('/').next().unwrap_or_default();
    if program.contains('/') && matches!(last, "" | "." | "..") {
        return wrong("is a directory");
    }
    let is_name = !program.contains('/') && !matches!(program, "." | "..");
    if !(program.starts_with('/') || is_name || may_be_absolute(program)) || !paths::fits(program) {
        return wrong("is neither an absolute path nor a name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::UnitName;

    /// As `systemctl show` prints it (systemd 252, 257 and 262).
    #[test]
    fn lines_of_commands_are_read_as_systemd_does() -> anyhow::Result<()> {
        let name = UnitName::parse(r"a-b@c\x20d.service")?;
        for (line, value, ignored, is_refused) in [
            (
                r"-/bin/a  'x y'  \x41 \q",
                r#"-/bin/a "x y" A "\\q""#,
                1,
                false,
            ),
            ("/a ; ; @/b zero one ; ", "/a ; @/b zero one", 0, false),
            (r"/a \; ';' b;c", r#"/a ";" ";" b;c"#, 0, false),
            ("/a//./b/ x", "", 0, true),
            ("-//a/./b x", "-@/a/b //a/./b x", 0, false),
            (
                "/%p/%I %%i %H \\x25i",
                r#""/a-b/c d" %%i %H "c\\x20d""#,
                0,
                false,
            ),
            ("/a ; b/c", "/a", 0, true),
            ("/a ; -b/c ; /d", "/a", 1, false),
            ("/a 'b", "", 0, true),
            ("-/a 'b", "", 1, false),
            ("'a", "", 1, false),
            ("@/a", "", 0, true),
            ("-", "", 1, false),
            ("/a %z", "", 0, true),
            ("--x y", "--x y", 0, false),
            ("+!/a", "", 0, true),
            ("!!/a :x", "!!/a :x", 0, false),
            ("/a\"b", "", 1, false),
            ("/a\\\"b", "", 0, true),
            ("a/b", "", 0, true),
            ("..", "", 0, true),
            ("/", "", 0, true),
        ] {
            let reading = exec(line, &Specifiers::of(&name));
            let read = (
                reading.value.as_deref().unwrap_or_default(),
                reading.ignored.len(),
                reading.refused.is_some(),
            );
            assert_eq!(read, (value, ignored, is_refused), "{line}");
        }
        Ok(())
    }
}
