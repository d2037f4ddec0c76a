//! The executables that nothing in a closure can call, so that views leave them out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::difference::{Difference, within};
use super::model::{Bundle, BundleService, Closure};
use super::views::unseen;
use crate::callable::{Called, Caller, Executable, Inventory, Stays};
use crate::inspect::{commands, is_interpreter};
use crate::service::{ExecSetting, Hide, HideClass, Origin, Settings};
use crate::store::{StoreDir, StoreFiles, StorePath, below};

/// The hidden files of a closure by class and path, each list sorted.
pub type Uncalled = BTreeMap<HideClass, BTreeMap<StorePath, Vec<String>>>;

/// As many programs are recorded because of which nothing is hidden.
const MOST_UNTOLD: usize = 16;

/// The variables that name directories of code.
const OF_CODE: [&str; 9] = [
    "GEM_PATH",
    "LUA_CPATH",
    "LUA_PATH",
    "NODE_PATH",
    "PERL5LIB",
    "PERLLIB",
    "PYTHONHOME",
    "PYTHONPATH",
    "RUBYLIB",
];

/// What views of one closure leave out because nothing calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfClosure {
    /// The files.
    pub hidden: Uncalled,
    /// Why there are none ([`Closure::untold`]).
    pub untold: BTreeMap<String, String>,
}

/// The classes by calls that the view of a service leaves out.
pub fn by_calls(service: &BundleService) -> Hide {
    let classes = service.hide.iter().copied();
    classes.filter(|class| class.is_by_calls()).collect()
}

/// The services whose views leave out what nothing calls, by closure. All that have a closure share the lists.
fn hiding<'a>(
    services: impl IntoIterator<Item = &'a BundleService>,
) -> BTreeMap<&'a str, Vec<&'a BundleService>> {
    let mut hiding: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for service in services {
        if service.strategy.is_view() && !by_calls(service).is_empty() {
            hiding.entry(&service.closure).or_default().push(service);
        }
    }
    hiding
}

/// The classes by calls that the lists of each closure have to have.
pub fn classes_of<'a>(
    services: impl IntoIterator<Item = &'a BundleService>,
) -> BTreeMap<&'a str, Hide> {
    let hiding = hiding(services).into_iter();
    hiding
        .map(|(closure, services)| (closure, services.into_iter().flat_map(by_calls).collect()))
        .collect()
}

/// Finds what nothing calls in the closures of which services hide it. `paths` has the paths of each closure.
pub fn uncalled<'a>(
    services: impl IntoIterator<Item = &'a BundleService>,
    paths: impl Fn(&str) -> Vec<&'a StorePath>,
    dir: &StoreDir,
    files: &dyn StoreFiles,
) -> Result<BTreeMap<&'a str, OfClosure>> {
    use rayon::prelude::*;
    let hiding = hiding(services);
    let closures: Vec<_> = hiding
        .into_iter()
        .map(|(id, services)| (id, paths(id), services))
        .collect();
    let all: BTreeSet<&StorePath> = closures
        .iter()
        .flat_map(|(_, paths, _)| paths)
        .copied()
        .collect();
    if all.is_empty() {
        return Ok(BTreeMap::new());
    }
    let inventory = Inventory::look(dir, all, files)?;
    if let Some(path) = inventory.unseen() {
        return Err(anyhow::anyhow!(unseen(path)));
    }
    let found = closures.par_iter().map(|(id, paths, services)| {
        let search = |services: &[&BundleService]| {
            let callers = services.iter().map(|service| caller(service, dir));
            inventory.called(paths, &callers.collect::<Vec<_>>())
        };
        let called = search(services)?;
        // What others call is no concern of services that see only what their own runs touched.
        let mut recorded = services.clone();
        recorded.retain(|service| service.hide.contains(&HideClass::Unobserved));
        let is_part = !recorded.is_empty() && recorded.len() < services.len();
        let own = is_part.then(|| search(&recorded)).transpose()?;
        let classes = services
            .iter()
            .flat_map(|service| by_calls(service))
            .collect();
        let recorded = own.as_ref().unwrap_or(&called);
        Ok((*id, of_closure(&called, recorded, &inventory, &classes)))
    });
    found.collect()
}

/// `recorded`: what the services call that leave out what no run touched.
fn of_closure(
    called: &Called,
    recorded: &Called,
    inventory: &Inventory,
    classes: &Hide,
) -> OfClosure {
    let of_kind = |name: &str| {
        if is_interpreter(name) {
            HideClass::Interpreters
        } else {
            HideClass::Programs
        }
    };
    let mut hidden = Uncalled::new();
    let mut hide = |class: HideClass, path: &StorePath, executable: &Executable| {
        if classes.contains(&class) {
            let lists = hidden.entry(class).or_default();
            let list: &mut Vec<String> = lists.entry(path.clone()).or_default();
            list.push(executable.below.clone());
        }
    };
    for (path, executables) in called.hidable(inventory) {
        for executable in executables {
            hide(of_kind(executable.name(path)), path, executable);
        }
    }
    for (path, executables) in recorded.unobserved(inventory) {
        for executable in executables {
            hide(HideClass::Unobserved, path, executable);
        }
    }
    let untold = called.untold.iter().take(MOST_UNTOLD);
    OfClosure {
        hidden,
        untold: untold
            .map(|untold| (untold.program.clone(), untold.reason.text()))
            .collect(),
    }
}

/// What of the closure of a service can be called, and so stays, each with the reason; and why nothing can be told, if so.
pub fn stays(
    bundle: &Bundle,
    service: &BundleService,
    files: &dyn StoreFiles,
) -> Result<Vec<Stays>> {
    let closure = bundle
        .closures
        .get(&service.closure)
        .context("a service has no closure")?;
    let paths: Vec<_> = closure.paths.iter().collect();
    let inventory = Inventory::look(&bundle.store_dir, paths.iter().copied(), files)?;
    if let Some(path) = inventory.unseen() {
        return Err(anyhow::anyhow!(unseen(path)));
    }
    let services = hiding(bundle.services.values());
    let services = services.get(service.closure.as_str());
    let callers: Vec<_> = services
        .into_iter()
        .flatten()
        .map(|service| caller(service, &bundle.store_dir))
        .collect();
    Ok(inventory.called(&paths, &callers)?.stays(&inventory))
}

/// The lists of a closure as confinix writes them: of these classes and of paths in it, in order, each file once, and none empty.
pub fn plain_lists(found: &Closure, classes: Option<&Hide>) -> Uncalled {
    let mut plain = Uncalled::new();
    for (class, paths) in &found.hidden {
        for (path, list) in paths {
            let list: BTreeSet<_> = list.iter().cloned().collect();
            let is_wanted = classes.is_some_and(|classes| classes.contains(class));
            if is_wanted && !list.is_empty() && found.paths.binary_search(path).is_ok() {
                let lists = plain.entry(*class).or_default();
                lists.insert(path.clone(), list.into_iter().collect());
            }
        }
    }
    plain
}

/// What contradicts itself in the lists of a closure. `is_hiding`: whether a view of it leaves out what nothing calls.
pub fn contradiction(id: &str, found: &Closure, is_hiding: bool) -> Option<Difference> {
    let mut hidden = found.hidden.keys();
    let hides_only_unobserved = hidden.all(|class| *class == HideClass::Unobserved);
    let is_right = found.untold.is_empty() || hides_only_unobserved && is_hiding;
    let problem = "it hides files, and tells why it does not";
    (!is_right).then(|| Difference::data(within("closures", id), problem))
}

/// A closure with these lists.
pub fn with(closure: Closure, uncalled: Option<OfClosure>) -> Closure {
    let OfClosure { hidden, untold } = uncalled.unwrap_or_default();
    Closure {
        hidden,
        untold,
        ..closure
    }
}

/// What a service starts calls from, as the bundle has it.
fn caller<'a>(service: &'a BundleService, dir: &StoreDir) -> Caller<'a> {
    let is_text = |name: &str| name == "Environment" || ExecSetting::from_name(name).is_some();
    let of_presets = service.definitions.values();
    let of_presets = of_presets.flat_map(|preset| preset.environment.values());
    let settings = [&service.exec, &service.settings, &service.confinement];
    let mut caller = Caller {
        code: code(service, dir),
        ran: service.ran.iter().map(String::as_str).collect(),
        shell: service.bin_sh.as_deref(),
        ran_shell: service.ran_bin_sh,
        ..Caller::default()
    };
    for (name, values) in settings.into_iter().flat_map(Settings::iter) {
        let texts = if is_text(name) {
            &mut caller.texts
        } else {
            &mut caller.settings
        };
        texts.extend(values.iter().map(String::as_str));
    }
    caller.texts.extend(of_presets.map(String::as_str));
    for setting in ExecSetting::ALL {
        for (_, line) in service.commands(setting) {
            caller.commands.extend(commands(line));
        }
    }
    for root in &service.roots {
        match root.origin {
            Origin::Package(_) => caller.given.insert(&root.path),
            Origin::Exec(..) | Origin::UnitExec(..) | Origin::BinSh => false,
            Origin::Unit | Origin::Path(_) | Origin::Environment(_) | Origin::Preset(_) => {
                caller.named.insert(&root.path)
            }
        };
    }
    caller
}

/// Where a service may have code that is not in the store: its working directory, or directories in variables.
fn code(service: &BundleService, dir: &StoreDir) -> Option<String> {
    let is_elsewhere = |path: &str| path.starts_with('/') && below(path, dir.as_str()).is_none();
    let directory = service.settings.value("WorkingDirectory");
    let directory = directory.map(|value| value.trim_start_matches('-'));
    if let Some(directory) = directory.filter(|path| is_elsewhere(path) || path.starts_with('~')) {
        return Some(format!("WorkingDirectory={directory}"));
    }
    let values = service.settings.list("Environment").iter();
    let mut words = values.flat_map(|value| value.split([' ', '"', '\'']));
    words.find_map(|word| {
        let (name, value) = word.split_once('=')?;
        let is_of_code = OF_CODE.contains(&name) && value.split(':').any(is_elsewhere);
        is_of_code.then(|| format!("{name}={value}"))
    })
}
