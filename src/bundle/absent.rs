//! Programs that a service without store paths will not find.

use super::BundleService;
use crate::service::UnitName;
use crate::store::below;
use crate::systemd::all_binds;

/// A warning, if the service sees no store path and nothing else puts its main program in its root.
pub fn absent_program(name: &UnitName, service: &BundleService) -> Option<String> {
    if !service.roots.is_empty() || service.adopt {
        return None;
    }
    let line = service.exec.list("ExecStart").first()?;
    let first = line.split_whitespace().next()?;
    let program = first
        .trim_start_matches(['@', '-', ':', '+', '!', '|'])
        .trim_matches(['"', '\'']);
    let binds = service.settings.clone().followed_by(&service.confinement);
    // Where a bare name is found depends on the search path.
    let is_bound = all_binds(&binds)
        .any(|(_, bind)| !program.starts_with('/') || below(program, &bind.target).is_some());
    if is_bound || service.bin_sh.is_some() && program == "/bin/sh" {
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
