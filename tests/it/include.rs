//! Optional parts of a closure besides the commands: `path` and `environment`.

use anyhow::{Context, Result};

use crate::support::{bundle, bundle_json, scratch};

/// Returns a service that names more than it runs; `rest` completes its definition.
fn service(rest: &str) -> String {
    format!(
        r#"
        let
          file = name: builtins.toFile name name;
          tool = {{ outPath = file "tool-1"; bin = file "tool-1-bin"; }};
        in
        {{
          services.web = {{
            serviceConfig.ExecStart = "${{file "web"}} --serve";
            path = [ (file "coreutils-9") tool (file "systemd-257.3") ];
            environment = {{ DATA = "${{file "data"}}:/srv"; LEVEL = 3; PATH = file "of-path"; NOT = null; }};
            {rest}
          }};
        }}"#
    )
}

/// Returns `origin name` of every root except the command.
fn roots(expression: &str, arguments: &[&str]) -> Result<Vec<String>> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    bundle(["--expr", expression, "-s", "web"])
        .args(arguments)
        .arg("-o")
        .arg(&out)
        .succeeds()?;
    let json = bundle_json(&out)?;
    json["services"]["web.service"]["roots"]
        .as_array()
        .context("no roots")?
        .iter()
        .map(|root| {
            let text = |key: &str| root[key].as_str().with_context(|| format!("no {key}"));
            let (_, name) = text("path")?.split_once('-').context("no name")?;
            Ok(format!("{} {name}", text("origin")?))
        })
        .filter(|root| {
            !root
                .as_ref()
                .is_ok_and(|root| root.starts_with("ExecStart"))
        })
        .collect()
}

const PATH: [&str; 3] = [
    "path[0] coreutils-9",
    "path[1] tool-1-bin",
    "path[2] systemd-257.3",
];

#[test]
fn path_and_environment_join_only_where_asked_for() -> Result<()> {
    assert!(roots(&service(""), &[])?.is_empty());
    assert_eq!(
        roots(&service("confinement.includePath = true;"), &[])?,
        PATH
    );
    assert_eq!(
        roots(
            &service(r#"confinement.includePath = "path-without-systemd";"#),
            &[]
        )?,
        PATH[..2]
    );
    assert_eq!(
        roots(&service("confinement.includeEnvironment = true;"), &[])?,
        ["environment.DATA data"]
    );
    Ok(())
}

#[test]
fn the_command_line_adds_to_what_a_service_asks_for() -> Result<()> {
    let without = service(r#"confinement.includePath = "path-without-systemd";"#);
    assert_eq!(roots(&without, &["--include", "path"])?, PATH);
    let all = service("confinement.includePath = true;");
    assert_eq!(
        roots(
            &all,
            &[
                "--include",
                "path-without-systemd",
                "--include",
                "environment"
            ]
        )?,
        [&PATH[..], &["environment.DATA data"]].concat()
    );
    Ok(())
}

#[test]
fn what_is_not_asked_for_is_not_evaluated() -> Result<()> {
    let lazy = r#"{ services.web = {
        serviceConfig.ExecStart = "${builtins.toFile "web" ""}";
        path = throw "path"; environment = throw "environment";
    }; }"#;
    assert!(roots(lazy, &[])?.is_empty());
    for (include, said) in [("path", "path"), ("environment", "environment")] {
        bundle(["--expr", lazy, "-s", "web", "--include", include])
            .fails(3, &[&format!("error: {said}")])?;
    }
    Ok(())
}

#[test]
fn wrong_wishes_name_the_place() -> Result<()> {
    for (rest, said) in [
        (
            r#"confinement.includePath = "all";"#,
            r#"services.web: confinement.includePath is "all"; expected true, false or "path-without-systemd""#,
        ),
        (
            "confinement.includeEnvironment = 1;",
            "services.web: confinement.includeEnvironment is a number",
        ),
    ] {
        bundle(["--expr", &service(rest), "-s", "web"]).fails(3, &[said])?;
    }
    bundle(["--expr", "1", "--include", "all"]).fails(
        2,
        &["[possible values: path, path-without-systemd, environment]"],
    )?;
    bundle(["--services", "x", "--include", "path"]).fails(2, &["cannot be used with"])?;
    Ok(())
}
