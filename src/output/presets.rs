//! PresetList that a policy defines, for those who list presets.

use std::collections::BTreeMap;
use std::path::Path;

use crate::confine::PresetBind;
use crate::service::Preset;

/// The presets that there are.
pub struct PresetList<'a> {
    /// Those of a policy; confinix's own are there always.
    pub own: Option<OwnPresets<'a>>,
}

/// The presets of a policy.
#[derive(Clone, Copy)]
pub struct OwnPresets<'a> {
    /// The policy's file, as it was called.
    pub file: &'a Path,
    /// Its presets, by name.
    pub presets: &'a BTreeMap<String, Preset>,
}

/// What a preset of a policy shows of the host. Its binds have been read when it was.
pub fn shows(preset: &Preset) -> impl Iterator<Item = PresetBind> {
    let binds = preset.bind_read_only.iter();
    binds.filter_map(|bind| PresetBind::parse(&bind.text).ok())
}

/// What stands behind a bind: confinix' own presets pass over what the host lacks, others only where they say so.
pub fn note(bind: &PresetBind) -> &'static str {
    match (bind.writable, bind.optional) {
        (true, _) => " (writable)",
        (false, true) => "",
        (false, false) => " (required)",
    }
}
