use anyhow::Result;
use insta::assert_snapshot;

use crate::support::{Place, RECORDING};

/// A place with two bundles. In `new`, tls has another version, so httpd and the archiver have another path; wiki has lost its theme
/// and sets PrivateTmp; archive replaces backup.
fn two_bundles() -> Result<Place> {
    let place = Place::new()?;
    place.bundle("old")?;
    for file in ["services.json", "graph.json"] {
        for (from, to) in [
            (
                "65szzjwvsq0pkwiafw0qrcscygx6x33r-tls-3.5",
                "75szzjwvsq0pkwiafw0qrcscygx6x33r-tls-3.6.1",
            ),
            (
                "ximzi5p6ixmmyj1v7lc7qy2f4jrar60i-httpd",
                "yimzi5p6ixmmyj1v7lc7qy2f4jrar60i-httpd",
            ),
            (
                "mfcxn7kq6qrhxasxrq5f423rizhk757q-archiver",
                "nfcxn7kq6qrhxasxrq5f423rizhk757q-archiver",
            ),
        ] {
            place.write(file, &place.read(file)?.replace(from, to))?;
        }
    }
    place.edit("graph.json", "\"narSize\": 28856", "\"narSize\": 30904")?;
    place.edit("services.json", "backup.service", "archive.service")?;
    place.edit(
        "services.json",
        "\"DynamicUser\": [",
        "\"PrivateTmp\": [\"false\"], \"DynamicUser\": [",
    )?;
    let services = place.read("services.json")?;
    let theme = services
        .find("\"packages\": [\n          {")
        .map(|at| at + "\"packages\": [".len());
    let theme = theme.ok_or_else(|| anyhow::anyhow!("there is no theme"))?;
    let end = theme + services[theme..].find("\n        ]").unwrap_or_default();
    place.write(
        "services.json",
        &format!("{}{}", &services[..theme], &services[end..]),
    )?;
    place.bundle("new")?;
    Ok(place)
}

#[test]
fn people_see_what_changes_and_what_restarts() -> Result<()> {
    assert_snapshot!(two_bundles()?.stdout(0, &["diff", "old", "new"])?);
    Ok(())
}

#[test]
fn rebuilt_packages_are_named_where_asked_for() -> Result<()> {
    assert_snapshot!(two_bundles()?.stdout(0, &["diff", "--rebuilds", "old", "new"])?);
    Ok(())
}

#[test]
fn scripts_get_json() -> Result<()> {
    assert_snapshot!(two_bundles()?.stdout(0, &["diff", "--format", "json", "old", "new"])?);
    Ok(())
}

#[test]
fn reviewers_get_markdown() -> Result<()> {
    assert_snapshot!(two_bundles()?.stdout(0, &["diff", "--format=markdown", "old", "new"])?);
    Ok(())
}

#[test]
fn the_exit_code_tells_where_asked_to() -> Result<()> {
    let place = two_bundles()?;
    place.expect(1, &["diff", "--exit-code", "old", "new"])?;
    assert_snapshot!(
        place.stdout(0, &["diff", "--exit-code", "old", "old"])?,
        @"0 services added, 0 removed, 0 changed (0 to restart), 3 unchanged"
    );
    Ok(())
}

#[test]
fn the_second_may_be_made_in_memory() -> Result<()> {
    let place = two_bundles()?;
    let made = place.stdout(0, &[&["diff", "old"][..], &RECORDING].concat())?;
    assert_eq!(made, place.stdout(0, &["diff", "old", "new"])?);
    let missing = place.stderr(2, &["diff", "old"])?;
    assert_snapshot!(missing, @"confinix: diff takes two targets (omit the second with --file, --expr, --services or --units); see `confinix diff --help`");
    Ok(())
}
