//! The view of a closure: one mount that shows its paths and no others.
//!
//! A tiny EROFS image holds a directory `view` with an entry for each path of the closure: an empty directory or file that
//! overlayfs is told to look for elsewhere (`trusted.overlay.redirect`), or the path's own symlink. Mounted over the store,
//!
//! ```text
//! mount -t erofs IMAGE META
//! mount -t overlay -o ro,metacopy=on,redirect_dir=follow,lowerdir=META:STORE overlay VIEW
//! ```
//!
//! `VIEW/view` shows the closure with the store's own files behind it. However large the closure, a service takes one bind mount.
//! See Documentation/filesystems/overlayfs.rst in the kernel, "redirect_dir" and "metacopy".

mod erofs;

pub use erofs::image;

/// The directory in an image that holds the paths.
pub const DIRECTORY: &str = "view";
