//! JSON that is not a services value: confinix refuses it with the place.

use anyhow::Result;
use serde_json::json;

use crate::bad_services::refused;
use crate::made;
use crate::support::{bundle, scratch};

#[test]
fn json_that_is_broken_truncated_or_empty() -> Result<()> {
    for (text, word) in [
        ("", "EOF while parsing"),
        ("{", "EOF while parsing"),
        ("nonsense", "line 1 column 2"),
        ("[]", "not a services value"),
        ("null", "invalid type: null"),
        ("\0", "line 1 column 1"),
        ("{}", "missing field"),
        ("\u{feff}{}", "line 1 column 1"),
        (
            r#"{"version":1,"storeDir":"/nix/store","services":{}} x"#,
            "trailing characters",
        ),
        (
            r#"{"version":3,"storeDir":"/nix/store","services":{}}"#,
            "version 3",
        ),
        (
            r#"{"version":1,"storeDir":"/nix/store","services":{},"more":1}"#,
            "unknown field `more`",
        ),
        (
            r#"{"version":1,"storeDir":"store","services":{}}"#,
            "not an absolute path",
        ),
        (
            r#"{"version":1,"storeDir":"/nix/../store","services":{}}"#,
            "'..' component",
        ),
        (
            r#"{"version":1,"storeDir":"/nix/store","services":[]}"#,
            "services",
        ),
    ] {
        refused(
            text,
            &[
                "confinix: cannot read services.json (`confinix services` exports a services file; --file evaluates a Nix file): ",
                word,
            ],
        )?;
    }
    refused(b"\xff\xfe{", &["cannot read services.json"])?;
    let whole = made::one("a.service", &made::service(&made::path(0))).to_string();
    for end in (0..whole.len()).step_by(17) {
        refused(&whole[..end], &["cannot read services.json", "EOF"])?;
    }
    Ok(())
}

#[test]
fn keys_that_stand_twice() -> Result<()> {
    let whole = made::one("a.service", &made::service(&made::path(0))).to_string();
    let own = json!({ "PrivateTmp": ["yes"] }).to_string();
    let whole = whole.replace("\"settings\":{}", &format!("\"settings\":{own}"));
    for (from, to) in [
        ("\"version\":1", "\"version\":1,\"version\":1"),
        ("\"a.service\":", "\"a.service\":null,\"a.service\":"),
        ("\"ExecStart\":", "\"ExecStart\":[],\"ExecStart\":"),
        ("\"mode\":", "\"mode\":\"chroot-only\",\"mode\":"),
        ("\"PrivateTmp\":", "\"PrivateTmp\":[\"no\"],\"PrivateTmp\":"),
        ("\"text\":", "\"text\":\"\",\"text\":"),
    ] {
        let twice = whole.replacen(from, to, 1);
        assert_ne!(twice, whole, "{from}");
        refused(twice, &["cannot read services.json"])?;
    }
    let context = format!(
        "\"context\":{{\"{0}\":{{}},\"{0}\":{{\"path\":true}}}}",
        made::path(0)
    );
    refused(
        whole.replacen("\"context\":{}", &context, 1),
        &["duplicate key"],
    )?;
    Ok(())
}

#[test]
fn nesting_without_end() -> Result<()> {
    let deep = "[".repeat(100 << 20);
    refused(&deep, &["cannot read services.json"])?;
    let start = r#"{"version":1,"storeDir":"/nix/store","services":{"a.service":"#;
    refused(format!("{start}{deep}"), &["cannot read services.json"])?;
    refused(r#"{"a":"#.repeat(1 << 20), &["cannot read services.json"])?;
    Ok(())
}

#[test]
fn files_that_are_none() -> Result<()> {
    let scratch = scratch()?;
    for (name, word) in [
        ("absent.json", "No such file"),
        (".", "it is not a regular file but a directory"),
    ] {
        bundle(["--services", name])
            .within(scratch.path())
            .fails(3, &["cannot read", name, word])?;
    }
    bundle(["--services", "-"])
        .within(scratch.path())
        .fails(3, &["cannot read standard input", "EOF"])?;
    Ok(())
}
