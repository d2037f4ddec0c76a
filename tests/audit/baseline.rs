use anyhow::Result;
use insta::assert_snapshot;

use crate::audit::{AUDIT, place};
use crate::common::confinix;
use crate::store::Store;

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&AUDIT[..], &["--baseline", "accepted.toml"], more].concat()
}

#[test]
fn a_baseline_accepts_what_is_found_today() -> Result<()> {
    let place = place()?;
    place.edit("confinix.toml", "deney = [\"sqlite\"]\n", "")?;
    assert_snapshot!(place.stdout(0, &with(&["--update-baseline"]))?, @"accepted.toml: 13 findings accepted");
    assert_snapshot!(place.read("accepted.toml")?);
    assert_snapshot!(place.stdout(0, &with(&[]))?);
    let first = place.read("accepted.toml")?;
    place.stdout(0, &with(&["--update-baseline"]))?;
    assert_eq!(place.read("accepted.toml")?, first);
    Ok(())
}

#[test]
fn what_is_new_or_has_grown_is_found_and_what_is_gone_is_named() -> Result<()> {
    let place = place()?;
    place.edit("confinix.toml", "deney = [\"sqlite\"]\n", "")?;
    place.stdout(0, &with(&["--update-baseline"]))?;
    place.edit("accepted.toml", "amount = 5 ", "amount = 4 ")?;
    place.edit("accepted.toml", "subject = \"tls\"", "subject = \"old\"")?;
    assert_snapshot!(place.stdout(1, &with(&[]))?);
    Ok(())
}

#[test]
fn a_wrong_baseline_is_refused_with_its_place() -> Result<()> {
    let place = place()?;
    let mut said = place.stderr(3, &with(&[]))?;
    for text in [
        "",
        "version = 2\n",
        "version = \"1\"\n",
        "version = 1\naccepted = 1\n",
        "version = 1\nother = 1\n",
        "version = 1\naccepted = [\n  { code = \"shell-present\" },\n]\n",
        "version = 1\naccepted = [\n  { service = \"a/b\", code = \"shell-present\", subject = \"x\" },\n]\n",
        "version = 1\naccepted = [\n  { service = \"a.service\", code = \"shell\", subject = \"x\" },\n]\n",
        "version = 1\naccepted = [\n  { service = \"a.service\", code = \"shell-present\", subject = \"x\" },\n  { service = \"a.service\", code = \"shell-present\", subject = \"x\" },\n]\n",
        "version = [",
    ] {
        place.write("accepted.toml", text)?;
        said.push_str(&place.stderr(3, &with(&[]))?);
    }
    assert_snapshot!(said);
    Ok(())
}

#[test]
fn no_other_file_is_replaced() -> Result<()> {
    let place = place()?;
    place.write("accepted.toml", "precious = true\n")?;
    assert_snapshot!(place.stderr(3, &with(&["--update-baseline"]))?);
    assert_eq!(place.read("accepted.toml")?, "precious = true\n");
    place.stderr(2, &[&AUDIT[..], &["--update-baseline"]].concat())?;
    Ok(())
}

#[test]
fn an_update_leaves_a_baseline_as_it_is() -> Result<()> {
    let baseline = [
        "audit",
        "bundle",
        "--no-policy",
        "--baseline",
        "accepted.toml",
    ];
    let with_version = |version: &str| -> Result<Store> {
        let mut store = Store::new()?;
        let tool = format!("tool-{version}");
        store.file(&tool, "share/x", b"", 0o444)?;
        let line = format!("{}/bin/gone", store.path(&tool));
        store.service("web", &line, &serde_json::json!({}), false);
        store.check(1)?;
        Ok(store)
    };
    let old = with_version("1.0")?;
    let audit = |store: &Store, more: &[&str]| {
        confinix(baseline)
            .args(more)
            .within(store.place.path("."))
            .run()
    };
    audit(&old, &["--update-baseline"])?.with_code(0)?;
    let text = old.place.read("accepted.toml")?;
    assert!(text.contains("/…-tool/bin/gone\""), "{text}");

    let new = with_version("2.0")?;
    audit(&new, &["--update-baseline"])?.with_code(0)?;
    let updated = new.place.read("accepted.toml")?;
    assert_eq!(updated.replace(new.dir(), ""), text.replace(old.dir(), ""));
    let written = audit(&new, &[])?.with_code(0)?.stdout;
    assert!(written.contains(" 0 denied, 0 warnings"), "{written}");

    // A baseline of an earlier confinix contains the hash of that time.
    let earlier = text.replace(
        &format!("{}/…-tool", old.dir()),
        &old.path("tool-1.0").replace(old.dir(), new.dir()),
    );
    assert!(earlier.contains("-tool-1.0/bin/gone"), "{earlier}");
    new.place.write("accepted.toml", &earlier)?;
    let read = audit(&new, &[])?.with_code(0)?.stdout;
    assert_eq!(read, written);
    Ok(())
}
