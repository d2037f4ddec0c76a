//! Errors for targets that are not bundles, with remedies.

use std::path::Path;

use super::BUNDLE_FILE;

/// Why there is no bundle in `dir`, which has no `bundle.json`.
pub fn no_bundle(dir: &Path) -> String {
    let name = dir.display();
    if dir.is_dir() {
        format!(
            "{name} is not a bundle: it has no {BUNDLE_FILE} (`confinix bundle -o DIR` makes one)"
        )
    } else if dir.file_name().is_some_and(|file| file == BUNDLE_FILE) && dir.exists() {
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new(".")).display();
        format!("{name} is a file of a bundle: name the directory that it is in ({parent})")
    } else if dir.exists() {
        format!(
            "{name} is not a bundle: it is a file, and a bundle is a directory (`confinix bundle -o DIR` makes one)"
        )
    } else {
        format!("{name} is not a bundle: no such directory (`confinix bundle -o DIR` makes one)")
    }
}

/// Why a `bundle.json` can't be read, and what to do.
pub fn unreadable(error: &anyhow::Error) -> &'static str {
    let json = error.chain().find_map(|cause| {
        let direct = cause.downcast_ref::<serde_json::Error>();
        direct.or_else(|| {
            let with_path = cause.downcast_ref::<serde_path_to_error::Error<serde_json::Error>>();
            with_path.map(serde_path_to_error::Error::inner)
        })
    });
    match json.map(serde_json::Error::classify) {
        Some(serde_json::error::Category::Eof) => {
            "it ends too early: copy the bundle again, or make it again with `confinix bundle -o DIR`"
        }
        Some(serde_json::error::Category::Syntax) => {
            "it is not JSON: copy the bundle again, or make it again with `confinix bundle -o DIR`"
        }
        _ => "it is not a bundle of this version of confinix (`confinix bundle -o DIR` makes one)",
    }
}
