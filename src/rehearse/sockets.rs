//! The sockets on which the processes of a control group listen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::processes::processes;

/// `TCP_LISTEN` of the kernel, as its tables have it.
const LISTENS: &str = "0A";
/// The flag of a listening socket in the table of Unix sockets (`__SO_ACCEPTCON`).
const ACCEPTS: &str = "00010000";
/// Ports from here on are given by the kernel, so they differ from time to time (`ip_local_port_range`).
const FIRST_OF_KERNEL: u16 = 32768;

/// Returns the sockets on which processes of the control group at `group` listen.
pub fn listening(group: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for process in processes(group) {
        let process = Path::new("/proc").join(process);
        let inodes = inodes(&process);
        if !inodes.is_empty() {
            let here = listening_in(&process.join("net"));
            found.extend(
                here.into_iter()
                    .filter(|(inode, _)| inodes.contains(inode))
                    .map(|(_, name)| name),
            );
        }
    }
    found
}

/// Returns the inodes of the sockets that a process has open.
fn inodes(process: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(process.join("fd"));
    let links = files
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|file| fs::read_link(file.path()).ok());
    links
        .filter_map(|link| {
            let name = link.to_str()?.strip_prefix("socket:[")?;
            Some(name.strip_suffix(']')?.to_owned())
        })
        .collect()
}

/// Returns the listening sockets of a network namespace, by inode.
fn listening_in(net: &Path) -> BTreeMap<String, String> {
    let mut sockets = BTreeMap::new();
    for (table, kind) in [
        ("tcp", "tcp"),
        ("tcp6", "tcp"),
        ("udp", "udp"),
        ("udp6", "udp"),
    ] {
        let text = fs::read_to_string(net.join(table)).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let [_, local, _, state, _, _, _, _, _, inode, ..] = fields[..] else {
                continue;
            };
            let Some((address, port)) = address(local) else {
                continue;
            };
            let is_listening = if kind == "tcp" {
                state == LISTENS
            } else {
                port > 0
            };
            if is_listening && port < FIRST_OF_KERNEL {
                sockets.insert(inode.to_owned(), format!("{kind} {address}:{port}"));
            }
        }
    }
    let text = fs::read_to_string(net.join("unix")).unwrap_or_default();
    for line in text.lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().collect();
        if let [_, _, _, flags, _, _, inode, name, ..] = fields[..]
            && flags == ACCEPTS
        {
            sockets.insert(inode.to_owned(), format!("unix {name}"));
        }
    }
    sockets
}

/// Reads an address of the kernel's tables: hexadecimal words in the order of the machine, and the port.
fn address(text: &str) -> Option<(String, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Option<Vec<u32>> = (0..address.len() / 8)
        .map(|index| u32::from_str_radix(address.get(index * 8..index * 8 + 8)?, 16).ok())
        .collect();
    let bytes: Vec<u8> = words?.into_iter().flat_map(u32::to_ne_bytes).collect();
    let address = if let Ok(bytes) = <[u8; 4]>::try_from(bytes.as_slice()) {
        IpAddr::from(Ipv4Addr::from(bytes))
    } else {
        IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?))
    };
    Some(match address {
        IpAddr::V4(address) => (address.to_string(), port),
        IpAddr::V6(address) => (format!("[{address}]"), port),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_kernel_writes_them() {
        let is = |text: &str, address: &str, port| {
            assert_eq!(super::address(text), Some((address.to_owned(), port)));
        };
        if cfg!(target_endian = "little") {
            is("0100007F:1F90", "127.0.0.1", 8080);
            is("00000000000000000000000001000000:0050", "[::1]", 80);
        }
        assert_eq!(super::address("0100007F"), None);
        assert_eq!(super::address("01:0050"), None);
    }

    #[test]
    fn this_process_listens_on_what_it_opened() -> anyhow::Result<()> {
        let listener =
            std::os::unix::net::UnixListener::bind(tempfile::tempdir()?.keep().join("s"))?;
        let path = listener
            .local_addr()?
            .as_pathname()
            .map(|path| path.display().to_string());
        let own = inodes(Path::new("/proc/self"));
        let found = listening_in(Path::new("/proc/self/net"));
        let mut names = found
            .iter()
            .filter(|(inode, _)| own.contains(*inode))
            .map(|(_, name)| name.clone());
        assert!(names.any(|name| Some(name) == path.as_ref().map(|path| format!("unix {path}"))));
        Ok(())
    }
}
