//! Options of services in confinix.toml, like `systemd.services.<name>.confinement` for services from Nix.

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::made;
use crate::support::{Run, bundle_json, confinix, keys, scratch, strings};

/// A directory with units, a graph of five paths, and a confinix.toml.
struct Place(TempDir);

impl Place {
    fn new(config: &str) -> Result<Self> {
        let place = Self(scratch()?);
        let dir = place.0.path();
        fs::create_dir(dir.join("units"))?;
        let graph = made::graph(&[&[], &[], &[], &[], &[]]);
        fs::write(dir.join("graph.json"), graph.to_string())?;
        for (name, more) in [
            ("web", format!("Environment=PATH={}/bin\n", made::path(1))),
            ("worker", String::new()),
            (
                "t@",
                format!("# {}\nEnvironment=A={}\n", made::path(4), made::path(2)),
            ),
        ] {
            let unit = format!("[Service]\nExecStart={}\n{more}", made::path(0));
            fs::write(dir.join(format!("units/{name}.service")), unit)?;
        }
        fs::write(dir.join("confinix.toml"), config)?;
        Ok(place)
    }

    fn run(&self, subcommand: &str, arguments: &[&str]) -> Run {
        confinix([subcommand, "--units", "units"])
            .args(arguments)
            .within(self.0.path())
    }

    fn bundle(&self, arguments: &[&str]) -> Run {
        self.run("bundle", &["--graph", "graph.json"])
            .args(arguments)
    }

    fn made(&self, arguments: &[&str]) -> Result<Value> {
        self.bundle(arguments).succeeds()?;
        let dir = self.0.path().join("confinix-bundle");
        Ok(bundle_json(&dir)?["services"].take())
    }
}

fn roots(service: &Value) -> Vec<(&str, &str)> {
    let roots = service["roots"].as_array().into_iter().flatten();
    roots
        .filter_map(|root| root["origin"].as_str().zip(root["path"].as_str()))
        .collect()
}

#[test]
fn a_service_of_units_is_confined_by_its_options() -> Result<()> {
    let [exec, path, shell, package] = [0, 1, 2, 3].map(made::path);
    let place = Place::new(&format!(
        "[services.web]\nenable = true\nmode = \"chroot-only\"\npackages = [\"{package}\"]\nbin-sh = \"{shell}\"\n\
         include = [\"path\"]\nstrategy = \"inherit\"\npresets = [\"mine\", \"dns\"]\n\
         [presets.mine]\nenvironment.A = \"b\"\n\
         [services.worker]\nstrategy = \"bind\"\n"
    ))?;
    let services = place.made(&["--preset", "dns"])?;
    assert_eq!(keys(&services)?, ["web.service"]);
    let web = &services["web.service"];
    assert_eq!(
        roots(web),
        [
            ("ExecStart[0]", exec.as_str()),
            ("packages[0]", &package),
            ("binSh", &shell),
            ("path[0]", &path),
        ]
        .map(|(origin, path)| match origin {
            "ExecStart[0]" => ("web.service:ExecStart[0]", path),
            origin => (origin, path),
        })
    );
    assert_eq!(web["mode"], json!("chroot-only"));
    assert_eq!(web["strategy"], json!("inherit"));
    assert_eq!(strings(&web["presets"])?, ["mine", "dns"]);
    assert_eq!(web["binSh"], json!(shell));
    // The service's own options win, and --select overrides `enable`.
    let services = place.made(&["--select", "w*", "--strategy", "image"])?;
    assert_eq!(keys(&services)?, ["web.service", "worker.service"]);
    assert_eq!(services["worker.service"]["strategy"], json!("bind"));
    assert_eq!(services["worker.service"]["mode"], json!("full-apivfs"));
    Ok(())
}

#[test]
fn templates_and_instances_have_options_of_their_own() -> Result<()> {
    let place = Place::new(
        "[services.\"t@\"]\nfull-unit = true\n[services.\"t@one.service\"]\nenable = true\nmode = \"chroot-only\"\n",
    )?;
    let services = place.made(&[])?;
    assert_eq!(keys(&services)?, ["t@one.service"]);
    assert_eq!(services["t@one.service"]["mode"], json!("chroot-only"));
    let services = place.made(&["--all"])?;
    let template = &services["t@.service"];
    // Every path of the unit, except in comments.
    let unit = roots(template).into_iter();
    let unit: Vec<_> = unit.filter(|(origin, _)| *origin == "unit").collect();
    let (exec, user) = (made::path(0), made::path(2));
    assert_eq!(unit, [("unit", exec.as_str()), ("unit", &user)]);
    assert_eq!(services["t@one.service"]["mode"], json!("chroot-only"));
    Ok(())
}

#[test]
fn options_for_what_is_no_unit_are_refused() -> Result<()> {
    for (config, said) in [
        (
            "[services.wrker]",
            "confinix.toml:1:11: no unit wrker.service in units; did you mean \"worker\"?",
        ),
        (
            "[services.xyz]",
            "confinix.toml:1:11: no unit xyz.service in units: correct the name",
        ),
        (
            "[services.web]\nenabel = true",
            "confinix.toml:2:1: unknown key \"enabel\" in [services.web]; did you mean \"enable\"?",
        ),
    ] {
        Place::new(config)?.bundle(&["--all"]).fails(3, &[said])?;
    }
    Place::new("[services.web]\nmode = \"chroot-only\"")?
        .bundle(&[])
        .fails(2, &["unit files don't tell which services to confine"])?;
    Ok(())
}

#[test]
fn options_are_taken_from_the_file_that_is_named_and_recorded() -> Result<()> {
    let place = Place::new("[services.nothing]\n")?;
    let dir = place.0.path();
    fs::write(
        dir.join("other.toml"),
        "[services.web]\nenable = true\nmode = \"chroot-only\"\n",
    )?;
    let named = ["--preset-file", "other.toml"];
    let recorded = place.run("services", &named).succeeds()?;
    fs::write(dir.join("services.json"), recorded.stdout)?;
    fs::copy(dir.join("other.toml"), dir.join("confinix.toml"))?;
    let ran = confinix(["bundle", "--services", "services.json"])
        .args(["--graph", "graph.json"])
        .within(dir)
        .succeeds()?;
    // The recording contains the options.
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let mode = &bundle_json(&dir.join("confinix-bundle"))?["services"]["web.service"]["mode"];
    assert_eq!(*mode, json!("chroot-only"));
    place
        .run("audit", &["--graph", "graph.json", "--no-foresight"])
        .args(["--policy", "other.toml"])
        .succeeds()?;
    Ok(())
}

#[test]
fn services_of_nix_have_their_options_there() -> Result<()> {
    let place = Place::new("[services.web]\nmode = \"chroot-only\"\n")?;
    let dir = place.0.path();
    let web = made::one("web.service", &made::service(&made::path(0)));
    fs::write(dir.join("services.json"), web.to_string())?;
    let ran = confinix(["bundle", "--services", "services.json"])
        .args(["--graph", "graph.json"])
        .within(dir)
        .succeeds()?;
    let said = "confinix.toml:1:11: [services] is for services that are read with --units";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("systemd.services.web.confinement"));
    Ok(())
}
