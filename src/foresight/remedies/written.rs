//! Files of which only the name is known, and that services most likely write to.

use super::shown::TEMPORARY;
use crate::foresight::known::Use;
use crate::store::below;

/// Directories in which services write.
const WRITTEN: [&str; 4] = ["/var/cache", "/var/db", "/var/log", "/var/spool"];

/// How sockets are called.
const SOCKETS: [&str; 4] = [".sock", ".socket", "/sock", "/socket"];

/// Whether a file that is only said to have this path is most likely made.
pub(in crate::foresight) fn is_made(path: &str) -> bool {
    let marks = [".pid", ".lock"];
    SOCKETS.iter().chain(&marks).any(|end| path.ends_with(end))
}

/// The directory that a service most likely writes to that is only said to name a path. `None` if it most likely reads it.
pub(super) fn written_in(path: &str, how: Use) -> Option<&str> {
    let is_socket = SOCKETS.iter().any(|end| path.ends_with(end));
    let is_written = path.ends_with(".log") || WRITTEN.iter().any(|dir| below(path, dir).is_some());
    let (above, name) = path.rsplit_once('/')?;
    // A name without a dot in a directory of many is most likely that of a directory.
    let dir = if WRITTEN.contains(&above) && !name.contains('.') {
        path
    } else {
        above
    };
    let is_known = is_socket || is_written && how == Use::Names;
    (is_known && !dir.is_empty() && !TEMPORARY.contains(&dir)).then_some(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_and_sockets_need_their_directory() {
        for (path, how, dir) in [
            ("/var/log/web/web.log", Use::Names, Some("/var/log/web")),
            ("/var/log/web", Use::Names, Some("/var/log/web")),
            ("/var/log/web.log", Use::Names, Some("/var/log")),
            ("/var/log/web.log", Use::Reads, None),
            ("/var/db/web/data", Use::Names, Some("/var/db/web")),
            ("/run/web/web.sock", Use::Reads, Some("/run/web")),
            ("/run/web.sock", Use::Names, None),
            ("/run/secrets/web", Use::Names, None),
        ] {
            assert_eq!(written_in(path, how), dir, "{path}");
        }
    }
}
