//! What documents there are, and how large each may be.

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `bundle.json`.
    Bundle,
    /// A drop-in, a mount unit or an image of a bundle.
    BundleFile,
    /// A services value.
    Services,
    /// What `nix path-info --json` prints, or another graph.
    Graph,
    /// The structured attributes of a derivation.
    Attributes,
    /// A `confinix.toml`.
    Policy,
    /// A baseline.
    Baseline,
    /// A unit file or a drop-in.
    Unit,
    /// A file that `EnvironmentFile=` names.
    Environment,
    /// A program in a store elsewhere: of one on this machine only what is needed is read.
    Program,
    /// A file with `#!` in front.
    Script,
    /// A file that a program is configured by.
    Configuration,
    /// A list of users or groups.
    Accounts,
    /// What nix prints about files of a store.
    Listing,
    /// What nix prints besides.
    Output,
}

const MIB: u64 = 1 << 20;

impl Kind {
    /// The largest size, in bytes. Each is many times what was ever seen: a bundle of 40,000 store paths has 30 MiB.
    pub fn limit(self) -> u64 {
        match self {
            Self::Bundle | Self::BundleFile | Self::Graph | Self::Attributes => 1024 * MIB,
            Self::Services | Self::Program => 256 * MIB,
            Self::Listing | Self::Output => 64 * MIB,
            Self::Baseline | Self::Unit => 16 * MIB,
            Self::Policy
            | Self::Environment
            | Self::Script
            | Self::Configuration
            | Self::Accounts => 4 * MIB,
        }
    }

    /// What it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bundle => "a bundle.json",
            Self::BundleFile => "a file of a bundle",
            Self::Services => "a services value",
            Self::Graph => "a graph",
            Self::Attributes => "the attributes of a build",
            Self::Policy => "a policy",
            Self::Baseline => "a baseline",
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

    /// What helps where one is too large.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Bundle | Self::BundleFile | Self::Attributes => {
                "make a bundle of fewer services with --select"
            }
            Self::Services => "record fewer services with --select",
            Self::Graph => "record the closures of fewer store paths",
            Self::Policy => "check that it is the right file",
            Self::Baseline => "write it again with --update-baseline",
            Self::Unit => "remove the file, or leave its service out",
            Self::Environment
            | Self::Program
            | Self::Script
            | Self::Configuration
            | Self::Accounts
            | Self::Listing
            | Self::Output => "check what makes it so large",
        }
    }
}
