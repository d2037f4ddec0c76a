//! Where hosts have their files.

/// Directories at the top in which hosts have files of programs and of people.
const TOPS: [&str; 9] = [
    "/etc/", "/home/", "/media/", "/mnt/", "/opt/", "/root/", "/srv/", "/usr/", "/var/",
];

/// Those of the kernel and of running programs.
pub const RUNTIME: [&str; 3] = ["/dev/", "/proc/", "/run/"];

/// Those that people make for their data.
pub const OF_DATA: [&str; 3] = ["/backup/", "/data/", "/storage/"];

/// Whether a path, or the beginning of one, is below a directory in which hosts have files, or below one of `more`.
pub fn is_of_host(path: &str, more: &[&[&str]]) -> bool {
    host_tops(more).any(|top| path.starts_with(top))
}

/// The directories in which hosts have files, and `more`, each with a slash at its end.
pub fn host_tops<'t>(more: &[&'t [&'t str]]) -> impl Iterator<Item = &'t str> {
    TOPS.into_iter()
        .chain(more.iter().copied().flatten().copied())
}
