//! What settings mean for the user whose manager runs a service.

use std::path::PathBuf;

use anyhow::Result;

use crate::host::user::{directory, expanded, runtime_directory};
use crate::service::Settings;

/// Settings with the user's directories in place of their specifiers, and as binds the directories that the manager makes for the service.
/// Which of them it makes depends on the version of systemd: before 254, the state is in the configuration.
pub fn of_user(settings: &Settings) -> Result<Settings> {
    let mut own = Settings::default();
    for (name, values) in settings.iter() {
        let parents = parents(name)?;
        for value in values {
            let value = expanded(value)?;
            if parents.is_empty() {
                own.push(name, value);
                continue;
            }
            let directories = value.split_whitespace();
            let directories = directories.filter_map(|word| word.split(':').next());
            for directory in directories {
                for parent in &parents {
                    own.push(
                        "BindPaths",
                        format!("-{}", parent.join(directory).display()),
                    );
                }
            }
        }
    }
    Ok(own)
}

/// The directories in which the manager of a user makes those of a setting (`exec_context`, file-hierarchy(7)); none of another setting.
fn parents(setting: &str) -> Result<Vec<PathBuf>> {
    let configuration = directory("XDG_CONFIG_HOME", ".config")?;
    let state = directory("XDG_STATE_HOME", ".local/state")?;
    Ok(match setting {
        "StateDirectory" => vec![configuration, state],
        "LogsDirectory" => vec![configuration.join("log"), state.join("log")],
        "ConfigurationDirectory" => vec![configuration],
        "CacheDirectory" => vec![directory("XDG_CACHE_HOME", ".cache")?],
        "RuntimeDirectory" => vec![runtime_directory()?],
        _ => Vec::new(),
    })
}
