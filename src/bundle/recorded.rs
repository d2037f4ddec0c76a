//! What a bundle records about a confined service, and about the paths that services see.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Digest;
use super::definitions::definitions;
use super::hidden::Hidden;
use super::model::{BundleFile, BundlePath, BundleService, PathFile};
use crate::confine::{Decision, DropIn, Rooted, StorePaths, drop_in_path};
use crate::service::{ExecSetting, Manager, Origin, Service, Settings};
use crate::store::{Directories, Link, NodeId, Object};

/// A service for the bundle, and its drop-in.
pub fn service(
    rooted: &Rooted,
    decision: Decision,
    closure: &str,
    manager: Manager,
) -> Result<(BundleService, String)> {
    let Rooted {
        name,
        service,
        roots,
        ..
    } = rooted;
    let Decision {
        bin_sh,
        strategy,
        mentions,
        variables,
        drop_in,
    } = decision;
    let DropIn {
        confinement,
        mounts,
        text,
    } = drop_in;
    let presets = &service.confinement.presets;
    let recorded = BundleService {
        adopt: service.confinement.adopt,
        bin_sh,
        closure: closure.to_owned(),
        confinement,
        definitions: definitions(presets)?,
        drop_in: BundleFile {
            path: drop_in_path(name, manager),
            sha256: Digest::of(text.as_bytes()),
        },
        exec: commands(service),
        hide: service.confinement.hides(closure),
        hide_unobserved: service.confinement.hide_unobserved,
        mentions,
        mode: service.confinement.mode,
        mounts,
        observe: service.confinement.observe,
        origins: origins(service),
        presets: presets.iter().map(|preset| preset.name.clone()).collect(),
        ran: BTreeSet::new(),
        ran_bin_sh: None,
        roots: roots.iter().cloned().collect(),
        settings: service.settings.clone(),
        strategy: strategy.strategy,
        strategy_reason: strategy.reason,
        taken_back: taken_back(service),
        triggered_by: service.triggered_by.clone(),
        variables,
        view_obstacle: strategy.obstacle,
    };
    Ok((recorded, text))
}

fn commands(service: &Service) -> Settings {
    let mut commands = Settings::default();
    for setting in ExecSetting::ALL {
        for (_, line) in service.commands(setting) {
            commands.push(setting.name(), line.text.as_str());
        }
    }
    commands
}

/// Where the command lines in force are, if some are in unit files.
fn origins(service: &Service) -> BTreeMap<String, Vec<Origin>> {
    let commands = |setting| service.commands(setting);
    let mut all = ExecSetting::ALL.into_iter().flat_map(commands);
    if all.all(|(_, line)| line.line.is_none()) {
        return BTreeMap::new();
    }
    let settings = ExecSetting::ALL.into_iter().map(|setting| {
        let origins = commands(setting).map(|(index, line)| Origin::command(setting, index, line));
        (setting.name().to_owned(), origins.collect::<Vec<_>>())
    });
    settings
        .filter(|(_, origins)| !origins.is_empty())
        .collect()
}

/// The number of lines before the first in force, if that gives the places of all.
fn taken_back(service: &Service) -> BTreeMap<ExecSetting, usize> {
    let all_from_nix = origins(service).is_empty();
    ExecSetting::ALL
        .into_iter()
        .filter_map(|setting| {
            let (first, _) = service.commands(setting).next()?;
            (first > 0 && all_from_nix).then_some((setting, first))
        })
        .collect()
}

/// A path, in a view or not. `directories` are those below it, if it is a directory in a view; `hidden` what views leave out of it.
pub fn path(
    known: StorePaths,
    node: NodeId,
    is_viewed: bool,
    directories: Option<&Directories>,
    hidden: Option<&Hidden>,
) -> BundlePath {
    let StorePaths { graph, objects } = known;
    let info = graph.info(node);
    let references = graph.references(node).iter();
    let object = objects.of(node);
    let (symlink, target, unresolved) = match object.link(graph.store_dir()) {
        None => (None, None, false),
        Some(Link {
            leads_to,
            target,
            unresolved,
        }) => (Some(leads_to), target.filter(|_| is_viewed), unresolved),
    };
    BundlePath {
        directories: directories.cloned(),
        file: match *object {
            Object::File { size, executable } if is_viewed => Some(PathFile { executable, size }),
            _ => None,
        },
        hidden: hidden.cloned().unwrap_or_default(),
        nar_hash: info.nar_hash,
        nar_size: info.nar_size,
        references: references
            .map(|reference| graph.path(*reference).clone())
            .collect(),
        symlink,
        target,
        unresolved,
    }
}
