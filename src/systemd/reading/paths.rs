//! Paths, alone and in lists.

use super::{INVALID, Reading, literal_word, unknown_specifier, words};
use crate::systemd::bind::BindEntries;
use crate::systemd::quote::quoted;
use crate::systemd::specifiers::may_be_absolute;
use crate::systemd::temporary::parts;
use crate::systemd::words::Escapes;
use crate::systemd::{Specifiers, simplified};

/// The requirements on a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Absolute,
    Relative,
}

/// A path with its specifiers expanded and simplified (`path_simplify_and_warn`).
pub(super) fn path(text: &str, wanted: Wanted, specifiers: &Specifiers) -> Result<String, String> {
    let path = specifiers.expand(text).map_err(unknown_specifier)?;
    let wrong = |what: &str| Err(format!("{path:?} {what}"));
    match (wanted, path.starts_with('/')) {
        (Wanted::Absolute, false) if !may_be_absolute(&path) => {
            return wrong("is not an absolute path");
        }
        (Wanted::Relative, true) => return wrong("is an absolute path"),
        _ => {}
    }
    if path.contains(char::REPLACEMENT_CHARACTER) {
        return wrong("is not UTF-8");
    }
    if path.split('/').any(|part| part == "..") {
        return wrong("contains '..'");
    }
    let simple = simplified(&path);
    if simple.is_empty() || !fits(&simple) {
        return wrong("is empty or too long");
    }
    Ok(simple)
}

/// Whether the path and its components are within Linux's limits.
pub(super) fn fits(path: &str) -> bool {
    let path = path.replace("%%", "%");
    path.len() < 4096 && path.split('/').all(|part| part.len() <= 255)
}

/// The whole value as a path.
pub(super) fn whole(value: &str, specifiers: &Specifiers) -> Result<String, String> {
    path(value, Wanted::Absolute, specifiers)
}

pub(super) fn optional(value: &str, specifiers: &Specifiers) -> Reading {
    let (mark, rest) = marked(value, '-');
    // Specifiers come first: `-` may come from one.
    match whole(rest, specifiers) {
        Ok(path) => Reading::taken(format!("{mark}{path}")),
        Err(reason) => Reading::ignored(reason),
    }
}

pub(super) fn working_directory(value: &str, specifiers: &Specifiers) -> Reading {
    let (mark, rest) = marked(value, '-');
    if rest == "~" {
        return Reading::taken(value);
    }
    match whole(rest, specifiers) {
        Ok(path) => Reading::taken(format!("{mark}{path}")),
        Err(reason) if mark.is_empty() => Reading::refused(reason),
        Err(reason) => Reading::ignored(reason),
    }
}

pub(super) fn list(value: &str, specifiers: &Specifiers) -> Reading {
    let mut ignored = Vec::new();
    let mut entries = Vec::new();
    for word in words(value, Escapes::Literal, &mut ignored) {
        let (optional, rest) = marked(&word, '-');
        let (of_root, rest) = marked(rest, '+');
        match whole(rest, specifiers) {
            Ok(path) => entries.push(literal_word(&format!("{optional}{of_root}{path}"))),
            Err(reason) => ignored.push(reason),
        }
    }
    Reading::list(&entries, " ", ignored)
}

pub(super) fn search_path(value: &str, specifiers: &Specifiers) -> Reading {
    let mut ignored = Vec::new();
    let mut entries = Vec::new();
    let mut rest = Some(value);
    while let Some(text) = rest {
        let Some((word, after)) = parts(text) else {
            ignored.push(INVALID.to_owned());
            break;
        };
        rest = after;
        match whole(&word, specifiers) {
            Ok(path) => entries.push(path.replace('\\', "\\\\").replace(':', "\\:")),
            Err(reason) => {
                ignored.push(format!("{reason}: the rest of the value is ignored"));
                break;
            }
        }
    }
    Reading::list(&entries, ":", ignored)
}

pub(super) fn binds(value: &str, specifiers: &Specifiers) -> Reading {
    let mut ignored = Vec::new();
    let mut entries = Vec::new();
    let is_path = |path: &str| whole(path, specifiers).is_ok();
    for entry in BindEntries::new(value, &is_path) {
        let Ok(entry) = entry else {
            ignored.push(INVALID.to_owned());
            break;
        };
        let read = || {
            let (mark, source) = marked(&entry.source, '-');
            let mut word = format!("{mark}{}", quoted(&whole(source, specifiers)?));
            if let Some(target) = &entry.target {
                let target = whole(target, specifiers)?;
                word = format!("{word}:{}", quoted(&target));
            }
            match entry.options.as_deref() {
                None | Some("" | "rbind") => {}
                Some("norbind") => word.push_str(":norbind"),
                Some(other) => return Err(format!("{other:?} is neither rbind nor norbind")),
            }
            Ok(word)
        };
        match read() {
            Ok(word) => entries.push(word),
            Err(reason) => ignored.push(reason),
        }
    }
    Reading::list(&entries, " ", ignored)
}

pub(super) fn temporary_file_systems(value: &str, specifiers: &Specifiers) -> Reading {
    let mut ignored = Vec::new();
    let mut entries = Vec::new();
    for word in words(value, Escapes::Literal, &mut ignored) {
        let Some((place, options)) = parts(&word) else {
            ignored.push(INVALID.to_owned());
            continue;
        };
        match whole(&place, specifiers) {
            Ok(path) => {
                let path = path.replace('\\', "\\\\").replace(':', "\\:");
                let options = options.map_or_else(String::new, |options| format!(":{options}"));
                entries.push(literal_word(&format!("{path}{options}")));
            }
            Err(reason) => ignored.push(reason),
        }
    }
    Reading::list(&entries, " ", ignored)
}

/// The mark, if present, and the rest.
fn marked(text: &str, mark: char) -> (&str, &str) {
    text.split_at(if text.starts_with(mark) {
        mark.len_utf8()
    } else {
        0
    })
}

#[cfg(test)]
mod tests {
    use crate::systemd::reading::tests::become_;

    /// As `systemctl show` prints them.
    #[test]
    fn paths_are_read_as_systemd_does() -> anyhow::Result<()> {
        for (setting, value, expected, ignored) in [
            (
                "ReadWritePaths",
                "/a//b/ -+%f rel /c/../d /%z",
                "/a/b \"-+/c/d e\"",
                3,
            ),
            (
                "ReadOnlyPaths",
                r#"/a\ b "/c d" \/e '/f"g'"#,
                r#""/a b" "/c d" /e "/f\"g""#,
                0,
            ),
            ("ReadOnlyPaths", r#"/a "/b"#, "/a", 1),
            ("ReadOnlyPaths", "rel", "-", 1),
            (
                "BindPaths",
                "/a -/b//:/c/:norbind /d: /e:/f:x rel:/g /h:x:/i /j:/k: /l",
                "/a -/b:/c:norbind /g /i",
                5,
            ),
            (
                "BindPaths",
                r#"/%I:/x "/y:z" /q\:r"#,
                r#"/c/d" "e:/x /y\:z /q\:r"#,
                0,
            ),
            ("BindPaths", "/a :/b  /%H", "/a /b /%H", 1),
            (
                "TemporaryFileSystem",
                "/a:ro,mode=0 /%p rel:ro",
                "/a:ro,mode=0 /a-b",
                1,
            ),
            (
                "StateDirectory",
                r#"%p %I:l "x y":z a::ro"#,
                r"a-b c/d\x20e:l x\x20y:z a::ro",
                0,
            ),
            (
                "StateDirectory",
                "/a ../b private/c d::rw e:f:ro:g",
                "e:f:ro",
                4,
            ),
            ("StateDirectory", r"a b\qc d", "a", 1),
            ("ConfigurationDirectory", "a:b c", "c", 1),
            ("WorkingDirectory", "~", "~", 0),
            ("WorkingDirectory", "-~", "-~", 0),
            ("WorkingDirectory", "%h/x/", "/root/x", 0),
            ("WorkingDirectory", "rel", "!", 0),
            ("WorkingDirectory", "-rel", "-", 1),
            ("WorkingDirectory", "/a b", "/a b", 0),
            ("RootDirectory", "/a/../b", "!", 0),
            ("RootDirectory", "%R/x", "%R/x", 0),
            ("RootDirectory", "%m/x", "!", 0),
            ("RootDirectory", "%A=/x", "!", 0),
            ("RootDirectory", "%A/x", "%A/x", 0),
            ("EnvironmentFile", "-%E/x", "-/etc/x", 0),
            ("EnvironmentFile", "\"/a\"", "-", 1),
            ("TTYPath", "rel", "-", 1),
            ("ExecSearchPath", r"/a/:/b\:x:c:/d", r"/a:/b\:x", 1),
        ] {
            let expected = (expected.to_owned(), ignored);
            assert_eq!(become_(setting, value)?, expected, "{setting}={value}");
        }
        Ok(())
    }
}
