//! Directories of links that lead to another directory beside them, as administrators have them.

use anyhow::Result;

use crate::code::Code;
use crate::foresight::known::Use;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::root::{Found, MountKind};

/// How such a directory ends, and how the one that its links lead to ends.
const LINKED: [(&str, &str); 4] = [
    ("/letsencrypt/live", "/letsencrypt/archive"),
    ("/sites-enabled", "/sites-available"),
    ("/conf-enabled", "/conf-available"),
    ("/mods-enabled", "/mods-available"),
];

impl Sight<'_> {
    /// Directories that are shown without the one that their links lead to.
    pub(super) fn linked(&self) -> Result<Vec<Trouble>> {
        let mut seen = Vec::new();
        for mount in &self.inside.root().mounts {
            let MountKind::Bind { source } = &mount.kind else {
                continue;
            };
            for (links, files) in LINKED {
                let Some(at) = source.find(links) else {
                    continue;
                };
                let rest = &source[at + links.len()..];
                let files = format!("{}{files}", &source[..at]);
                let is_of_it = rest.is_empty() || rest.starts_with('/');
                if !is_of_it || self.inside.look(&files)? != Found::Missing {
                    continue;
                }
                let message = format!(
                    "the service's root shows {source}, where hosts mostly have links to {files}, which is not in it"
                );
                let trouble = Trouble::new(Code::HostFileNamed, &files, message);
                let remedies = self.file_remedies(&files, Use::Names);
                seen.push(trouble.uncertain_if(true).fixed_by(remedies));
            }
        }
        Ok(seen)
    }
}
