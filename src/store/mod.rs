//! Store paths, their graph, and its closures.

mod below;
mod chains;
mod closures;
mod directories;
mod files;
mod graph;
mod hash;
mod listed;
mod mention;
mod objects;
mod package;
mod path;
mod pattern;
mod read;
mod walk;

pub use below::below;
pub use chains::Chains;
pub use closures::closures;
pub use directories::Directories;
pub use files::{Entry, LocalFiles, NoFiles, Resolved, StoreFiles, resolve};
pub use graph::{Graph, GraphBuilder, Link, MAX_NAR_SIZE, NodeId, PathInfo};
pub use hash::NarHash;
pub use mention::{Mention, base_names, mentions};
pub use objects::{Object, Objects, look_at_each};
pub use package::{Package, name_packages, split};
pub use path::{StoreDir, StorePath, is_name_char};
pub use pattern::{PackagePattern, PathPattern};
pub use read::{GraphSeed, parse_graph, read_graph};
pub use walk::Walk;
