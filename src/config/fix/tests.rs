use anyhow::Result;
use proptest::prelude::*;

use super::*;

const PATH: &str = "/nix/store/00000000000000000000000000000000-x";

fn options(of: &[(&str, Table)]) -> Result<BTreeMap<UnitName, Table>> {
    of.iter()
        .map(|(name, table)| Ok((UnitName::parse(name)?, table.clone())))
        .collect()
}

fn presets(names: &[&str]) -> Table {
    Table {
        presets: names.iter().map(ToString::to_string).collect(),
        ..Table::default()
    }
}

fn binds(words: &[&str]) -> Table {
    Table {
        binds: words.iter().map(ToString::to_string).collect(),
        ..Table::default()
    }
}

/// Fixes a text, and again: the second time must change nothing.
fn fixed(text: &str, of: &[(&str, Table)]) -> Result<String> {
    let options = options(of)?;
    let once = fix("c.toml", text, &options)?;
    let twice = fix("c.toml", &once.text, &options)?;
    assert_eq!(twice.text, once.text);
    assert!(twice.added.is_empty(), "{:?}", twice.added);
    assert_eq!(once.added.is_empty(), once.text == text);
    Ok(once.text)
}

#[test]
fn options_are_added_to_a_new_file() -> Result<()> {
    let all = Table {
        binds: vec!["/etc/hostname".to_owned(), "-/run/x:/y".to_owned()],
        packages: vec![PATH.to_owned()],
        bin_sh: Some(format!("{PATH}/bin/sh")),
        include: vec!["path".to_owned()],
        presets: vec!["dns".to_owned()],
        strategy: Some("bind".to_owned()),
    };
    let text = fixed("", &[("a.service", all), ("t@.service", presets(&["tls"]))])?;
    insta::assert_snapshot!(text);
    Ok(())
}

#[test]
fn what_people_wrote_stays_as_it_is() -> Result<()> {
    let text = "\
# about this file
[services.b]   # the second
presets = [
    # for names
    \"dns\", # and addresses
]
enable = true

[services.\"a.service\"]
presets = [ \"tls\" ]
packages = [
  \"/nix/store/00000000000000000000000000000000-y\" # no comma
]

[presets.b-rehearsed]
bind-read-only = [ \"/b\" ]
# [services.c]
# enable = true
";
    let text = fixed(
        text,
        &[
            (
                "a.service",
                Table {
                    packages: vec![PATH.to_owned()],
                    ..presets(&["dns", "tls"])
                },
            ),
            (
                "b.service",
                Table {
                    binds: vec!["/c".to_owned()],
                    ..presets(&["dns", "logging"])
                },
            ),
        ],
    )?;
    insta::assert_snapshot!(text);
    Ok(())
}

#[test]
fn tables_are_extended_however_they_are_written() -> Result<()> {
    for (before, after) in [
        (
            "services = { a = { enable = true } }\n",
            "services = { a = { enable = true , presets = [\"dns\"] } }\n",
        ),
        (
            "services = { b.enable = true }\n",
            "services = { b.enable = true , a = { presets = [\"dns\"] } }\n",
        ),
        (
            "services.a.enable = true\n",
            "services.a.enable = true\nservices.a.presets = [\"dns\"]\n",
        ),
        (
            "services.b.enable = true\n",
            "services.b.enable = true\n\n[services.a]\npresets = [\"dns\"]\n",
        ),
        (
            "[services]\na.presets = []\n",
            "[services]\na.presets = [\"dns\"]\n",
        ),
        (
            "[services.b]\r\nenable = true\r\n",
            "[services.b]\r\nenable = true\r\n\r\n[services.a]\r\npresets = [\"dns\"]\r\n",
        ),
        (
            "[levels]\n# the end",
            "[levels]\n# the end\n\n[services.a]\npresets = [\"dns\"]\n",
        ),
    ] {
        assert_eq!(fixed(before, &[("a.service", presets(&["dns"]))])?, after);
    }
    Ok(())
}

#[test]
fn a_preset_of_others_is_not_widened() -> Result<()> {
    let text = "[presets.a-rehearsed]\nbind-read-only = [\"/b\"]\n[services.b]\npresets = [\"a-rehearsed\"]\n";
    let text = fixed(text, &[("a.service", binds(&["/c"]))])?;
    let config = parse_config("c.toml", &text)?;
    let a = &config.services[&UnitName::parse("a.service")?];
    assert_eq!(a.presets, ["a-rehearsed-2"]);
    assert_eq!(config.presets["a-rehearsed"].bind_read_only.len(), 1);
    Ok(())
}

#[test]
fn a_contradiction_is_told_with_its_place() -> Result<()> {
    for (text, table, said) in [
        (
            "[services.a]\nenable = true\nstrategy = \"bind\"\n",
            Table {
                strategy: Some("image".to_owned()),
                ..Table::default()
            },
            "c.toml:3:12: strategy of a.service is \"bind\", but it needs \"image\": change it there",
        ),
        (
            "services.a = { bin-sh = \"/bin/dash\" }",
            Table {
                bin_sh: Some("/bin/bash".to_owned()),
                ..Table::default()
            },
            "c.toml:1:25: bin-sh of a.service is \"/bin/dash\", but it needs \"/bin/bash\": change it there",
        ),
        (
            "[presets.p]\nbind-read-only = [\"/x:/c\"]\n[services.a]\npresets = [\"p\"]",
            binds(&["/c"]),
            "c.toml:2:18: the preset p of a.service shows \"/x:/c\", but it needs \"/c\": change it there",
        ),
        (
            "services = 1",
            binds(&["/c"]),
            "c.toml:1:12: services must be tables, each written as [services.NAME], not an integer",
        ),
    ] {
        let error = fix("c.toml", text, &options(&[("a.service", table)])?).err();
        assert_eq!(
            error.map(|error| format!("{error:#}")).as_deref(),
            Some(said)
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_file_is_extended_or_refused(
        text in "(\\[services.a\\]\n|\\[services.b\\]\n|\\[presets.a-rehearsed\\]\n|\\[services\\]\n|services|presets|a|\\.|enable = true\n|presets = \\[|packages = \\[\n|\"dns\"|,|\\]|\\{|\\}| = | |#é\n|\n|\r\n){0,30}"
    ) {
        let Ok(before) = parse_config("c.toml", &text) else { return Ok(()) };
        let table = Table { presets: vec!["tls".to_owned()], ..binds(&["/c"]) };
        let options = options(&[("a.service", table)]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let once = fix("c.toml", &text, &options).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        prop_assert_eq!(&fix("c.toml", &once.text, &options).map(|fixed| fixed.text).ok(), &Some(once.text.clone()));
        let comments = |text: &str| text.matches('#').count();
        prop_assert_eq!(comments(&once.text), comments(&text));
        let after = parse_config("c.toml", &once.text);
        let kept = after.is_ok_and(|after| before.services.keys().all(|name| after.services.contains_key(name)));
        prop_assert!(kept);
    }
}
