use std::fs;

use anyhow::{Result, bail};
use confinix::audit::{Audit, Date, Policy, Target, audit};
use confinix::bundle::read_sealed;
use confinix::code::{Level, Levels};
use confinix::document::{Document, Kind};
use confinix::rehearse::Records;
use confinix::store::{Closely, Directories, Entry, Item, LocalFiles, NoFiles, StoreFiles};
use insta::assert_snapshot;

use crate::store::Store;
use crate::support::RECORDING;

#[test]
fn what_will_not_work_is_told_with_its_fix() -> Result<()> {
    let mut store = Store::new()?;
    let none = serde_json::json!({});
    store.service("host", "/usr/bin/web", &none, false);
    store.service("shell", "/bin/sh -c 'exec web'", &none, false);
    store.service("bare", "-ln -s a b", &none, false);
    store.service("plain", "bad:/bin/plain", &none, false);
    store.service("cut", "bad:/bin/cut", &none, false);
    store.service("late", "bad:/bin/late", &none, true);
    store.service("perl", "bad:/bin/perl", &none, true);
    store.service(
        "script",
        "script:/bin/start --ca=/etc/ssl/ca.crt",
        &none,
        false,
    );
    store.service("broken", "script:/bin/broken", &none, false);
    store.service(
        "shell-file",
        "shell:/bin/sh script:/bin/start --ca=/etc/ssl/ca.crt",
        &none,
        false,
    );
    store.service(
        "settings",
        "+shell:/bin/sh",
        &serde_json::json!({ "WorkingDirectory": ["/srv"], "Environment": [store.fill("\"X=data:/file\"")] }),
        false,
    );
    assert_snapshot!(store.check(1)?);
    Ok(())
}

#[test]
fn nothing_is_said_of_what_will_start() -> Result<()> {
    let mut store = Store::new()?;
    store.service(
        "text",
        "@/bin/sh sh -c 'exec shell:/bin/sh'",
        &serde_json::json!({}),
        true,
    );
    store.service(
        "path",
        "sh",
        &serde_json::json!({ "ExecSearchPath": [store.fill("shell:/bin")], "WorkingDirectory": ["-/srv"] }),
        false,
    );
    store.service(
        "state",
        "shell:/bin/sh",
        &serde_json::json!({ "StateDirectory": ["state"], "WorkingDirectory": ["/var/lib/state"] }),
        false,
    );
    let text = store.check(0)?;
    assert!(
        text.starts_with("3 services: 0 denied, 0 warnings"),
        "{text}"
    );
    Ok(())
}

#[test]
fn what_can_not_be_looked_at_is_said_once() -> Result<()> {
    let mut store = Store::new()?;
    for name in ["a", "b"] {
        store.service(name, "shell:/bin/sh", &serde_json::json!({}), false);
    }
    store.check(0)?;
    let recorded = [&["check"][..], &RECORDING].concat();
    let said = |arguments: &[&str]| -> Result<()> {
        let text = store.place.stdout(0, arguments)?;
        let line = "warn not-inspected: confinix could not check what will fail in 2 services: ";
        assert_eq!(text.matches(line).count(), 1, "{text}");
        Ok(())
    };
    said(&recorded)?;
    fs::remove_dir_all(store.path("shell"))?;
    said(&["check", "bundle"])?;
    // The absence of findings means nothing.
    crate::common::confinix(["report", "bundle"])
        .within(store.place.path(""))
        .succeeds()?;
    let page = store.place.read("report.html")?;
    assert!(page.contains("no failure found, not all checked"), "{page}");
    store
        .place
        .expect(1, &["check", "bundle", "-D", "not-inspected"])?;
    store
        .place
        .expect(2, &["check", "bundle", "--no-foresight"])?;
    Ok(())
}

#[test]
fn a_policy_excepts_what_is_foreseen() -> Result<()> {
    let mut store = Store::new()?;
    store.service("host", "/usr/bin/web", &serde_json::json!({}), false);
    store.place.write(
        "confinix.toml",
        "[[rule]]\nservices = [\"host\"]\nallow = [{ code = \"command-missing\", reason = \"bound elsewhere\" }]\n",
    )?;
    store.check(0)?;
    Ok(())
}

/// The host's files in an adopted root are unknown beforehand; of the store, only the closure is visible.
#[test]
fn an_adopted_root_is_foreseen_as_far_as_it_is_known() -> Result<()> {
    let mut store = Store::new()?;
    store.adopted("fine", "shell:/bin/sh -c '/usr/bin/web /etc/web.conf'", &[]);
    store.adopted(
        "of-host",
        "/usr/bin/web --in=/srv/web",
        &[("WorkingDirectory", "/srv")],
    );
    store.adopted("bare", "web", &[]);
    store.adopted("default-path", "shell:/bin/sh -c 'sed x'", &[]);
    let text = store.check(0)?;
    assert!(
        text.starts_with("4 services: 0 denied, 0 warnings"),
        "{text}"
    );

    let mut store = Store::new()?;
    store.adopted(
        "script",
        "shell:/bin/sh -c 'sed x; script:/bin/start'",
        &[("Environment", "\"PATH=data:/bin\"")],
    );
    store.adopted("absent", "shell:/bin/nothing", &[]);
    store.adopted("cut", "bad:/bin/cut", &[]);
    store.adopted("dynamic", "/tmp", &[("DynamicUser", "yes")]);
    store.adopted("names", "shell:/bin/sh", &[("Environment", "X=data:/file")]);
    assert_snapshot!(store.check(1)?);
    Ok(())
}

#[test]
fn what_runs_on_the_host_is_not_foreseen() -> Result<()> {
    let mut store = Store::new()?;
    store.adopted(
        "main",
        "shell:/bin/sh",
        &[("RootDirectoryStartOnly", "yes")],
    );
    let before = serde_json::json!([{ "text": store.fill("shell:/bin/nothing"), "context": {} }]);
    if let Some(service) = store.services.get_mut("main.service") {
        service["exec"]["ExecStartPre"] = before;
    }
    store.check(0)?;
    store.adopted(
        "main",
        "shell:/bin/nothing",
        &[("RootDirectoryStartOnly", "yes")],
    );
    store.check(1)?;
    Ok(())
}

/// A store whose files can be listed but not read.
struct Locked(LocalFiles);

impl StoreFiles for Locked {
    fn entry(&self, path: &str, nar_size: Option<u64>) -> Result<Option<Entry>> {
        self.0.entry(path, nar_size)
    }
    fn open(&self, path: &str, _: Kind) -> Result<Option<Document>> {
        bail!("cannot read {path}: permission denied")
    }
    fn list(&self, path: &str) -> Result<Option<Vec<String>>> {
        self.0.list(path)
    }
    fn directories(&self, path: &str) -> Result<Option<Directories>> {
        self.0.directories(path)
    }
    fn items(&self, path: &str, closely: Closely) -> Result<Option<Vec<Item>>> {
        self.0.items(path, closely)
    }
}

#[test]
fn a_file_that_can_not_be_read_is_a_finding() -> Result<()> {
    let mut store = Store::new()?;
    let none = serde_json::json!({});
    store.service("locked", "script:/bin/start", &none, false);
    store.service("shell", "shell:/bin/sh script:/bin/start", &none, false);
    store.check(1)?;
    let bundle = read_sealed(&store.place.path("bundle"))?;
    let report = audit(&Audit {
        targets: vec![Target {
            startable: None,
            name: "bundle",
            host: None,
            files: Some(&Locked(LocalFiles::new("/", &bundle.store_dir))),
            store: &NoFiles,
            bundle: &bundle,
        }],
        policy: &Policy::default(),
        levels: Levels::new(),
        today: Date::parse("2026-11-21")?,
        rehearsals: &Records::default(),
        requires_rehearsal: false,
        exposing: None,
    })?;
    assert_eq!(report.count(Level::Deny), 0, "{:?}", report.findings);
    let unread = |message: &str| message.contains("which was not checked: cannot read");
    let findings = report
        .findings
        .iter()
        .filter(|finding| unread(&finding.message));
    assert_eq!(findings.count(), 2, "{:?}", report.findings);
    Ok(())
}
