//! The files of the store that nix was told to use.

use super::Nix;
use super::remote_files::RemoteFiles;
use crate::store::{LocalFiles, NoFiles, StoreDir, StoreFiles};

/// The files of nix's store: on this machine, below the root of a `local?root=` store, or through `nix store ls` and `nix store cat`.
pub fn files<'a>(nix: &'a Nix<'a>, dir: &StoreDir) -> Box<dyn StoreFiles + 'a> {
    let from_environment = std::env::var("NIX_REMOTE").ok();
    let store = nix.options().store.clone().or(from_environment);
    match local_root(store.as_deref().unwrap_or_default()) {
        Some(root) => Box::new(LocalFiles::new(root, dir)),
        None => Box::new(RemoteFiles::new(nix)),
    }
}

/// The files of the store that nix uses when told `store`, where they are on this machine; no files where they are not.
pub fn local_files(store: Option<&str>, dir: &StoreDir) -> Box<dyn StoreFiles> {
    let from_environment = std::env::var("NIX_REMOTE").ok();
    match local_root(store.or(from_environment.as_deref()).unwrap_or_default()) {
        Some(root) => Box::new(LocalFiles::new(root, dir)),
        None => Box::new(NoFiles),
    }
}

/// The directory below which a store has its files on this machine (the store URLs of `nix help-stores`).
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
