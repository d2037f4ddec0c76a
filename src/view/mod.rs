//! Views of closures: one mount on the host that shows each closure in a directory of its own.
//!
//! An EROFS image without data contains a directory `view`, in it a directory for each closure, and in that an entry for each of its
//! store paths: a directory or file that overlayfs looks up in the store (`trusted.overlay.redirect`), or a copy of the path's symlink.
//! When it is mounted over the store,
//!
//! ```text
//! mount -t erofs IMAGE NAMES
//! mount -t overlay -o ro,metacopy=on,redirect_dir=follow,lowerdir=NAMES:STORE overlay VIEW
//! ```
//!
//! `VIEW/view/CLOSURE` shows a closure with the store's own files. A service needs one bind mount, however large its closure is, and
//! the host has two mounts, however many closures there are.
//!
//! Files and symlinks are in the image once. Directories are in it once for each view, with every directory below them; overlayfs
//! merges them with the store's, which have the files. Without them, it would show the store's own directories, and the kernel knows a
//! directory by one name only: a look through one view would move a directory there, and whoever is in it in another view would lose
//! its `..`.
//!
//! A view can leave out files and whole directories: a whiteout, a character device 0:0, is in their place, and overlayfs shows nothing.
//!
//! See Documentation/filesystems/overlayfs.rst in the kernel, "redirect_dir" and "metacopy".

mod erofs;
mod tree;

pub use erofs::image;
pub use tree::Tree;

/// The directory in an image that contains the views.
pub const DIRECTORY: &str = "view";

/// What a view shows of a store path.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// A directory.
    Directory(&'a Tree),
    /// A file.
    File {
        /// Its size, in bytes.
        size: u64,
        /// Whether it can be executed.
        executable: bool,
    },
    /// A symlink with this target.
    Symlink(&'a str),
}
