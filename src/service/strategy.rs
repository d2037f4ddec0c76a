//! How a closure gets into the root of a service, as a user asks for it.

use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// How the closure gets into the service's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A `BindReadOnlyPaths=` for each path; works everywhere.
    Bind,
    /// A `BindPaths=` for each path, which keeps the read-only flag of a store that is a read-only mount; quicker.
    Inherit,
    /// One bind of a view (see [`crate::view`]); takes the same time however large the closure is.
    Image,
}

impl Strategy {
    /// The name as options have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Inherit => "inherit",
            Self::Image => "image",
        }
    }
}

/// A strategy as a user asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Choice {
    /// The quickest that works where the service is to run.
    #[default]
    Auto,
    /// This one.
    Only(Strategy),
}

impl FromStr for Choice {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self> {
        Ok(match text {
            "auto" => Self::Auto,
            "bind" => Self::Only(Strategy::Bind),
            "inherit" => Self::Only(Strategy::Inherit),
            "image" => Self::Only(Strategy::Image),
            _ => bail!("{text:?} is not a strategy: there are auto, bind, inherit and image"),
        })
    }
}

impl TryFrom<String> for Choice {
    type Error = anyhow::Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Choice> for String {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Auto => "auto".to_owned(),
            Choice::Only(strategy) => strategy.name().to_owned(),
        }
    }
}
