//! Records that can't be read or have no effect.

use std::fs::File;

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{CHECK, place, recorded, run, write};

const HASH: &str = "0c0dfghijklmnpqrsvwxyz0123456789";

/// What a service touched, with these files beyond its closure.
fn observation(beyond: &Value) -> Value {
    json!({
        "closurePaths": 2,
        "within": { "executed": [format!("{HASH}-web/bin/web")], "opened": [format!("{HASH}-web/share/")] },
        "beyond": beyond,
        "untouched": [format!("{HASH}-data")],
        "incomplete": false,
    })
}

#[test]
fn a_record_may_have_what_a_service_touched() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let mut observed = recorded(place, "unsure", "starts")?;
    observed["observation"] = observation(&json!({ "executed": [format!("{HASH}-jq/bin/jq")] }));
    write(place, "record.json", &[("unsure", observed)])?;
    assert!(
        run(place, 1, &CHECK)?
            .stdout
            .contains("1 service rehearsed")
    );
    Ok(())
}

#[test]
fn a_broken_record_is_refused_with_its_place() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let mut said = run(place, 3, &CHECK)?.stderr;
    write(
        place,
        "record.json",
        &[("unsure", recorded(place, "unsure", "starts")?)],
    )?;
    run(place, 1, &CHECK)?;
    let good = place.read("record.json")?;
    let record: Value = serde_json::from_str(&good)?;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut changed = record.clone();
        change(&mut changed);
        changed.to_string()
    };
    let of = "unsure.service";
    for text in [
        String::new(),
        "[]".to_owned(),
        good[..good.len() / 2].to_owned(),
        format!("{good}{good}"),
        "[".repeat(100_000),
        with(&|record| record["version"] = 2.into()),
        with(&|record| record["version"] = "1".into()),
        with(&|record| record["other"] = 1.into()),
        with(&|record| record["services"][of]["other\u{1b}[2J"] = 1.into()),
        with(&|record| record["services"][of]["verdict"] = "perhaps".into()),
        with(&|record| record["services"][of]["holdsFor"]["dropIn"] = 1.into()),
        with(&|record| record["services"][of]["control"]["probe"] = 1_u64.wrapping_shl(40).into()),
        with(&|record| record["services"][of]["observation"] = json!({ "closurePaths": 1 })),
        with(&|record| record["services"][of]["observation"] = observation(&json!({ "run": [] }))),
        with(&|record| record["services"] = json!({ "a/b": record["services"][of] })),
        good.replace(
            "\"unsure.service\":",
            &format!(
                "\"unsure.service\":{},\"unsure.service\":",
                record["services"][of]
            ),
        ),
    ] {
        place.write("record.json", &text)?;
        said.push_str(&run(place, 3, &CHECK)?.stderr);
    }
    std::fs::write(
        place.path("record.json"),
        b"{\"version\":1,\"services\":\"\xff\"}",
    )?;
    said.push_str(&run(place, 3, &CHECK)?.stderr);
    File::create(place.path("record.json"))?.set_len(257 << 20)?;
    said.push_str(&run(place, 3, &CHECK)?.stderr);
    std::fs::remove_file(place.path("record.json"))?;
    std::fs::create_dir(place.path("record.json"))?;
    said.push_str(&run(place, 3, &CHECK)?.stderr);
    assert_snapshot!(said);
    Ok(())
}

#[test]
fn a_record_of_other_services_is_refused() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    for services in [&[("other", recorded(place, "unsure", "starts")?)][..], &[]] {
        write(place, "record.json", services)?;
        assert_eq!(
            run(place, 2, &CHECK)?.stderr,
            "confinix: --rehearsal record.json has no effect: the record has no rehearsal of the services: drop it, or name another\n"
        );
    }
    Ok(())
}

/// Whatever a record says is shown as text, and not at any length.
#[test]
fn a_hostile_record_stays_text() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let mut failed = recorded(place, "unsure", "fails")?;
    let mut reasons = vec![
        "x".repeat(10_000),
        "a\n::error::\u{1b}]0;b\u{7}|<b>`\u{202e}".to_owned(),
    ];
    reasons.extend((0..5000).map(|n| n.to_string()));
    failed["reasons"] = reasons.into();
    write(place, "record.json", &[("unsure", failed)])?;
    for format in ["human", "github", "markdown", "sarif", "junit", "json"] {
        let said = run(place, 1, &[&CHECK[..], &["--format", format]].concat())?.stdout;
        assert!(said.contains(" more differences"), "{format}: {said}");
        let is_control = |c: char| c.is_control() && c != '\n';
        assert!(!said.contains(is_control), "{format}: {said:?}");
        let is_injected = |line: &str| line.trim_start().starts_with("::error::\\u");
        assert!(!said.lines().any(is_injected), "{format}: {said}");
        assert!(!said.contains(&"x".repeat(301)), "{format}");
        if format == "junit" {
            assert!(!said.contains("<b>"), "{said}");
        }
    }
    Ok(())
}
