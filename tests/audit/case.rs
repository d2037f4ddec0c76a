//! Services for tests of foresight.

use anyhow::Result;
use serde_json::Value;

use crate::store::Store;

/// Services in a store, for `check`.
pub struct Case(pub Store);

impl Case {
    pub fn new() -> Result<Self> {
        let mut store = Store::new()?;
        for tool in [
            "cat", "mkdir", "whoami", "id", "chown", "env", "nginx", "initdb", "touch",
        ] {
            store.tool(tool)?;
        }
        Ok(Self(store))
    }

    /// Adds a bash script with `-e`, as `script:/bin/NAME`.
    pub fn script(&mut self, name: &str, text: &str) -> Result<()> {
        let text = self.0.fill(&format!("#!shell:/bin/sh -e\n{text}\n"));
        self.0
            .file("script", &format!("bin/{name}"), text.as_bytes(), 0o555)
    }

    pub fn add(&mut self, name: &str, line: &str, settings: &Value) {
        let filled = self.0.fill(&settings.to_string());
        let settings = serde_json::from_str(&filled).unwrap_or_default();
        self.0.service(name, line, &settings, false);
    }

    /// Switches an existing service to mode chroot-only.
    pub fn chroot_only(&mut self, name: &str) {
        self.confine(name, "mode", "chroot-only".into());
    }

    /// Sets an option of `confinement` of an existing service.
    pub fn confine(&mut self, name: &str, option: &str, value: Value) {
        if let Some(service) = self.0.services.get_mut(&format!("{name}.service")) {
            service["confinement"][option] = value;
        }
    }

    /// Expects no findings.
    pub fn is_fine(&self) -> Result<()> {
        let text = self.0.check(0)?;
        assert!(text.contains(": 0 denied, 0 warnings"), "{text}");
        Ok(())
    }
}
