//! What the manager of a user makes for services.

use crate::service::Settings;

/// Settings with binds of the directories that the manager makes for the service, and without the settings that ask for them. Since
/// systemd 254, the state may be a link to what was in the configuration before.
pub fn of_user(settings: &Settings) -> Settings {
    let mut own = Settings::default();
    for (name, values) in settings.iter() {
        let parents = parents(name);
        for value in values {
            if parents.is_empty() {
                own.push(name, value.to_owned());
                continue;
            }
            let directories = value.split_whitespace();
            let directories = directories.filter_map(|word| word.split(':').next());
            for directory in directories {
                for parent in parents {
                    own.push("BindPaths", format!("-{parent}/{directory}"));
                }
            }
        }
    }
    own
}

/// The directories in which the manager of a user makes those of a setting (`exec_context`, file-hierarchy(7)); none of another setting.
fn parents(setting: &str) -> &'static [&'static str] {
    match setting {
        "StateDirectory" => &["%S", "%E"],
        "LogsDirectory" => &["%L", "%E/log"],
        "ConfigurationDirectory" => &["%E"],
        "CacheDirectory" => &["%C"],
        "RuntimeDirectory" => &["%t"],
        _ => &[],
    }
}
