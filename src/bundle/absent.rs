//! Programs that a service without store paths will not find.

use super::{Bundle, BundleService};
use crate::inspect::commands;
use crate::root::{Mount, MountKind};
use crate::service::UnitName;
use crate::store::below;

/// A warning, if a service of the bundle sees no store path and nothing else puts its main program in its root.
pub fn absent_program(bundle: &Bundle, name: &UnitName, service: &BundleService) -> Option<String> {
    if !service.roots.is_empty() || service.adopt {
        return None;
    }
    let line = service.exec.list("ExecStart").first()?;
    let program = commands(line).into_iter().next()?.program;
    let shows = |mount: &Mount| match mount.kind {
        // Where a bare name is found depends on the search path.
        MountKind::Bind { .. } => {
            !program.starts_with('/') || below(&program, &mount.target).is_some()
        }
        MountKind::Shell { .. } => program == mount.target,
        _ => false,
    };
    if bundle.root(service).mounts.iter().any(shows) {
        return None;
    }
    let why = if service.mentions.is_empty() {
        "names no store path"
    } else {
        "names store paths only without context"
    };
    Some(format!(
        "warning: {name} {why}: its closure is empty, so ExecStart={program} is not in its root (see `confinix check`)"
    ))
}
