//! Walks along a path, component by component, like the kernel.

use std::collections::VecDeque;

/// The number of symlinks that Linux follows in one path (path_resolution(7)).
const MAX_SYMLINKS: usize = 40;

/// A walk along an absolute path. The caller looks up each place, and passes on the targets of symlinks.
pub struct Walk {
    done: Vec<String>,
    todo: VecDeque<String>,
    links: usize,
}

impl Walk {
    /// Starts at `/`.
    pub fn new(path: &str) -> Self {
        Self {
            done: Vec::new(),
            todo: components(path).map(str::to_owned).collect(),
            links: 0,
        }
    }

    /// Moves to the next place and returns it; `None` at the end. If the caller followed all symlinks, no parent of it is one.
    pub fn step(&mut self) -> Option<String> {
        loop {
            let part = self.todo.pop_front()?;
            match part.as_str() {
                "." => {}
                ".." => {
                    self.done.pop();
                }
                _ => {
                    self.done.push(part);
                    return Some(self.here());
                }
            }
        }
    }

    /// Whether the path continues from here, even if only by `..` or a trailing slash. If so, a directory must be here, or a
    /// symlink to one.
    pub fn goes_on(&self) -> bool {
        !self.todo.is_empty()
    }

    /// Returns the current place.
    pub fn here(&self) -> String {
        format!("/{}", self.done.join("/"))
    }

    /// Follows the symlink at the current place to `target`. Returns false after too many symlinks, as they may form a cycle.
    #[must_use]
    pub fn follow(&mut self, target: &str) -> bool {
        self.links += 1;
        if target.starts_with('/') {
            self.done.clear();
        } else {
            self.done.pop();
        }
        for part in components(target).rev() {
            self.todo.push_front(part.to_owned());
        }
        self.links <= MAX_SYMLINKS
    }
}

/// Returns the components of a path. A `.` is kept only at the end, where it requires a directory, as a trailing slash does.
fn components(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    let is_directory = path == "." || path.ends_with('/') || path.ends_with("/.");
    path.split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .chain(is_directory.then_some("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_followed_from_where_it_stands() {
        let mut walk = Walk::new("//a/./b/c/");
        assert_eq!(walk.step().as_deref(), Some("/a"));
        assert_eq!(walk.step().as_deref(), Some("/a/b"));
        assert!(walk.follow("../d"));
        assert_eq!(walk.step().as_deref(), Some("/d"));
        assert!(walk.follow("/e"));
        assert_eq!(walk.step().as_deref(), Some("/e"));
        assert_eq!(walk.step().as_deref(), Some("/e/c"));
        assert_eq!(walk.step(), None);
        assert_eq!(walk.here(), "/e/c");
    }

    #[test]
    fn it_goes_on_where_a_directory_is_asked_for() {
        for (path, goes_on) in [
            ("/a", false),
            ("/./a", false),
            ("/a/", true),
            ("/a//", true),
            ("/a/.", true),
            ("/a/..", true),
            ("/a/b", true),
        ] {
            let mut walk = Walk::new(path);
            assert_eq!(walk.step().as_deref(), Some("/a"), "{path}");
            assert_eq!(walk.goes_on(), goes_on, "{path}");
        }
        for (target, goes_on) in [("b", false), ("b/", true), ("./b/.", true), ("/b", false)] {
            let mut walk = Walk::new("/a");
            assert_eq!(walk.step().as_deref(), Some("/a"));
            assert!(walk.follow(target));
            assert_eq!(walk.step().as_deref(), Some("/b"), "{target}");
            assert_eq!(walk.goes_on(), goes_on, "{target}");
        }
    }

    #[test]
    fn nothing_is_above_the_root() {
        let mut walk = Walk::new("/../..");
        assert_eq!(walk.step(), None);
        assert_eq!(walk.here(), "/");
    }

    #[test]
    fn as_many_links_as_linux_follows_are_followed() {
        let mut walk = Walk::new("/a");
        let followed = (0..).take_while(|_| walk.step().is_some() && walk.follow("a"));
        assert_eq!(followed.count(), 40);
    }
}
