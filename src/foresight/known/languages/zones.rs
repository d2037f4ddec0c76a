//! Time zones by name, which Python looks for in directories that have been built in.

use super::calls::{Call, is_of};
use super::table::Spoken;
use crate::foresight::known::{Effect, Invocation, Use};
use crate::inspect::{Language, Variable};

/// How machines are called in the name of what an interpreter has been built with.
const MACHINES: [&str; 2] = ["x86_64-linux-gnu", "aarch64-linux-gnu"];

/// The time zone that a call looks up. Whether it comes to be called is not known.
pub(super) fn effect(spoken: &Spoken, invocation: &Invocation, call: &Call) -> Option<Effect> {
    let is_asked = spoken.language == Language::Python && is_of(&["ZoneInfo"], call.name);
    let environment = invocation.around.environment;
    if !is_asked || environment.variable("PYTHONTZPATH") != Variable::Unset {
        return None;
    }
    let zone = call.text().unwrap_or_default();
    let directory = directory(invocation)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    let zone = if zone.chars().all(is_plain) { zone } else { "" };
    let path = format!("{directory}/{zone}");
    Some(Effect::file(path.trim_end_matches('/').to_owned(), Use::Reads).perhaps())
}

/// The first directory that the interpreter looks in, as it has been built.
fn directory(invocation: &Invocation) -> Option<String> {
    let (prefix, name) = invocation.file?.rsplit_once("/bin/")?;
    let mut texts = MACHINES.iter().flat_map(|machine| {
        [format!("_{machine}"), format!("_linux_{machine}")].map(|kind| {
            let path = format!("{prefix}/lib/{name}/_sysconfigdata_{kind}.py");
            invocation.world.source(&path)
        })
    });
    let text = texts.find_map(|text| text)?;
    let (_, value) = text.split_once("'TZPATH':")?;
    let directories = value.split('\'').nth(1)?;
    directories.split(':').next().map(str::to_owned)
}
