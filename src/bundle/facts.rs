//! The facts of a bundle, which nothing else in it implies: whether they are possible at all.

use super::difference::{Difference, within};
use super::model::{Bundle, BundleService};
use super::uncalled::by_calls;
use crate::confine::refuse_in_user_manager;
use crate::service::{ExecSetting, HideClass, Origin, Settings, UnitName};

/// What is wrong with the facts of a bundle.
pub fn check_facts(bundle: &Bundle) -> Vec<Difference> {
    let of_service = |(name, service): (&UnitName, &BundleService)| {
        let problem = problem(service).or_else(|| {
            refuse_in_user_manager(bundle.manager, service.mode, service.strategy)
                .err()
                .map(|error| format!("{error:#}"))
        })?;
        Some(Difference::data(within("services", name.as_str()), problem))
    };
    let names = bundle.services.keys();
    let shared = names.filter_map(|name| {
        let error = crate::confine::refuse_shared_drop_in(name).err()?;
        let place = within("services", name.as_str());
        Some(Difference::data(place, format!("{error:#}")))
    });
    let unconfined = bundle.unconfined.iter().filter_map(|(name, unconfined)| {
        let problem = match unconfined.check() {
            Ok(()) if !bundle.services.contains_key(name) => return None,
            Ok(()) => "it is among the services as well".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        let place = within("unconfined", name.as_str());
        Some(Difference::data(place, problem))
    });
    shared
        .chain(unconfined)
        .chain(bundle.services.iter().filter_map(of_service))
        .collect()
}

fn problem(service: &BundleService) -> Option<String> {
    if let Some(text) = control_character(service) {
        return Some(format!("{text:?} contains a control character"));
    }
    let reason = &service.strategy_reason;
    if reason.is_empty() || reason.contains('\n') {
        return Some(format!(
            "strategyReason is {reason:?}, which is not one line"
        ));
    }
    if service.observe && !service.strategy.is_view() {
        return Some("observe is set, which needs a strategy with a view".to_owned());
    }
    if !service.hide.is_empty() && !service.strategy.is_view() {
        return Some("hide is set, which needs a strategy with a view".to_owned());
    }
    let hides_unobserved = service.hide.contains(&HideClass::Unobserved);
    if hides_unobserved && service.hide_unobserved.is_none() {
        return Some("hide has unobserved, but hideUnobserved is not set".to_owned());
    }
    if service.hide_unobserved.is_some() && !service.strategy.is_view() {
        return Some("hideUnobserved is set, which needs a strategy with a view".to_owned());
    }
    let has_run = !service.ran.is_empty() || service.ran_bin_sh.is_some();
    if has_run && by_calls(service).is_empty() {
        return Some("it has records of runs, but hides no executables".to_owned());
    }
    let of_unit = [&service.settings, &service.confinement];
    let mut names = of_unit.into_iter().flat_map(Settings::iter);
    if let Some((name, _)) = names.find(|(name, _)| !is_setting(name)) {
        return Some(format!("{name:?} is not the name of a setting"));
    }
    let mut commands = service.exec.iter();
    if let Some((name, _)) = commands.find(|(name, _)| ExecSetting::from_name(name).is_none()) {
        return Some(format!("{name:?} is not a setting with commands"));
    }
    if let Some(bin_sh) = &service.bin_sh {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..");
        if !bin_sh.starts_with('/') || !bin_sh.split('/').skip(1).all(is_plain) {
            return Some(format!(
                "binSh is {bin_sh:?}, which is not a plain absolute path"
            ));
        }
    }
    let mut defined = service.definitions.keys();
    if let Some(name) = defined.find(|name| !service.presets.contains(name)) {
        return Some(format!(
            "it defines the preset {name:?}, which it does not have"
        ));
    }
    let mut roots = service.roots.iter();
    let root = roots.find(|root| !names_root(service, &root.origin, root.path.hash()))?;
    Some(format!(
        "its closure root {} has the origin {}, which does not name it",
        root.path, root.origin
    ))
}

/// Whether the text of the origin, as far as the bundle keeps it, contains the hash of the path; the text of most origins is
/// not kept.
fn names_root(service: &BundleService, origin: &Origin, hash: &str) -> bool {
    match origin {
        Origin::Exec(setting, _) => {
            let mut lines = service.exec.list(setting.name()).iter();
            lines.any(|line| line.contains(hash))
        }
        Origin::BinSh => service.bin_sh.is_some(),
        Origin::Preset(name) => service.presets.contains(name),
        _ => true,
    }
}

fn is_setting(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Control characters must not reach a terminal.
fn control_character(service: &BundleService) -> Option<&str> {
    let settings = [&service.confinement, &service.exec, &service.settings];
    let definitions = service.definitions.iter().flat_map(|(name, preset)| {
        let variables = preset.environment.iter();
        variables
            .flat_map(|(variable, value)| [variable, value])
            .chain(&preset.bind_read_only)
            .chain([name])
    });
    let mut texts = settings
        .into_iter()
        .flat_map(Settings::iter)
        .flat_map(|(setting, values)| values.iter().map(String::as_str).chain([setting]))
        .chain(definitions.map(String::as_str))
        .chain(service.presets.iter().map(String::as_str))
        .chain(service.variables.iter().map(String::as_str))
        .chain(service.bin_sh.as_deref())
        .chain([service.strategy_reason.as_str()]);
    let is_refused = |c: char| c.is_control() && c != '\t' && c != '\n';
    texts.find(|text| text.chars().any(is_refused))
}
