//! `confinix enter`: the root of a service on this machine, with the real bubblewrap.

mod paths;
mod run;
mod shell;
mod signals;

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;

use crate::support::{OFFLINE, Run, bundle, confinix, scratch};

/// Host directories that contain a shell and its tools, wherever the host has them.
pub const TOOLS: &str = r#"[ "-/usr" "-/lib" "-/lib64" "-/bin" "-/run/current-system" ]"#;

pub struct Root {
    scratch: TempDir,
}

impl Root {
    pub fn new(rest: &str) -> Result<Self> {
        Self::of(&format!(
            r#"{{ services.web = {{
                serviceConfig.ExecStart = builtins.toFile "web" "w";
                serviceConfig.BindReadOnlyPaths = {TOOLS};
                {rest}
            }}; }}"#
        ))
    }

    pub fn of(services: &str) -> Result<Self> {
        let scratch = scratch()?;
        let root = Self { scratch };
        bundle(["--expr", services, "--all", "-o"])
            .arg(root.bundle())
            .succeeds()?;
        Ok(root)
    }

    pub fn bundle(&self) -> PathBuf {
        self.scratch.path().join("bundle")
    }

    fn enter<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        let bundle = self.bundle();
        let first: [&OsStr; 3] = ["enter".as_ref(), bundle.as_ref(), "web".as_ref()];
        confinix(first).args(arguments)
    }

    /// Returns the output of a shell command in the root.
    fn prints(&self, words: &str) -> Result<String> {
        Ok(self.enter(["--", "sh", "-c", words]).succeeds()?.stdout)
    }

    fn ls(&self) -> Result<String> {
        Ok(self.enter(["--ls"]).succeeds()?.stdout)
    }
}

#[test]
fn directories_may_be_quoted() -> Result<()> {
    let root = Root::new(
        r#"
        serviceConfig.StateDirectory = [ "\"web\":link" "'of b'" "a" ];
        serviceConfig.RuntimeDirectory = [ "'r b'" "a" ];
        "#,
    )?;
    assert_eq!(
        root.prints("echo $STATE_DIRECTORY; echo $RUNTIME_DIRECTORY; cd /var/lib/link; pwd -P")?,
        "/var/lib/a:/var/lib/of b:/var/lib/web\n/run/a:/run/r b\n/var/lib/web\n"
    );
    Ok(())
}

#[test]
fn variables_are_taken_away_as_systemd_does_it() -> Result<()> {
    let root = Root::new(
        r#"
        environment = { A = "a"; B = "b c"; C = "c"; };
        serviceConfig.StateDirectory = "web";
        serviceConfig.UnsetEnvironment = "STATE_DIRECTORY A \"B=b c\" C=other";
        "#,
    )?;
    let ran = root
        .enter(["--", "sh", "-c", "echo ${A-}${B-}${C-}${STATE_DIRECTORY-}"])
        .succeeds()?;
    assert_eq!(ran.stdout, "c\n");
    assert!(!ran.stderr.contains("UnsetEnvironment"), "{}", ran.stderr);
    Ok(())
}

#[test]
fn a_command_sees_the_root_of_the_service() -> Result<()> {
    let root = Root::new(
        r#"
        environment.GREETING = "a b";
        serviceConfig.StateDirectory = "web:link";
        serviceConfig.WorkingDirectory = "%S/%N";
        confinement.presets = [ "users" "tls" ];
        "#,
    )?;
    assert_eq!(
        root.prints("cd /nix/store; ls | cut -c 34-; cat *-web; stat -c %a . /nix")?,
        "web\nw755\n755\n"
    );
    assert_eq!(
        root.prints(
            "echo $GREETING; echo $STATE_DIRECTORY; echo $SSL_CERT_FILE; pwd; > made && echo *"
        )?,
        "a b\n/var/lib/web\n/etc/ssl/certs/ca-certificates.crt\n/var/lib/web\nmade\n"
    );
    assert_eq!(
        root.prints("cd /var/lib/link && pwd -P; id -u")?,
        "/var/lib/web\n0\n"
    );
    assert_eq!(
        root.prints("head -n 1 /etc/passwd; ls -d /home /etc/shadow 2>/dev/null; true")?
            .lines()
            .count(),
        1
    );
    // The root is read-only, except for the service's own directories.
    for place in ["/x", "/etc/x", "/nix/store/x", "/var/lib/x"] {
        let ran = root
            .enter(["--", "sh", "-c", &format!("> {place}")])
            .run()?;
        assert!(ran.stderr.contains("Read-only"), "{place}: {}", ran.stderr);
    }
    assert_eq!(
        root.prints("> /tmp/x; > /var/tmp/y; ls /proc | grep -c '^[0-9]'")?
            .trim()
            .len(),
        1
    );
    // Nothing is left behind.
    assert_eq!(
        root.prints("ls /tmp /var/lib/web")?,
        "/tmp:\n\n/var/lib/web:\n"
    );
    Ok(())
}

#[test]
fn a_service_without_api_file_systems_has_none() -> Result<()> {
    let root = Root::new(r#"confinement.mode = "chroot-only";"#)?;
    assert_eq!(
        root.prints("ls -d /proc/self /sys/kernel /dev/null /tmp 2>/dev/null; true")?,
        ""
    );
    let ls = root.ls()?;
    assert!(ls.contains("proc/\n") && ls.contains("dev/\n"), "{ls}");
    Ok(())
}

#[test]
fn what_is_otherwise_is_said_in_one_list() -> Result<()> {
    let root = Root::new(
        r#"
        serviceConfig = {
          User = "nobody"; LockPersonality = true; RestrictRealtime = false;
          SystemCallFilter = [ "@system-service" "~@privileged" ];
          BindPaths = [ "/not/here" "-/nor/this" ];
          WorkingDirectory = "/nowhere";
        };
        "#,
    )?;
    let run = |arguments: &[&str]| {
        let all = [arguments, &["--", "sh", "-c", "pwd; echo $USER"]].concat();
        root.enter(all).run()?.with_code(0)
    };
    let ran = run(&[])?;
    assert_eq!(ran.stdout, "/\nnobody\n");
    assert_eq!(
        ran.stderr,
        "Differences from web.service as deployed:
  User=: the command runs with your own user and groups
  LockPersonality=, SystemCallFilter=: system calls are not filtered
  missing on this machine: /not/here (BindPaths=/not/here): No such file or directory (os error 2)
  missing on this machine: /nowhere (WorkingDirectory=): the service would not start; the command starts in /
"
    );
    assert_eq!(run(&["-q"])?.stderr, "");
    assert_eq!(Root::new("")?.enter(["--", "true"]).succeeds()?.stderr, "");
    Ok(())
}

#[test]
fn the_tree_is_printed_without_bubblewrap() -> Result<()> {
    let expression = r#"{ services.web = {
        serviceConfig = { ExecStart = builtins.toFile "web" "w"; LogsDirectory = "web"; BindPaths = "/:/host"; TemporaryFileSystem = "/srv:ro"; };
    }; }"#;
    let root = Root::of(expression)?;
    let ran = root
        .enter(["--ls"])
        .env("PATH", "/nonexistent")
        .succeeds()?;
    insta::assert_snapshot!(ran.stdout);
    let json = root.enter(["--ls", "--json"]).succeeds()?.stdout;
    let tree: serde_json::Value = serde_json::from_str(&json)?;
    assert_eq!(
        tree["root"]["/host"],
        serde_json::json!({ "kind": "bind", "source": "/", "writable": true })
    );
    assert_eq!(
        tree["root"]["/srv"],
        serde_json::json!({ "kind": "empty", "writable": false })
    );
    Ok(())
}

#[test]
fn every_strategy_shows_the_same() -> Result<()> {
    let services = format!(
        r#"{{ services.web = {{ serviceConfig = {{ ExecStart = builtins.toFile "web" "w"; BindReadOnlyPaths = {TOOLS}; }}; }}; }}"#
    );
    let scratch = scratch()?;
    let mut seen = Vec::new();
    for strategy in ["bind", "inherit", "image"] {
        let ran = confinix([
            "enter",
            "--expr",
            &services,
            "--all",
            "--strategy",
            strategy,
        ])
        .args(OFFLINE)
        .args(["web", "--", "ls", "/nix/store"])
        .within(scratch.path())
        .succeeds()?;
        seen.push(ran.stdout);
    }
    assert!(
        seen[0].ends_with("-web\n") && seen.iter().all(|list| *list == seen[0]),
        "{seen:?}"
    );
    Ok(())
}

/// More paths than the kernel accepts as arguments, and more than bubblewrap mounts quickly.
pub const MANY: &str = r#"{ services.web = {
    serviceConfig = { ExecStart = builtins.toFile "web" "w"; BindReadOnlyPaths = TOOLS; };
    confinement.packages = builtins.genList (n: builtins.toFile "p${toString n}" "y${toString n}") 2000;
}; }"#;

#[test]
fn who_sees_the_whole_store_sees_it_here_too() -> Result<()> {
    let root = Root::new(r#"serviceConfig.BindPaths = "/nix/store";"#)?;
    let count = fs::read_dir("/nix/store")?.count();
    let seen: usize = root.prints("ls -A /nix/store | wc -l")?.trim().parse()?;
    // Other tests add entries at the same time.
    assert!(seen >= count && count > 1, "{seen} of {count}");
    Ok(())
}
