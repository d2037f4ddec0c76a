use anyhow::Result;
use insta::assert_snapshot;

use crate::common::{OFFLINE, confinix, fixture};
use crate::support::{Place, RECORDING};

#[test]
fn the_shortest_chain_is_shown() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stdout(0, &["why", "bundle", "web", "libc"])?);
    Ok(())
}

#[test]
fn every_root_is_shown_where_asked_for() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stdout(
        0,
        &["why", "--all", "bundle", "wiki.service", "{shell,libc}*"]
    )?);
    Ok(())
}

#[test]
fn scripts_get_json() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stdout(0, &["why", "--json", "bundle", "backup", "tls-3.5"])?);
    Ok(())
}

#[test]
fn a_service_is_taken_confined_or_not() -> Result<()> {
    let shop = |service, pattern| {
        confinix(["why", "-f", "fixtures/shop", "--all", service, pattern])
            .args(OFFLINE)
            .within(fixture("."))
            .run()
    };
    let fax = shop("fax", "fax")?.with_code(0)?.stdout;
    assert!(fax.contains("\n  serviceConfig.ExecStart[0]\n"), "{fax}");
    shop("web", "ledger")?.with_code(0)?;
    let none = shop("faxe", "fax")?.with_code(3)?.stderr;
    assert_snapshot!(none, @"confinix: no service is called faxe.service: correct the name or the glob");
    // For other commands, --all selects services, which a recording has already done.
    let place = Place::new()?;
    let recorded = [&["why", "--all", "web", "libc"][..], &RECORDING].concat();
    place.stdout(0, &recorded)?;
    place.stderr(2, &[&["audit", "--all"][..], &RECORDING].concat())?;
    Ok(())
}

#[test]
fn a_target_may_be_made_in_memory() -> Result<()> {
    let place = Place::with_bundle()?;
    let made = place.stdout(0, &[&["why", "web", "tls"][..], &RECORDING].concat())?;
    assert_eq!(made, place.stdout(0, &["why", "bundle", "web", "tls"])?);
    Ok(())
}

#[test]
fn no_match_is_no_and_names_what_comes_closest() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stdout(1, &["why", "bundle", "web", "libd"])?, @"web.service sees nothing that matches libd; similar names: libc");
    assert_snapshot!(place.stdout(1, &["why", "bundle", "web", "0c0dfgh"])?, @"web.service sees nothing that matches 0c0dfgh; no similar names");
    assert_snapshot!(place.stdout(1, &["why", "bundle", "web", "libc-2.40"])?, @"web.service sees nothing that matches libc-2.40; similar names: libc-2.41");
    Ok(())
}

#[test]
fn wrong_calls_say_how_it_is_called() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stderr(2, &["why", "bundle", "web"])?, @"confinix: why takes a target, a service and a pattern (omit the target with --file, --expr, --services or --units); see `confinix why --help`");
    assert_snapshot!(place.stderr(2, &["why", "bundle", "web", "lib["])?);
    assert_snapshot!(place.stderr(3, &["why", "bundle", "wep", "libc"])?, @"confinix: no service is called wep.service; did you mean web? The services are backup, web, wiki");
    Ok(())
}

#[test]
fn a_broken_seal_is_refused() -> Result<()> {
    let place = Place::with_bundle()?;
    place.edit("bundle/bundle.json", "chroot-only", "full-apivfs")?;
    assert_snapshot!(place.stderr(3, &["why", "bundle", "web", "libc"])?);
    Ok(())
}

#[test]
fn of_many_services_a_few_are_named() -> Result<()> {
    let place = Place::new()?;
    let mut recorded: serde_json::Value = serde_json::from_str(&place.read("services.json")?)?;
    let web = recorded["services"]["web.service"].clone();
    for number in 10..40 {
        recorded["services"][format!("web{number}.service")] = web.clone();
    }
    place.write("services.json", &recorded.to_string())?;
    place.bundle("bundle")?;
    let few = "backup, web, web10, web11, web12, web13, web14, web15, web16, web17 and 23 more\n";
    for command in [
        &["show", "bundle", "wbe"][..],
        &["show", "bundle", "-s", "wbe"],
    ] {
        let said = place.stderr(3, command)?;
        assert!(said.ends_with(few), "{said}");
    }
    Ok(())
}
