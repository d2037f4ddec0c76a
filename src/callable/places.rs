//! Where paths lead in the store paths of an inventory.

use std::collections::VecDeque;

use super::executables::What;
use super::inventory::{At, Inventory};

/// How many symlinks Linux follows in one path (path_resolution(7)).
const MAX_SYMLINKS: usize = 40;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// To an executable, or to a symlink to one.
    Executable(At),
    /// Into a store path, to this path below it, which need not exist.
    Within(usize, String),
    /// Elsewhere.
    Outside,
}

impl Inventory<'_> {
    /// Where a path below a store path leads.
    pub(super) fn place(&self, start: usize, below: &str) -> Place {
        self.walk(start, below, false)
    }

    /// The file that a symlink leads to, if that is an executable.
    pub(super) fn file_of(&self, (path, index): At) -> Option<At> {
        self.leads_to(path, &self.paths[path].executables[index].below)
    }

    /// The executable file that a path below a store path leads to.
    pub(super) fn leads_to(&self, start: usize, below: &str) -> Option<At> {
        match self.walk(start, below, true) {
            Place::Executable(at) => Some(at),
            Place::Within(..) | Place::Outside => None,
        }
    }

    /// Walks along a path. `through`: whether to follow a symlink at its end that leads to an executable.
    fn walk(&self, start: usize, below: &str, through: bool) -> Place {
        let mut todo: VecDeque<String> = parts(below);
        // `None`: in the directory of the store.
        let (mut path, mut done) = (Some(start), String::new());
        let mut links = 0;
        loop {
            if let Some(at) = path {
                let here = &self.paths[at];
                if todo.is_empty()
                    && let Some(index) = here.find(&done)
                    && (!through || matches!(here.executables[index].what, What::File(_)))
                {
                    return Place::Executable((at, index));
                }
                if let Some(target) = here.target(&done) {
                    links += 1;
                    if links > MAX_SYMLINKS {
                        return Place::Outside;
                    }
                    let rest = if target.starts_with('/') {
                        let Some(rest) = target.strip_prefix(self.dir.as_str()) else {
                            return Place::Outside;
                        };
                        path = None;
                        done.clear();
                        rest
                    } else {
                        up(&mut path, &mut done);
                        target
                    };
                    for part in parts(rest).into_iter().rev() {
                        todo.push_front(part);
                    }
                    continue;
                }
            }
            let Some(part) = todo.pop_front() else {
                break;
            };
            match (part.as_str(), path) {
                ("..", Some(_)) => up(&mut path, &mut done),
                ("..", None) => return Place::Outside,
                (part, Some(_)) => {
                    if !done.is_empty() {
                        done.push('/');
                    }
                    done.push_str(part);
                }
                (part, None) => {
                    let hash = part.split('-').next().unwrap_or_default();
                    let Some(found) = self.find(hash) else {
                        return Place::Outside;
                    };
                    path = Some(found);
                }
            }
        }
        path.map_or(Place::Outside, |at| Place::Within(at, done))
    }
}

/// The parent of a place.
fn up(path: &mut Option<usize>, done: &mut String) {
    match done.rfind('/') {
        Some(at) => done.truncate(at),
        None if done.is_empty() => *path = None,
        None => done.clear(),
    }
}

fn parts(path: &str) -> VecDeque<String> {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.map(str::to_owned).collect()
}
