//! The view of a closure: one mount that shows its paths and no others.
//!
//! A tiny EROFS image contains a directory `view` with an entry for each path of the closure: an empty directory or file that
//! overlayfs looks up elsewhere (`trusted.overlay.redirect`), or a copy of the path's symlink. When it is mounted over the store,
//!
//! ```text
//! mount -t erofs IMAGE META
//! mount -t overlay -o ro,metacopy=on,redirect_dir=follow,lowerdir=META:STORE overlay VIEW
//! ```
//!
//! `VIEW/view` shows the closure with the store's own files. A service needs one bind mount, however large its closure is.
//! See Documentation/filesystems/overlayfs.rst in the kernel, "redirect_dir" and "metacopy".

mod erofs;

pub use erofs::image;

/// The directory in an image that contains the paths.
pub const DIRECTORY: &str = "view";
