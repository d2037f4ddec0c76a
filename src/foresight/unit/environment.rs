//! Files of the environment, which systemd reads on the host before it enters the root.

use anyhow::Result;

use crate::change::{Change, Expression};
use crate::code::Code;
use crate::document::Kind;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::inspect::environment_files;
use crate::store::{Entry, Resolved, resolve};
use crate::systemd::Setting;

impl Sight<'_> {
    /// Files in the store that can't be read. Whether a file of the host exists has nothing to do with confinement.
    pub(super) fn environment_files(&self) -> Result<Vec<Trouble>> {
        let mut seen = Vec::new();
        let dir = self.inside.store_dir();
        for file in environment_files(&self.confined.service.settings) {
            let path = file.path;
            let Some(owner) = dir.owner(&path).filter(|_| !file.is_optional) else {
                continue;
            };
            if path.contains(['*', '?', '[']) {
                let message = format!(
                    "the unit sets EnvironmentFile={path}, and matching files were not checked"
                );
                seen.push(
                    Trouble::new(Code::EnvironmentFileMissing, &path, message).uncertain_if(true),
                );
                continue;
            }
            if path.contains('%') {
                continue;
            }
            let reason = match resolve(self.files, dir, &path)? {
                Resolved::Missing => "which does not exist",
                Resolved::Within(file)
                    if self.files.entry(&file, None)? == Some(Entry::Directory) =>
                {
                    "which is a directory"
                }
                Resolved::Within(file) => {
                    if let Err(error) = self.files.read(&file, Kind::Environment) {
                        let message = format!(
                            "the unit sets EnvironmentFile={path}, which was not checked: {error:#}"
                        );
                        seen.push(
                            Trouble::new(Code::EnvironmentFileMissing, &path, message)
                                .uncertain_if(true),
                        );
                    }
                    continue;
                }
                _ => continue,
            };
            let is_elsewhere = self.is_elsewhere(&owner)?;
            let message = format!("the unit sets EnvironmentFile={path}, {reason}");
            let values = self.confined.service.settings.list("EnvironmentFile");
            let values = values.iter().map(|value| {
                let optional = if value.replace("%%", "%") == path {
                    "-"
                } else {
                    ""
                };
                Expression::from(format!("{optional}{value}"))
            });
            let change = Change::Replace(Setting::EnvironmentFile, values.collect());
            // A configuration that names a store path which nothing has can't be evaluated.
            let remedies = if is_elsewhere {
                Vec::new()
            } else {
                self.fix("to start without it", &path, &[change])
            };
            seen.push(
                Trouble::new(Code::EnvironmentFileMissing, &path, message)
                    .uncertain_if(is_elsewhere)
                    .fixed_by(remedies),
            );
        }
        Ok(seen)
    }
}
