//! What a `confinix.toml` sets to something else than what is to be added.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use toml_edit::{Document, Item};

use super::super::service::unit_name;
use super::super::{Config, Place};
use crate::change::Table;
use crate::confine::PresetBind;
use crate::service::UnitName;

/// Fails with the place of the first option that is set to another value than what is to be added.
pub(super) fn refuse_contradictions(
    file: &str,
    text: &str,
    before: &Config,
    options: &BTreeMap<UnitName, Table>,
) -> Result<()> {
    let document = Document::parse(text).with_context(|| format!("cannot change {file}"))?;
    let place = |item: Option<&Item>| {
        let span = item.and_then(Item::span).unwrap_or_default();
        Place::of(&file.into(), text, &span)
    };
    for (name, table) in options {
        let services = document.get("services").and_then(Item::as_table_like);
        let own = services.and_then(|services| {
            let mut services = services.iter();
            services.find(|(key, _)| unit_name(key).is_ok_and(|other| other == *name))
        });
        let own = own.and_then(|(_, service)| service.as_table_like());
        let texts = [("bin-sh", &table.bin_sh), ("strategy", &table.strategy)];
        for (key, wanted) in texts {
            let item = own.and_then(|own| own.get(key));
            let (Some(wanted), Some(value)) = (wanted, item.and_then(Item::as_str)) else {
                continue;
            };
            if wanted != value {
                bail!(
                    "{}: {key} of {name} is {value:?}, but it needs {wanted:?}: change it there",
                    place(item)
                );
            }
        }
        let presets = before.services.get(name).into_iter();
        for preset in presets.flat_map(|options| &options.presets) {
            let binds = before.presets.get(preset).into_iter();
            for bind in binds.flat_map(|preset| &preset.bind_read_only) {
                if let Some(wanted) = contradicting(&bind.text, &table.binds) {
                    let item = document.get("presets").and_then(|all| all.get(preset));
                    bail!(
                        "{}: the preset {preset} of {name} shows {:?}, but it needs {wanted:?}: change it there",
                        place(item.and_then(|preset| preset.get("bind-read-only"))),
                        bind.text
                    );
                }
            }
        }
    }
    Ok(())
}

/// The bind that shows something else at the same place.
fn contradicting<'w>(bind: &str, wanted: &'w [String]) -> Option<&'w str> {
    let bind = PresetBind::parse(bind).ok()?;
    let mut wanted = wanted.iter().map(String::as_str);
    wanted.find(|word| {
        let other = PresetBind::parse(word);
        other.is_ok_and(|other| other.target == bind.target && other != bind)
    })
}
