//! Store paths, their graph, and its closures.

mod below;
mod chains;
mod closures;
mod descend;
mod directories;
mod files;
mod graph;
mod hash;
mod items;
mod listed;
mod mention;
mod objects;
mod package;
mod path;
mod pattern;
mod read;
mod resolve;
mod version;
mod walk;

pub use below::below;
pub use chains::Chains;
pub use closures::closures;
pub use directories::Directories;
pub use files::{Entry, LocalFiles, NoFiles, StoreFiles};
pub use graph::{Graph, GraphBuilder, Link, MAX_NAR_SIZE, NodeId, PathInfo};
pub use hash::NarHash;
pub use items::{Beginning, Closely, Inside, Item, ItemKind};
pub use mention::{Mention, base_names, mentions};
pub use objects::{Object, Objects, look_at_each};
pub use package::{Package, name_packages, split};
pub use path::{StoreDir, StorePath, is_name_char};
pub use pattern::{NamePattern, PackagePattern, PathPattern};
pub use read::{GraphSeed, parse_graph, read_graph};
pub use resolve::{Resolved, resolve};
pub use version::compare_versions;
pub use walk::Walk;
