//! Tests of body.rs.

use super::*;

fn entry(option: &str, value: &str, is_entry: bool) -> Entry {
    Entry {
        line: Line {
            option: option.to_owned(),
            value: value.to_owned(),
            is_entry,
        },
        reasons: vec![format!("file-missing: it reads {value}")],
        evidence: vec!["ExecStart[0]: x".to_owned()],
    }
}

fn confined(entries: Vec<Entry>) -> Decision {
    Decision::Confined {
        entries,
        unresolved: vec!["host-file-named: it names /x".to_owned()],
    }
}

#[test]
fn a_decision_is_read_back_as_it_was_written() -> anyhow::Result<()> {
    let name = UnitName::parse("a@.service")?;
    let out = Decision::Out {
        reason: r#"it "needs" \ and ${this}"#.to_owned(),
        evidence: vec!["there".to_owned()],
    };
    let nix = confined(vec![
        entry("confinement.presets", "\"dns\"", true),
        entry("confinement.presets", "\"tls\"", true),
        entry("serviceConfig.PrivateUsers", "lib.mkForce false", false),
    ]);
    let toml = confined(vec![
        entry("bin-sh", "\"/nix/store/x/bin/sh\"", false),
        entry("presets", "\"dns\"", true),
        // The preset of what is bound comes last.
        entry(BINDS, "\"/etc/a\"", true),
    ]);
    for (form, decision) in [
        (Form::Nix, &out),
        (Form::Toml, &out),
        (Form::Nix, &nix),
        (Form::Toml, &toml),
    ] {
        let body = write(&name, decision, form, &|name| name == "a--migrated");
        assert_eq!(read(&body).as_ref(), Some(decision), "{body:#?}");
    }
    let body = write(&name, &toml, Form::Toml, &|name| name == "a--migrated");
    assert!(
        body.contains(&"[presets.a--migrated-2]".to_owned()),
        "{body:#?}"
    );
    Ok(())
}
