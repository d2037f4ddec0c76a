//! Selection of services.

use anyhow::Result;

use crate::support::{CHECKOUT, bundle, bundle_json, confinix, keys, scratch};

fn taken(arguments: &[&str]) -> Result<Vec<String>> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    bundle(["-f", "fixtures/shop", "-o"])
        .arg(&out)
        .args(arguments)
        .within(CHECKOUT)
        .succeeds()?;
    keys(&bundle_json(&out)?["services"])
}

#[test]
fn all_takes_what_is_not_confined_too() -> Result<()> {
    let all = taken(&["--all"])?;
    assert_eq!(all.len(), 12);
    assert!(
        all.contains(&"fax.service".to_owned()) && all.contains(&"warehouse.service".to_owned())
    );
    Ok(())
}

#[test]
fn a_name_takes_its_service_confined_or_not() -> Result<()> {
    assert_eq!(taken(&["-s", "fax"])?, ["fax.service"]);
    assert_eq!(
        taken(&["-s", "fax.service", "--select", "web"])?,
        ["fax.service", "web.service"]
    );
    assert_eq!(taken(&["-s", "till@front"])?, ["till@front.service"]);
    Ok(())
}

#[test]
fn a_glob_takes_all_that_match() -> Result<()> {
    assert_eq!(
        taken(&["-s", "search*"])?,
        ["search-index.service", "search.service"]
    );
    assert_eq!(taken(&["-s", "c*"])?, ["cart.service", "catalogue.service"]);
    assert_eq!(
        taken(&["-s", "[wm]*", "-s", "?ax"])?,
        [
            "fax.service",
            "mail.service",
            "warehouse.service",
            "web.service"
        ]
    );
    assert_eq!(
        taken(&["-s", "{cart,mail}.service"])?,
        ["cart.service", "mail.service"]
    );
    assert_eq!(
        taken(&["-s", "[!a-v]*"])?,
        ["warehouse.service", "web.service"]
    );
    Ok(())
}

#[test]
fn a_name_that_matches_nothing_is_an_error_that_names_it() -> Result<()> {
    for (flags, name) in [(["-s", "tills"], "tills"), (["-s", "x*"], "x*")] {
        bundle(["-f", "fixtures/shop", "-s", "web"])
            .args(flags)
            .within(CHECKOUT)
            .fails(
                3,
                &[&format!(
                    "no service is called {name}: correct the name or the glob\n"
                )],
            )?;
    }
    let services = confinix(["services", "-f", "fixtures/shop"])
        .within(CHECKOUT)
        .succeeds()?
        .stdout;
    let scratch = scratch()?;
    bundle(["--services", "-", "-s", "tills", "-o"])
        .arg(scratch.path().join("out"))
        .input(services)
        .fails(
            3,
            &["no service is called tills; did you mean till@? The services are backup, cart"],
        )?;
    Ok(())
}

#[test]
fn a_broken_glob_is_wrong_usage() -> Result<()> {
    for glob in ["[a", "", "a\nb", "{a"] {
        bundle(["-f", "fixtures/shop", "-s", glob])
            .within(CHECKOUT)
            .fails(2, &[&format!("{glob:?} is not a glob")])?;
    }
    Ok(())
}

#[test]
fn characters_that_no_name_has_match_nothing() -> Result<()> {
    for glob in [
        "a\"b", "a b", "${x}", "a+(b)|c^", "ä", "a/b", "\\x2d", "%n", "[]a]", "!#~'",
    ] {
        bundle(["-f", "fixtures/shop", "-s", glob])
            .within(CHECKOUT)
            .fails(3, &[&format!("no service is called {glob}")])?;
    }
    Ok(())
}

#[test]
fn recorded_services_are_selected_alike() -> Result<()> {
    let all = confinix(["services", "--all", "-f", "fixtures/shop"])
        .within(CHECKOUT)
        .succeeds()?
        .stdout;
    for glob in ["fax", "search*", "[wm]*", "{cart,mail}.service", "?ax"] {
        let scratch = scratch()?;
        let out = scratch.path().join("out");
        bundle(["--services", "-", "-s", glob, "-o"])
            .arg(&out)
            .input(all.as_str())
            .succeeds()?;
        assert_eq!(
            keys(&bundle_json(&out)?["services"])?,
            taken(&["-s", glob])?,
            "{glob}"
        );
    }
    Ok(())
}

#[test]
fn the_name_of_an_instance_takes_its_template_if_there_is_no_such_service() -> Result<()> {
    let set = r#"{
      services."t@" = { confinement.enable = true; serviceConfig.ExecStart = "/bin/x"; };
      services."t@own".serviceConfig.ExecStartPre = "/bin/y";
      services."other@" = { confinement.enable = true; serviceConfig.ExecStart = "/bin/x"; };
    }"#;
    let services = |selected: &str| {
        let run = confinix(["services", "-s", selected, "--expr", set]).succeeds()?;
        keys(&serde_json::from_str::<serde_json::Value>(&run.stdout)?["services"])
    };
    assert_eq!(services("t@one")?, ["t@.service"]);
    assert_eq!(services("t@one.service")?, ["t@.service"]);
    assert_eq!(services("t@own")?, ["t@own.service"]);
    confinix(["services", "-s", "u@one", "--expr", set])
        .fails(3, &["no service is called u@one"])?;
    Ok(())
}
