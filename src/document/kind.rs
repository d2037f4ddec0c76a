//! The kinds of documents, with their size limits.

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `bundle.json`.
    Bundle,
    /// A drop-in, a mount unit or an image of a bundle.
    BundleFile,
    /// A services value.
    Services,
    /// The output of `nix path-info --json`, or another graph.
    Graph,
    /// The structured attributes of a derivation.
    Attributes,
    /// A `confinix.toml`.
    Policy,
    /// A baseline.
    Baseline,
    /// A file of advisories.
    Advisories,
    /// A record of a rehearsal.
    Record,
    /// The manifest of an installed generation.
    Manifest,
    /// A unit file or a drop-in.
    Unit,
    /// An environment file (`EnvironmentFile=`).
    Environment,
    /// A program in a store elsewhere. Programs on this machine are read only in part.
    Program,
    /// A file that starts with `#!`.
    Script,
    /// A configuration file of a program.
    Configuration,
    /// A list of users or groups.
    Accounts,
    /// Nix's output about files of a store.
    Listing,
    /// Other output of nix.
    Output,
}

const MIB: u64 = 1 << 20;

impl Kind {
    /// Returns the maximum size in bytes. Each is many times the largest size seen: a bundle of 40,000 store paths has 30 MiB.
    pub fn limit(self) -> u64 {
        match self {
            Self::Bundle | Self::BundleFile | Self::Graph | Self::Attributes => 1024 * MIB,
            Self::Services | Self::Program | Self::Record => 256 * MIB,
            Self::Listing | Self::Output | Self::Manifest | Self::Advisories => 64 * MIB,
            Self::Baseline | Self::Unit => 16 * MIB,
            Self::Policy
            | Self::Environment
            | Self::Script
            | Self::Configuration
            | Self::Accounts => 4 * MIB,
        }
    }

    /// Returns the name for use in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bundle => "a bundle.json",
            Self::BundleFile => "a file of a bundle",
            Self::Services => "a services value",
            Self::Graph => "a graph",
            Self::Attributes => "the attributes of a build",
            Self::Policy => "a policy",
            Self::Baseline => "a baseline",
            Self::Advisories => "advisories",
            Self::Record => "a record of a rehearsal",
            Self::Manifest => "the manifest of a generation",
            Self::Unit => "a unit file",
            Self::Environment => "an environment file",
            Self::Program => "a program",
            Self::Script => "a script",
            Self::Configuration => "a configuration",
            Self::Accounts => "a list of users",
            Self::Listing => "a listing of a store path",
            Self::Output => "the output of nix",
        }
    }

    /// Returns the remedy for a document that is too large.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Bundle | Self::BundleFile | Self::Attributes => {
                "make a bundle of fewer services with --select"
            }
            Self::Services => "record fewer services with --select",
            Self::Graph => "record the closures of fewer store paths",
            Self::Policy => "check that it is the right file",
            Self::Baseline => "write it again with --update-baseline",
            Self::Advisories => "split it into several files",
            Self::Record => "rehearse fewer services with --select",
            Self::Unit => "remove the file, or don't select its service",
            Self::Environment
            | Self::Program
            | Self::Script
            | Self::Configuration
            | Self::Accounts
            | Self::Listing
            | Self::Manifest
            | Self::Output => "check why it is so large",
        }
    }
}
