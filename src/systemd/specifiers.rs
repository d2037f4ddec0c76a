//! Specifiers in settings (systemd.unit(5), "Specifiers").

use std::collections::BTreeMap;
use std::path::Path;

use super::ExecDirectories;
use crate::service::UnitName;

/// Specifiers that depend on the running system or the version of systemd: they are kept.
const OF_HOST: &str = "aAbBcDHlmMoqrRsvwW";

/// Those that depend on the manager and its user.
const OF_MANAGER: &str = "CdEgGhLStuU";

/// Those that may begin with a slash, including those of an instance, which a template keeps.
const MAYBE_ROOTED: &str = "DRcrsfIJ";

/// Those that may be empty.
const MAYBE_EMPTY: &str = "ABMWow";

/// Whether an expanded text may be an absolute path, depending on the host.
pub(super) fn may_be_absolute(expanded: &str) -> bool {
    let mut chars = expanded.chars();
    match (chars.next(), chars.next()) {
        (Some('/'), _) => true,
        (Some('%'), Some(c)) if MAYBE_ROOTED.contains(c) => true,
        (Some('%'), Some(c)) if MAYBE_EMPTY.contains(c) => may_be_absolute(chars.as_str()),
        _ => false,
    }
}

/// The specifiers that the name of a unit, the path of its file and its manager determine.
#[derive(Clone, Copy, Debug)]
pub struct Specifiers<'a> {
    name: &'a UnitName,
    /// The unit's own file, without symlinks on the way to it.
    fragment: Option<&'a Path>,
    /// What depends on the manager, if that is a user's.
    of_user: Option<&'a BTreeMap<char, String>>,
}

/// A specifier that is unknown to systemd or has no value for this unit: systemd ignores the text with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownSpecifier(pub char);

impl<'a> Specifiers<'a> {
    /// The specifiers of a unit of the system manager, whose file is unknown.
    pub fn of(name: &'a UnitName) -> Self {
        Self {
            name,
            fragment: None,
            of_user: None,
        }
    }

    /// The same for the manager of a user, with its values of specifiers. Those without a value that depend on the manager are kept.
    #[must_use]
    pub fn of_user(self, values: &'a BTreeMap<char, String>) -> Self {
        Self {
            of_user: Some(values),
            ..self
        }
    }

    /// The same, with the unit's file.
    #[must_use]
    pub fn in_file(self, fragment: &'a Path) -> Self {
        Self {
            fragment: Some(fragment),
            ..self
        }
    }

    /// A text with its specifiers expanded, or as it is if one of them has no value. Those that depend on the host, or on a template's
    /// instance, are kept.
    pub fn expanded(&self, text: &str) -> String {
        match self.expand(text) {
            Ok(expanded) => expanded.replace("%%", "%"),
            Err(_) => text.to_owned(),
        }
    }

    /// A text with its specifiers expanded. Percent signs in the result are doubled. Specifiers that depend on the host, or on
    /// a template's instance, are kept.
    pub(super) fn expand(&self, text: &str) -> Result<String, UnknownSpecifier> {
        let mut expanded = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                expanded.push(c);
                continue;
            }
            match chars.next() {
                Some(specifier) if specifier.is_ascii_alphanumeric() => {
                    match self.value(specifier)? {
                        Some(value) => expanded.push_str(&value.replace('%', "%%")),
                        None => expanded.extend(['%', specifier]),
                    }
                }
                Some('%') | None => expanded.push_str("%%"),
                // Not a specifier: both characters are literal.
                Some(other) => expanded.extend(['%', '%', other]),
            }
        }
        Ok(expanded)
    }

    /// `None` if it is unknown here.
    fn value(&self, specifier: char) -> Result<Option<String>, UnknownSpecifier> {
        let name = self.name;
        let unescaped = |text: &str| unescape(text).map(Some).ok_or(UnknownSpecifier(specifier));
        let last = name.prefix().rsplit('-').next().unwrap_or_default();
        if let Some(values) = self.of_user
            && OF_MANAGER.contains(specifier)
        {
            return Ok(values.get(&specifier).cloned());
        }
        let value = match specifier {
            // They depend on the instance.
            'n' | 'N' | 'i' | 'I' | 'f' | 'd' if name.is_template() => return Ok(None),
            'n' => name.as_str(),
            'N' => name.stem(),
            'p' => name.prefix(),
            'i' => name.instance(),
            'j' => last,
            'P' => return unescaped(name.prefix()),
            'I' => return unescaped(name.instance()),
            'J' => return unescaped(last),
            'f' => {
                let escaped = Some(name.instance()).filter(|instance| !instance.is_empty());
                let path = as_path(escaped.unwrap_or(name.prefix()));
                return path.map(Some).ok_or(UnknownSpecifier(specifier));
            }
            'y' | 'Y' => {
                let path = self.fragment.and_then(|file| match specifier {
                    'y' => Some(file),
                    _ => file.parent(),
                });
                return Ok(path.and_then(Path::to_str).map(str::to_owned));
            }
            't' => ExecDirectories::Runtime.parent(),
            'S' => ExecDirectories::State.parent(),
            'C' => ExecDirectories::Cache.parent(),
            'L' => ExecDirectories::Logs.parent(),
            'E' => ExecDirectories::Configuration.parent(),
            'd' => return Ok(Some(format!("/run/credentials/{name}"))),
            'T' => "/tmp",
            'V' => "/var/tmp",
            'h' => "/root",
            'u' | 'g' => "root",
            'U' | 'G' => "0",
            _ if OF_HOST.contains(specifier) => return Ok(None),
            _ => return Err(UnknownSpecifier(specifier)),
        };
        Ok(Some(value.to_owned()))
    }
}

/// A part of a unit's name, unescaped: `-` is `/`, and `\xNN` is a byte (`unit_name_unescape`).
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'-' => bytes.push(b'/'),
            b'\\' => {
                let digits = std::str::from_utf8(rest.strip_prefix(b"x")?.get(..2)?).ok()?;
                let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
                rest = &rest[3..];
            }
            byte => bytes.push(byte),
        }
    }
    // A NUL byte ends a C string.
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.unwrap_or(bytes.len()));
    String::from_utf8(bytes).ok()
}

/// A part of a unit's name as a path (`unit_name_path_unescape`).
fn as_path(text: &str) -> Option<String> {
    if text == "-" {
        return Some("/".to_owned());
    }
    let path = unescape(text).filter(|path| !path.is_empty())?;
    let is_plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    is_plain.then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str, name: &str) -> anyhow::Result<Result<String, UnknownSpecifier>> {
        let name = UnitName::parse(name)?;
        let specifiers = Specifiers::of(&name).in_file(Path::new("/u/x@.service"));
        Ok(specifiers.expand(text))
    }

    #[test]
    fn what_the_name_tells_is_expanded() -> anyhow::Result<()> {
        for (text, name, expected) in [
            (
                "%n %N %p %i %j",
                "a-b@c.service",
                "a-b@c.service a-b@c a-b c b",
            ),
            ("%P %I %J %f", r"a-b@c-d\x2de.service", "a/b c/d-e b /c/d-e"),
            ("%P %I. %J %f", "a-b.service", "a/b . b /a/b"),
            ("%I", r"x@a\x25b.service", "a%%b"),
            (
                "%t %S %C %L %E %T %V",
                "x.service",
                "/run /var/lib /var/cache /var/log /etc /tmp /var/tmp",
            ),
            (
                "%d %h %u %U %g %G %y %Y",
                "x@1.service",
                "/run/credentials/x@1.service /root root 0 root 0 /u/x@.service /u",
            ),
            ("%% %H%m 100% %- %", "x.service", "%% %H%m 100%% %%- %%"),
            ("%i %I %n %N %f %d %p", "x@.service", "%i %I %n %N %f %d x"),
        ] {
            let expanded = expand(text, name)?;
            assert_eq!(expanded, Ok(expected.to_owned()), "{text} {name}");
        }
        for (text, name, specifier) in [
            ("a %z", "x.service", 'z'),
            ("%1", "x.service", '1'),
            ("%I", r"x@a\b.service", 'I'),
            ("%f", "x@a--b.service", 'f'),
            ("%f", "x@..-b.service", 'f'),
        ] {
            let expanded = expand(text, name)?;
            assert_eq!(expanded, Err(UnknownSpecifier(specifier)), "{text} {name}");
        }
        Ok(())
    }

    #[test]
    fn a_users_manager_has_values_of_its_own() -> anyhow::Result<()> {
        let name = UnitName::parse("x.service")?;
        let values = BTreeMap::from([('h', "/home/100%".to_owned()), ('U', "7".to_owned())]);
        let specifiers = Specifiers::of(&name).of_user(&values);
        let expanded = specifiers.expand("%h/%U/%n %u %S %%U %T");
        let expected = "/home/100%%/7/x.service %u %S %%U /tmp";
        assert_eq!(expanded, Ok(expected.to_owned()));
        Ok(())
    }

    #[test]
    fn a_template_may_have_a_path_of_its_instances() {
        assert!(["%f/x", "%I", "%J", "/%i"].into_iter().all(may_be_absolute));
        assert!(!["%i", "%j", "x%f"].into_iter().any(may_be_absolute));
    }
}
