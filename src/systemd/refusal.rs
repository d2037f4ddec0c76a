//! Conflicting settings.

use super::{UnitFile, reading};
use crate::service::{ExecSetting, boolean};

impl UnitFile {
    /// Why systemd refuses a service with all of these settings (`service_verify`); `None` if it does not.
    pub fn refusal(&self) -> Option<&'static str> {
        let commands = |wanted| {
            let lines = self.exec.iter().filter(|(setting, _)| *setting == wanted);
            let lines: Vec<_> = lines.map(|(_, line)| line.as_str()).collect();
            let reset = lines.iter().rposition(|line| line.is_empty());
            let in_force = &lines[reset.map_or(0, |reset| reset + 1)..];
            in_force.iter().map(|line| reading::count(line)).sum()
        };
        let value = |setting| self.settings.value(setting);
        let is_on = |setting| value(setting).and_then(boolean) == Some(true);
        let starts: usize = commands(ExecSetting::ExecStart);
        let stops: usize = commands(ExecSetting::ExecStop);
        let has_action = self.has_success_action == Some(true);
        let is_oneshot = match value("Type") {
            Some(of_type) => of_type == "oneshot",
            None => value("BusName").is_none() && starts == 0,
        };
        let is_home = value("WorkingDirectory").is_some_and(|path| path.ends_with('~'));
        Some(if starts == 0 && stops == 0 && !has_action {
            "it has no ExecStart=, ExecStop= or SuccessAction="
        } else if starts == 0 && !is_oneshot {
            "a service without ExecStart= needs Type=oneshot"
        } else if starts == 0 && !has_action && !is_on("RemainAfterExit") {
            "without ExecStart= and SuccessAction= it needs RemainAfterExit=yes"
        } else if starts > 1 && !is_oneshot {
            "more than one ExecStart= needs Type=oneshot"
        } else if is_oneshot && matches!(value("Restart"), Some("always" | "on-success")) {
            "with Type=oneshot it can't have Restart=always or Restart=on-success"
        } else if is_oneshot && value("ExitType") == Some("cgroup") {
            "with Type=oneshot it can't have ExitType=cgroup"
        } else if value("Type") == Some("dbus") && value("BusName").is_none() {
            "with Type=dbus it needs a BusName="
        } else if value("PAMName").is_some()
            && matches!(value("KillMode"), Some("process" | "none"))
        {
            "with PAMName= it needs KillMode=control-group or KillMode=mixed"
        } else if is_on("DynamicUser") && is_home {
            "with DynamicUser=yes it can't have WorkingDirectory=~"
        } else {
            return None;
        })
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use crate::systemd::file::tests::parse;

    #[test]
    fn settings_that_do_not_go_together_are_refused() -> Result<()> {
        for (lines, is_refused) in [
            ("", true),
            ("ExecStop=/a", true),
            ("ExecStop=/a\nRemainAfterExit=yes", false),
            ("ExecStop=/a\nType=simple", true),
            ("ExecStart=/a\nExecStart=/b", true),
            ("ExecStart=/a ; /b", true),
            ("ExecStart=/a\nExecStart=\nExecStart=/b", false),
            ("Type=oneshot\nExecStart=/a ; /b", false),
            ("Type=oneshot\nExecStart=/a\nRestart=always", true),
            ("Type=dbus\nExecStart=/a", true),
            ("ExecStart=/a\nPAMName=x\nKillMode=process", true),
            ("ExecStart=/a\nDynamicUser=1\nWorkingDirectory=~", true),
            ("ExecReload=/a", true),
        ] {
            let unit = parse(format!("[Service]\n{lines}").as_bytes())?;
            assert_eq!(unit.refusal().is_some(), is_refused, "{lines}");
        }
        let unit = parse(b"[Unit]\nSuccessAction=reboot\n[Service]\n")?;
        assert_eq!(unit.refusal(), None);
        Ok(())
    }
}
