//! The presets that `confinix presets` lists.

use std::collections::BTreeMap;

use crate::confine::PresetBind;
use crate::service::Preset;

/// All presets.
pub struct PresetList<'a> {
    /// The presets of a policy; the built-in ones are always listed.
    pub own: Option<OwnPresets<'a>>,
}

/// The presets of a policy.
#[derive(Clone, Copy)]
pub struct OwnPresets<'a> {
    /// The policy's file, as the user named it.
    pub file: &'a str,
    /// Its presets, by name.
    pub presets: &'a BTreeMap<String, Preset>,
}

/// Which files of the host a preset of a policy makes visible. Its binds were parsed with the policy.
pub fn shows(preset: &Preset) -> impl Iterator<Item = PresetBind> {
    let binds = preset.bind_read_only.iter();
    binds.filter_map(|bind| PresetBind::parse(&bind.text).ok())
}

/// The note after a bind. Built-in presets ignore what the host lacks; others do so only for binds with `-`.
pub fn note(bind: &PresetBind) -> &'static str {
    match (bind.writable, bind.optional) {
        (true, _) => " (writable)",
        (false, true) => "",
        (false, false) => " (required)",
    }
}
