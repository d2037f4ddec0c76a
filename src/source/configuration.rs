//! The `confinix.toml` of a request.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use crate::config::{CONFIG_FILE, Config, find_config, nearest_config, read_config};

/// Where the `confinix.toml` comes from.
#[derive(Clone, Debug, Default)]
pub enum Configuration {
    /// It is searched for in the working directory and above, if it is needed.
    #[default]
    Nearest,
    /// This file.
    File(PathBuf),
    /// It was already read: a pipe can't be read twice.
    Read(Arc<Config>),
}

impl Configuration {
    /// Returns the file to add options to: the one that is read, or a new one in the working directory.
    pub fn file(&self) -> Result<PathBuf> {
        let read = match self {
            Self::Nearest => find_config()?,
            Self::File(file) => Some(file.clone()),
            Self::Read(config) => config.file().map(PathBuf::from),
        };
        Ok(read.unwrap_or_else(|| CONFIG_FILE.into()))
    }

    /// The `confinix.toml` that the request names.
    pub(super) fn given(&self) -> Result<Option<Arc<Config>>> {
        Ok(match self {
            Self::Nearest => None,
            Self::File(file) => Some(Arc::new(read_config(file)?)),
            Self::Read(config) => Some(config.clone()),
        })
    }
}

/// The `confinix.toml` in the working directory or above.
pub(super) fn nearest() -> Result<Option<Arc<Config>>> {
    Ok(nearest_config()?.map(Arc::new))
}
