//! The pages of the browser.

use crate::service::UnitName;
use crate::store::StorePath;

/// A service of one of the hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOf {
    /// The number of the host.
    pub host: usize,
    /// The name of the service.
    pub name: UnitName,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Every service.
    Services,
    /// Every store path, with the number of services that see it.
    Paths,
    /// Every finding.
    Findings,
    /// A service.
    Service(ServiceOf, Tab),
    /// A store path: why a service sees it, or which services do.
    Path(Option<ServiceOf>, StorePath),
    /// The finding with this number among those of one cause.
    Finding(usize),
    /// The keys.
    Help,
}

/// A tab of a service's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The store paths that it sees.
    Closure,
    /// Its closure roots, with what they refer to.
    Tree,
    /// What its closure has: executables, interpreters, code.
    Surface,
    /// What was found about it.
    Findings,
    /// What its drop-in sets.
    Settings,
}

impl Tab {
    /// All tabs, in their order.
    pub const ALL: [Self; 5] = [
        Self::Closure,
        Self::Tree,
        Self::Surface,
        Self::Findings,
        Self::Settings,
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Closure => "Closure",
            Self::Tree => "Tree",
            Self::Surface => "Surface",
            Self::Findings => "Findings",
            Self::Settings => "Settings",
        }
    }
}

impl Page {
    /// The pages that the browser begins with.
    pub const FIRST: [Self; 3] = [Self::Services, Self::Paths, Self::Findings];

    /// The pages among which the tabs of this one choose; none if it has no tabs.
    pub fn tabs(&self) -> Vec<(&'static str, Self)> {
        match self {
            Self::Services | Self::Paths | Self::Findings => vec![
                ("Services", Self::Services),
                ("Store paths", Self::Paths),
                ("Findings", Self::Findings),
            ],
            Self::Service(service, _) => Tab::ALL
                .map(|tab| (tab.title(), Self::Service(service.clone(), tab)))
                .into(),
            Self::Path(..) | Self::Finding(_) | Self::Help => Vec::new(),
        }
    }
}
