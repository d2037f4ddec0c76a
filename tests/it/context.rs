//! A closure root must be in both the text and the context of a Nix string.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::made;
use crate::support::{OFFLINE, bundle, bundle_json, confinix, scratch};

/// Returns a plain set with one service that runs `command`, in which `tool` and `other` are store files and `mute` discards context.
fn muted(confinement: &str, service: &str) -> String {
    format!(
        r#"
        let
          tool = builtins.toFile "tool" "a tool";
          other = builtins.toFile "other" "another";
          mute = builtins.unsafeDiscardStringContext;
        in {{ services.web = {{ confinement = {{ enable = true; binSh = null; {confinement} }}; {service} }}; }}"#
    )
}

/// Returns the origins and names in a list of a service.
fn listed(json: &Value, list: &str) -> Result<Vec<String>> {
    let roots = json["services"]["web.service"][list].as_array();
    roots
        .into_iter()
        .flatten()
        .map(|root| {
            let origin = root["origin"].as_str().context("no origin")?;
            Ok(format!("{origin} {}", name(&root["path"])?))
        })
        .collect()
}

#[test]
fn text_without_context_is_no_root_and_is_told() -> Result<()> {
    let dir = scratch()?;
    let out = dir.path().join("out");
    let gone = "/nix/store/00000000000000000000000000000000-gone";
    let expr = muted(
        "packages = [ (mute other) ]; includeEnvironment = true;",
        &format!(
            r#"environment.X = mute other; serviceConfig.ExecStart = [ "" "${{tool}} ${{mute other}} {gone}/x" ];"#
        ),
    );
    bundle(["--expr", &expr, "-o"]).arg(&out).succeeds()?;
    let json = bundle_json(&out)?;
    assert_eq!(listed(&json, "roots")?, ["ExecStart[1] tool"]);
    assert_eq!(
        listed(&json, "mentions")?,
        [
            "ExecStart[1] gone",
            "ExecStart[1] other",
            "packages[0] other",
            "environment.X other"
        ]
    );
    let shown = confinix(["show", "out", "web"])
        .within(dir.path())
        .succeeds()?
        .stdout;
    assert!(shown.contains("Named without context"), "{shown}");
    assert!(shown.contains(&format!("ExecStart[1]   {gone}")), "{shown}");
    let shown = confinix(["show", "--json", "out", "web"])
        .within(dir.path())
        .succeeds()?
        .stdout;
    assert!(shown.contains("\"mentions\""), "{shown}");
    Ok(())
}

#[test]
fn a_command_without_context_is_foreseen_to_fail_and_the_remedy_brings_it() -> Result<()> {
    let dir = scratch()?;
    let check = |expr: &str| {
        confinix(["check", "-D", "path-outside-closure", "--expr", expr])
            .args(OFFLINE)
            .within(dir.path())
            .run()
    };
    let service = r#"serviceConfig.ExecStart = "${mute tool} ${mute other}";"#;
    // Both must be in the store.
    let all = muted("packages = [ tool other ];", service);
    let seen = check(&all)?;
    assert!(!seen.stdout.contains("without context"), "{}", seen.stdout);
    let ran = check(&muted("", service))?.with_code(1)?;
    let lines: Vec<_> = ran.stdout.lines().collect();
    for (code, named) in [
        ("command-missing", "-tool"),
        ("path-outside-closure", "-other"),
    ] {
        let found = lines.iter().position(|line| {
            line.contains(code) && line.contains(named) && line.contains("ExecStart[0]")
        });
        let at = found.with_context(|| format!("no {code} in {}", ran.stdout))?;
        assert!(lines[at].contains("without context"), "{}", lines[at]);
        let paste = lines[at..]
            .iter()
            .find_map(|line| line.split_once("confinement.packages = ["))
            .and_then(|(_, rest)| rest.split_once("];"))
            .context("no remedy")?;
        let fixed = check(&muted(&format!("packages = [{}];", paste.0), service))?;
        assert!(
            !fixed
                .stdout
                .lines()
                .any(|line| line.contains(named) && line.contains("without context")),
            "{}",
            fixed.stdout
        );
    }
    Ok(())
}

#[test]
fn findings_count_commands_as_the_source_does() -> Result<()> {
    for (lines, index) in [
        (r#""/bin/gone""#, 0),
        (r#"[ "" "/bin/gone" ]"#, 1),
        (r#"[ "/bin/x" "" "/bin/gone" ]"#, 2),
    ] {
        let expr = muted("", &format!("serviceConfig.ExecStart = {lines};"));
        let ran = confinix(["check", "--expr", &expr]).run()?.with_code(1)?;
        let expected = format!("command-missing: ExecStart[{index}] runs /bin/gone");
        assert!(ran.stdout.contains(&expected), "{}", ran.stdout);
    }
    Ok(())
}

#[test]
fn a_shell_without_context_is_refused_by_name() -> Result<()> {
    let dir = scratch()?;
    bundle([
        "--expr",
        &muted(
            "binSh = mute tool;",
            r#"serviceConfig.ExecStart = "/bin/x";"#,
        )
        .replacen("binSh = null;", "", 1),
    ])
    .within(dir.path())
    .fails(
        3,
        &[
            "cannot confine web.service",
            "binSh names /nix/store/",
            "without string context",
        ],
    )?;
    Ok(())
}

/// Services with the context of one derivation's output, and as text only the path of another derivation's output of the same name.
const ONE_FOR_ANOTHER: &str = r#"
    let
      tool = note: derivation { name = "tool"; system = "x86_64-linux"; builder = "/bin/sh"; inherit note; };
      mute = builtins.unsafeDiscardStringContext;
      service = command: { confinement = { enable = true; binSh = null; }; serviceConfig.ExecStart = command; };
    in {
      services.web = service "/x${builtins.substring 0 0 "${tool "one"}"} ${mute "${tool "other"}"}";
    }"#;

#[test]
fn a_path_of_the_same_name_as_an_output_is_not_taken_for_it() -> Result<()> {
    let dir = scratch()?;
    bundle(["--expr", ONE_FOR_ANOTHER, "-o", "out"])
        .within(dir.path())
        .succeeds()?;
    let json = bundle_json(&dir.path().join("out"))?;
    assert_eq!(listed(&json, "roots")?, Vec::<String>::new());
    assert_eq!(listed(&json, "mentions")?, ["ExecStart[0] tool"]);
    Ok(())
}

#[test]
fn a_recording_tells_which_path_an_output_is_where_its_name_does_not() -> Result<()> {
    let dir = scratch()?;
    let recorded = confinix(["services", "--expr", ONE_FOR_ANOTHER])
        .args(OFFLINE)
        .within(dir.path())
        .succeeds()?
        .stdout;
    // With a graph, confinix does not run nix.
    let made = made::Recording::new(dir.path(), recorded, made::graph(&[&[]]).to_string())?;
    made.bundle().succeeds()?;
    let json = bundle_json(&made.out())?;
    assert_eq!(listed(&json, "roots")?, Vec::<String>::new());
    assert_eq!(listed(&json, "mentions")?, ["ExecStart[0] tool"]);
    Ok(())
}

/// Without the derivations, names have to do; where they can't, it is said.
#[test]
fn a_recording_in_which_an_output_has_two_paths_is_refused() -> Result<()> {
    let dir = scratch()?;
    let context = format!("/nix/store/{}-p.drv", "0".repeat(32));
    let service = |hash: &str| {
        let mut service = made::service("");
        service["exec"]["ExecStart"] = json!([{
            "text": format!("/nix/store/{}-p/x", hash.repeat(32)),
            "context": { &context: { "outputs": ["out"] } },
        }]);
        service
    };
    let services = json!({
        "version": 2,
        "storeDir": "/nix/store",
        "services": { "a.service": service("1"), "b.service": service("2") },
    });
    made::Recording::of(dir.path(), &services, &json!({}))?
        .refused(&["a.service and b.service", "only one can be the output"])?;
    Ok(())
}

#[test]
fn an_older_recording_counts_as_it_did() -> Result<()> {
    let dir = scratch()?;
    let recording = |context: bool, version: usize| {
        let context = if context { r#", "context": {}"# } else { "" };
        format!(
            r#"{{ "version": {version}, "storeDir": "/nix/store", "services": {{ "web.service": {{
                "exec": {{ "ExecStart": [ {{ "text": "{}"{context} }} ] }}, "settings": {{}},
                "confinement": {{ "mode": "full-apivfs", "packages": [], "binSh": null, "fullUnit": null }} }} }} }}"#,
            made::path(0)
        )
    };
    for (context, version, expected) in [
        (true, 1, vec!["ExecStart[0] p0"]),
        (false, 2, vec!["ExecStart[0] p0"]),
        (true, 2, vec![]),
    ] {
        let scratch = tempfile::tempdir_in(dir.path())?;
        let made = made::Recording::new(
            scratch.path(),
            recording(context, version),
            made::graph(&[&[]]).to_string(),
        )?;
        made.bundle().succeeds()?;
        assert_eq!(listed(&bundle_json(&made.out())?, "roots")?, expected);
    }
    Ok(())
}

/// Returns a store path without directory and hash.
fn name(path: &Value) -> Result<&str> {
    let path = path.as_str().context("no path")?;
    Ok(path.split_once('-').context("no name")?.1)
}
