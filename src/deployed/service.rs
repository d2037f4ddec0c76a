//! Finds a service of a bundle on this machine.

use anyhow::{Context, Result, bail};

use crate::bundle::{Bundle, BundleService, Digest};
use crate::document::{self, Kind};
use crate::host::units;
use crate::service::{Manager, UnitName};
use crate::systemd::DROP_IN_NAME;
use crate::text::{enumerated, shell_word};

/// A service that runs on this machine as a bundle has it.
#[derive(Debug)]
pub struct Deployed<'a> {
    pub(super) bundle: &'a Bundle,
    /// Its name in the bundle, which for an instance may be that of its template.
    pub(super) name: &'a UnitName,
    pub(super) service: &'a BundleService,
    /// The path of its control group below the root of all.
    pub(super) control_group: String,
}

/// As many other services are named in an error.
const MOST: usize = 5;

impl<'a> Deployed<'a> {
    /// Finds `unit`, which is `name` in the bundle, or an instance of it. Fails if it can't be observed: without root, if the service
    /// has no view that only it uses, if it does not run, or if it runs as another bundle has it.
    pub fn find(bundle: &'a Bundle, name: &'a UnitName, unit: &UnitName) -> Result<Self> {
        let service = &bundle.services[name];
        if !service.strategy.is_view() {
            bail!(
                "{name} has the strategy {}, and only a view can be observed: set confinement.observe = true for it, and deploy that",
                service.strategy.name()
            );
        }
        refuse_shared(bundle, name, service)?;
        if !rustix::process::geteuid().is_root() {
            bail!("recording what a service opens needs root (CAP_SYS_ADMIN): use sudo");
        }
        let shown = units::show(Manager::System, &[unit])?;
        let found = shown.first().context("systemctl show described no unit")?;
        if found.load == "not-found" {
            bail!("this machine has no {unit}: deploy it, or observe it where it runs");
        }
        let Some(drop_in) = found.drop_in(DROP_IN_NAME) else {
            bail!("{unit} is not confined on this machine: deploy the bundle first");
        };
        let text = document::read(drop_in, Kind::Unit)
            .with_context(|| format!("cannot read {}", drop_in.display()))?;
        if Digest::of(&text) != service.drop_in.sha256 {
            bail!(
                "{unit} is deployed with another drop-in than this bundle has: name the bundle or the system that is deployed, such as /run/current-system"
            );
        }
        if !matches!(
            &*found.active,
            "active" | "activating" | "reloading" | "refreshing"
        ) {
            bail!(
                "{unit} is not running ({}): start it (systemctl start {}), and observe it then",
                found.active,
                shell_word(unit.as_str())
            );
        }
        Ok(Self {
            bundle,
            name,
            service,
            control_group: found.control_group.clone(),
        })
    }

    /// The paths of its closure.
    pub fn closure(&self) -> &'a [crate::store::StorePath] {
        &self.bundle.closures[&self.service.closure].paths
    }
}

/// Fails if other services open files through the same file system: the kernel does not tell through which view.
fn refuse_shared(bundle: &Bundle, name: &UnitName, service: &BundleService) -> Result<()> {
    if service.observe {
        return Ok(());
    }
    let others = bundle.services.iter().filter(|(other, service)| {
        *other != name && service.strategy.is_view() && !service.observe
    });
    let (same, rest): (Vec<_>, Vec<_>) =
        others.partition(|(_, other)| other.view_id() == service.view_id());
    if same.is_empty() && rest.is_empty() {
        return Ok(());
    }
    let named = |services: &[(&UnitName, &BundleService)]| {
        let more = services.len().saturating_sub(MOST);
        let more = (more > 0).then(|| format!("{more} more"));
        let names = services.iter().take(MOST).map(|(name, _)| name.as_str());
        enumerated(&names.chain(more.as_deref()).collect::<Vec<_>>())
    };
    let shares = match (&same[..], &rest[..]) {
        ([], rest) => format!("the file system of its view with {}", named(rest)),
        (same, []) => format!("its view with {}", named(same)),
        (same, rest) => format!(
            "its view with {}, and the file system of it with {}",
            named(same),
            named(rest)
        ),
    };
    bail!(
        "{name} shares {shares}: what each opens can't be told apart; give it a view of its own (confinement.observe = true), deploy that, and observe it then"
    )
}
