//! Store paths, the graph they form, and the closures in it.

mod closures;
mod files;
mod graph;
mod hash;
mod objects;
mod path;
mod read;

pub use closures::closures;
pub use files::{Entry, LocalFiles, NoFiles, Resolved, StoreFiles, resolve};
pub use graph::{Graph, GraphBuilder, MAX_NAR_SIZE, NodeId, PathInfo};
pub use hash::NarHash;
pub use objects::{Object, objects};
pub use path::{Mention, StoreDir, StorePath, is_name_char, mentions};
pub use read::{GraphSeed, read_graph};
