//! The files of the store that nix is configured to use.

use super::remote_files::RemoteFiles;
use super::{Nix, Options};
use crate::store::{LocalFiles, NoFiles, StoreDir, StoreFiles};

/// Returns the files of nix's store, on this machine or through `nix store ls` and `nix store cat`.
pub fn files<'a>(nix: &'a Nix<'a>, dir: &StoreDir) -> Box<dyn StoreFiles + 'a> {
    match on_this_machine(nix.options(), dir) {
        Some(files) => Box::new(files),
        None => Box::new(RemoteFiles::new(nix)),
    }
}

/// Returns the files of nix's store if they are on this machine, or else an empty set of files.
pub fn local_files(options: &Options, dir: &StoreDir) -> Box<dyn StoreFiles> {
    match on_this_machine(options, dir) {
        Some(files) => Box::new(files),
        None => Box::new(NoFiles),
    }
}

fn on_this_machine(options: &Options, dir: &StoreDir) -> Option<LocalFiles> {
    let root = local_root(&options.store_url().unwrap_or_default())?;
    Some(LocalFiles::new(root, dir))
}

/// Returns the directory under which the files of a store are on this machine, if they are. `nix help-stores` lists the store URLs.
fn local_root(store: &str) -> Option<String> {
    let (kind, parameters) = store.split_once('?').unwrap_or((store, ""));
    let parameter = |name: &str| {
        parameters
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    match kind {
        "" | "auto" | "daemon" | "local" if parameter("real").is_none() => {
            Some(parameter("root").unwrap_or_else(|| "/".to_owned()))
        }
        kind if kind.starts_with("unix://") => Some("/".to_owned()),
        kind if kind.starts_with(['/', '.']) => Some(kind.to_owned()),
        kind => kind
            .strip_prefix("local://")
            .filter(|root| root.starts_with('/'))
            .map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_url_tells_where_the_files_are() {
        for (url, root) in [
            ("", Some("/")),
            ("daemon", Some("/")),
            ("unix:///run/nix.sock", Some("/")),
            ("local?root=/mnt", Some("/mnt")),
            ("local?read-only=true&root=/mnt", Some("/mnt")),
            ("/mnt", Some("/mnt")),
            ("ssh-ng://host", None),
            ("https://cache.example.org", None),
            ("file:///srv/cache", None),
            ("local?real=/elsewhere", None),
        ] {
            assert_eq!(local_root(url).as_deref(), root, "{url}");
        }
    }
}
