//! Which store paths are closure roots.

use super::*;

const DRV: &str = "/nix/store/00000000000000000000000000000000-shop.db.drv";

fn text(text: &str, outputs: &[&str]) -> Result<SourceString> {
    let context = crate::service::Context {
        outputs: outputs.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    Ok(SourceString {
        text: text.to_owned(),
        context: Some(BTreeMap::from([(StorePath::parse(DRV)?, context)])),
        line: None,
    })
}

#[test]
fn an_unknown_output_is_recognised() -> Result<()> {
    let digits = "1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9";
    let unknown = format!("/{digits}/bin/x");
    assert_eq!(
        placeholder(&text(&unknown, &["out"])?),
        Some(format!("/{digits}").as_str())
    );
    assert_eq!(placeholder(&text(&unknown, &[])?), None);
    let known = "/nix/store/00000000000000000000000000000000-a/bin/x";
    assert_eq!(placeholder(&text(known, &["out"])?), None);
    Ok(())
}

#[test]
fn origins_read_as_they_are_written() {
    for origin in [
        Origin::Exec(ExecSetting::ExecStartPre, 1),
        Origin::UnitExec("a-1/x/a:b.service".to_owned(), ExecSetting::ExecStop, 2),
        Origin::Package(0),
        Origin::BinSh,
        Origin::Unit,
    ] {
        assert_eq!(Origin::parse(&origin.to_string()), Some(origin));
    }
    assert_eq!(Origin::parse("ExecStart"), None);
}
