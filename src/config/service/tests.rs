//! Reading the options of services.

use crate::config::parse_config;
use crate::date::Date;
use crate::service::{Choice, Include, Mode, Strategy, UnitName};

#[test]
fn options_are_read_by_the_names_of_units() -> anyhow::Result<()> {
    let path = format!("/nix/store/{}-x", "0".repeat(32));
    let text = format!(
        "[services.web]\nenable = true\nmode = \"chroot-only\"\npackages = [\"{path}\"]\nbin-sh = \"{path}/bin/sh\"\n\
         full-unit = true\ninclude = [\"path\", \"environment\"]\nstrategy = \"image\"\nadopt = true\npresets = [\"dns\", \"mine\"]\n\
         hide-unobserved = 2027-01-31\n\
         [services.\"t@.service\"]\n[presets.mine]\npackages = [\"{path}\"]\n"
    );
    let config = parse_config("p.toml", &text)?;
    let web = &config.services[&UnitName::parse("web.service")?];
    assert!(web.enable && web.full_unit && web.adopt);
    assert_eq!(web.mode, Some(Mode::ChrootOnly));
    assert_eq!(web.packages[0].text, path);
    assert_eq!(
        web.bin_sh.as_ref().map(|text| text.text.clone()),
        Some(format!("{path}/bin/sh"))
    );
    assert_eq!(web.include, [Include::Path, Include::Environment]);
    assert_eq!(web.strategy, Some(Choice::Only(Strategy::Image)));
    assert_eq!(web.presets, ["dns", "mine"]);
    assert_eq!(web.hide_unobserved, Some(Date::parse("2027-01-31")?));
    assert_eq!(web.place.to_string(), "p.toml:1:11");
    let template = &config.services[&UnitName::parse("t@.service")?];
    assert!(!template.enable && template.mode.is_none());
    assert!(config.policy.unknown_keys.is_empty());
    Ok(())
}

#[test]
fn what_is_no_option_is_refused_with_its_place() {
    for (text, said) in [
        ("services = 1", "p.toml:1:12: services must be tables"),
        (
            "services.web = 1",
            "p.toml:1:16: the options of a service must be a table",
        ),
        (
            "[services.\"a b\"]",
            "p.toml:1:11: \"a b.service\" is not the name of a service",
        ),
        (
            "[services.web]\n[services.\"web.service\"]",
            "p.toml:2:11: options of web.service already exist at p.toml:1:11",
        ),
        (
            "[services.web]\nbinSh = \"/bin/sh\"",
            "p.toml:2:1: unknown key \"binSh\" in [services.web]; did you mean \"bin-sh\"?",
        ),
        (
            "[services.web]\nx = 1",
            "p.toml:2:1: unknown key \"x\" in [services.web]: expected one of adopt, bin-sh,",
        ),
        (
            "[services.web]\nBindPaths = \"/srv\"",
            "p.toml:2:1: BindPaths is not an option of confinement: a setting of systemd belongs in a drop-in of the unit (systemctl edit web.service)",
        ),
        (
            "[services.web]\nenable = \"yes\"",
            "p.toml:2:10: enable must be true or false, not a string",
        ),
        (
            "[services.web]\nmode = \"full\"",
            "p.toml:2:8: \"full\" is not a mode of confinement: expected",
        ),
        (
            "[services.web]\nstrategy = \"fast\"",
            "p.toml:2:12: \"fast\" is not a strategy: expected one of",
        ),
        (
            "[services.web]\ninclude = [\"paths\"]",
            "p.toml:2:12: expected one of path,",
        ),
        (
            "[services.web]\npackages = [\"curl\"]",
            "p.toml:2:13: \"curl\" is not a store path",
        ),
        (
            "[services.web]\nbin-sh = \"sh\"",
            "p.toml:2:10: \"sh\" is not the path of a program",
        ),
        (
            "[services.web]\npresets = [\"loging\"]",
            "p.toml:2:12: unknown preset \"loging\"; did you mean \"logging\"?",
        ),
    ] {
        let error = parse_config("p.toml", text)
            .map_or_else(|error| format!("{error:#}"), |_| String::new());
        assert!(error.starts_with(said), "{text}: {error:?}");
    }
}
