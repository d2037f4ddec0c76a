//! Documents from pipes and from standard input.

use std::fs;

use anyhow::{Context, Result};

use super::place;
use crate::made::{self, Recording};
use crate::support::{program, scratch};

#[test]
fn what_the_user_names_may_be_a_pipe() -> Result<()> {
    let place = place()?;
    let confinix = env!("CARGO_BIN_EXE_confinix");
    for line in [
        "bundle --strategy bind --services <(cat services.json) --graph <(cat graph.json) -o new",
        "bundle --strategy bind --services <(cat services.json) --graph - -o new < graph.json",
        "bundle --strategy bind --services /dev/stdin --graph graph.json -o new < <(cat services.json)",
        "audit out --no-foresight --policy <(cat p.toml)",
        "audit --services <(cat services.json) --graph graph.json --no-foresight --policy <(cat own.toml) --format sarif",
        "presets --policy <(cat p.toml)",
    ] {
        fs::write(
            place.path().join("own.toml"),
            "[presets.mail]\nenvironment.A = \"b\"\n",
        )?;
        let script = format!("exec timeout -k 1 120 {confinix} {line}");
        program("bash", ["-c", &script])
            .within(place.path())
            .succeeds()
            .context(line)?;
    }
    Ok(())
}

/// confinix reads a policy once for both its rules and its presets.
#[test]
fn a_policy_from_a_pipe_has_presets_too() -> Result<()> {
    let place = scratch()?;
    let mut service = made::service(&made::path(0));
    service["confinement"]["presets"] = serde_json::json!([]);
    let services = made::one("a.service", &service);
    Recording::of(place.path(), &services, &made::graph(&[&[]]))?;
    fs::create_dir(place.path().join("units"))?;
    let unit = format!("[Service]\nExecStart={}\n", made::path(0));
    fs::write(place.path().join("units/a.service"), unit)?;
    let script = format!(
        "exec timeout -k 1 120 {} audit --units units -s a --preset mail --graph graph.json --no-foresight --policy <(printf '[presets.mail]\\nenvironment.A = \"b\"\\n')",
        env!("CARGO_BIN_EXE_confinix")
    );
    program("bash", ["-c", &script])
        .within(place.path())
        .succeeds()?;
    Ok(())
}

#[test]
fn standard_input_without_end_is_read_up_to_the_limit() -> Result<()> {
    let place = place()?;
    let script = format!(
        "ulimit -v 1500000; {} bundle --services - --graph graph.json -o new < /dev/zero",
        env!("CARGO_BIN_EXE_confinix")
    );
    program("bash", ["-c", &script])
        .within(place.path())
        .fails(3, &["cannot read standard input", "line 1 column 1"])?;
    Ok(())
}
