use anyhow::Result;
use insta::assert_snapshot;

use crate::support::{Place, RECORDING};

/// A policy for the recording's services that uses every feature.
const POLICY: &str = r#"[levels]
interpreter-present = "deny"

[[rule]]
deny = [
  "archiver",
  { package = "tls-3.*", reason = "not reviewed", issue = "SEC-12" },
]
max-paths = 5

[[rule]]
services = ["web", "ngnix*"]
require = ["tzdata"]
only = ["httpd*", "libc", "tls"]
allow = [{ package = "tls", reason = "the front", until = 2026-12-31, issue = "SEC-12" }]

[[rule]]
services = ["wiki"]
max-paths = 4
max-size = "100 KiB"
deney = ["sqlite"]
allow = [
  { package = "zlib" },
  { code = "shell-present", reason = "it runs diff", until = "2026-10-01" },
  { setting = "PrivateUsers", until = 2026-11-30 },
]
"#;

pub const AUDIT: [&str; 4] = ["audit", "bundle", "--today", "2026-11-21"];

pub fn place() -> Result<Place> {
    let place = Place::new()?;
    place.write("confinix.toml", POLICY)?;
    place.edit(
        "services.json",
        "\"DynamicUser\": [",
        r#""PrivateUsers": ["false"], "ProtectKernelTunables": ["no"], "BindPaths": ["/var/lib/wiki /var/x:/nix/store/gifsz7j72p5qsmridbr092pk1mg9zmcb-shell-5.2/x"],
           "BindReadOnlyPaths": ["/nix -/:/host /etc/hosts"], "ReadWritePaths": ["/var +/nix/store"], "DynamicUser": ["#,
    )?;
    place.bundle("bundle")?;
    Ok(place)
}

#[test]
fn people_see_what_is_wrong_where_it_comes_from_and_its_fix() -> Result<()> {
    assert_snapshot!(place()?.stdout(1, &AUDIT)?);
    Ok(())
}

#[test]
fn scripts_get_json() -> Result<()> {
    assert_snapshot!(place()?.stdout(1, &[&AUDIT[..], &["--format", "json"]].concat())?);
    Ok(())
}

#[test]
fn without_a_policy_the_own_rules_count() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stdout(0, &["audit", "bundle"])?);
    let made = [&["audit"][..], &RECORDING].concat();
    assert_eq!(
        place.stdout(0, &made)?,
        place.stdout(0, &["audit", "bundle"])?
    );
    Ok(())
}

#[test]
fn levels_of_the_command_line_count_most() -> Result<()> {
    let place = Place::with_bundle()?;
    place.write("confinix.toml", "[levels]\nshell-present = \"allow\"\n")?;
    let quiet = place.stdout(0, &["audit", "bundle", "-A", "host-store-writable"])?;
    assert_snapshot!(quiet, @"3 services: 0 denied, 0 warnings, 0 excepted by confinix.toml");
    place.expect(1, &["audit", "bundle", "-D", "shell-present"])?;
    place.expect(0, &["audit", "bundle", "-W", "shell-present"])?;
    place.write(
        "confinix.toml",
        "[[rule]]\nservices = [\"wiki\"]\nlevels = { shell-present = \"deny\" }\n",
    )?;
    place.expect(1, &["audit", "bundle"])?;
    place.expect(0, &["audit", "bundle", "-A", "shell-present"])?;
    assert_snapshot!(
        place.stderr(2, &["audit", "bundle", "-A", "shell-present", "-D", "shell-present"])?,
        @"confinix: shell-present can't be both allow and deny"
    );
    assert_snapshot!(
        place.stderr(2, &["audit", "bundle", "-D", "shel-present"])?,
        @r#"confinix: unknown code "shel-present"; did you mean "shell-present"?"#
    );
    Ok(())
}

#[test]
fn a_policy_is_found_above() -> Result<()> {
    let place = place()?;
    std::fs::create_dir(place.path("below"))?;
    let below = place
        .confinix(&["audit", "../bundle"])
        .within(place.path("below"))
        .run()?
        .with_code(1)?;
    assert!(
        below.stdout.contains("[../confinix.toml:6:3]"),
        "{}",
        below.stdout
    );
    let none = place.stdout(1, &[&AUDIT[..], &["--no-policy"]].concat())?;
    assert!(none.contains("no policy"), "{none}");
    Ok(())
}

#[test]
fn a_wrong_policy_is_refused_with_its_place() -> Result<()> {
    let place = Place::with_bundle()?;
    let mut said = String::new();
    for policy in [
        "[levels",
        "a = 1\na = 2",
        "levels = 1",
        "[levels]\nshel-present = \"deny\"",
        "[levels]\nshell-present = \"forbid\"",
        "rule = 1",
        "[rule]\ndeny = []",
        "[[rule]]\nservices = \"web\"",
        "[[rule]]\nservices = [\"w[\"]",
        "[[rule]]\ndeny = [\"a/b\"]",
        "[[rule]]\ndeny = [\"\"]",
        "[[rule]]\ndeny = [1]",
        "[[rule]]\ndeny = [{ reason = \"x\" }]",
        "[[rule]]\nuntil = 2026-12-31\ndeny = [\"perl\"]",
        "[[rule]]\nallow = [{ reason = \"x\" }]",
        "[[rule]]\nallow = [{ code = \"x\" }]",
        "[[rule]]\nallow = [{ package = \"perl\", until = 2026-02-30 }]",
        "[[rule]]\nallow = [{ package = \"perl\", until = \"soon\" }]",
        "[[rule]]\nallow = [{ package = \"perl\", until = true }]",
        "[[rule]]\nallow = [{ package = \"perl\", until = 2026-12-31T10:00:00 }]",
        "[[rule]]\nmax-paths = -1",
        "[[rule]]\nmax-paths = \"many\"",
        "[[rule]]\nmax-size = \"5 parsecs\"",
        "[[rule]]\nmax-size = 1.5",
        "[[rule]]\nmax-exposure = \"low\"",
        "[[rule]]\nmax-exposure = 0x5",
        "[[rule]]\nmax-exposure = 10.1",
        "[[rule]]\nmax-exposure = 5.25",
        "[[rule]]\nmax-exposure = -1",
        "[[rule]]\nmax-exposure = nan",
        "[[rule]]\nrequire-rehearsal = \"yes\"",
        "[[rule]]\nuntil = 2026-12-31\nrequire-rehearsal = true",
    ] {
        place.write("confinix.toml", policy)?;
        said.push_str(&place.stderr(3, &["audit", "bundle"])?);
    }
    assert_snapshot!(said);
    std::fs::write(place.path("confinix.toml"), b"# \xff\n")?;
    assert_snapshot!(place.stderr(3, &["audit", "bundle"])?, @"confinix: cannot read the policy: confinix.toml:1:3: this is not UTF-8");
    assert_snapshot!(place.stderr(3, &["audit", "bundle", "--policy", "none.toml"])?, @"confinix: cannot read the policy none.toml: no such file (`confinix init -o FILE` writes one)");
    Ok(())
}

#[test]
fn services_of_several_targets_are_named_with_their_hosts() -> Result<()> {
    let place = Place::with_bundle()?;
    place.bundle("again")?;
    assert_snapshot!(place.stdout(0, &["audit", "bundle", "again"])?);
    Ok(())
}

#[test]
fn reports_go_to_files_whole_or_not_at_all() -> Result<()> {
    let place = place()?;
    let wishes = ["--format", "json=a.json", "--format", "human"];
    let human = place.stdout(1, &[&AUDIT[..], &wishes].concat())?;
    assert_eq!(human, place.stdout(1, &AUDIT)?);
    let json = place.stdout(1, &[&AUDIT[..], &["--format", "json"]].concat())?;
    assert_eq!(place.read("a.json")?, json);
    assert!(
        place
            .stdout(1, &[&AUDIT[..], &["-o", "a.txt"]].concat())?
            .is_empty()
    );
    assert_eq!(place.read("a.txt")?, human);

    assert_snapshot!(place.stderr(3, &[&AUDIT[..], &["-o", "no/such/dir"]].concat())?);
    for wrong in [
        &["--format", "yaml"][..],
        &["--format", "json="],
        &["--format", "json", "--format", "human"],
        &["--format", "json=x", "-o", "y"],
        &["--today", "tomorrow"],
    ] {
        place.stderr(2, &[&AUDIT[..], wrong].concat())?;
    }
    assert!(!place.path("x").exists() && !place.path("y").exists());
    // All files are written or none, and no two formats share a file.
    let some = ["--format", "json=x", "--format", "human=no/such/dir"];
    place.stderr(3, &[&AUDIT[..], &some].concat())?;
    assert!(!place.path("x").exists());
    let same = ["--format", "json=x", "--format", "human", "-o", "./x"];
    assert_snapshot!(place.stderr(2, &[&AUDIT[..], &same].concat())?, @"confinix: two formats can't go to the same file ./x: name another for one of them");
    let streams = ["--format", "json=/dev/null", "--format", "human=/dev/null"];
    place.stdout(1, &[&AUDIT[..], &streams].concat())?;
    Ok(())
}

#[test]
fn a_broken_seal_is_no_answer() -> Result<()> {
    let place = Place::with_bundle()?;
    place.edit("bundle/bundle.json", "chroot-only", "full-apivfs")?;
    place.stderr(3, &["audit", "bundle"])?;
    Ok(())
}

#[test]
fn options_that_would_say_nothing_are_refused() -> Result<()> {
    let place = Place::with_bundle()?;
    place.bundle("again")?;
    assert_snapshot!(
        place.stderr(2, &["audit", "bundle", "--all"])?,
        @"confinix: --all has no effect on the existing bundle bundle: drop one of the two"
    );
    assert_snapshot!(
        place.stderr(2, &["diff", "bundle", "again", "--preset", "dns"])?,
        @"confinix: --preset has no effect on the existing bundles bundle and again: drop one of the two"
    );
    for command in ["audit", "check", "report"] {
        place.stderr(2, &[command, "bundle", "-f", "services.nix"])?;
    }
    place.stderr(2, &["why", "bundle", "web", "libc", "--select", "wiki"])?;
    place.stdout(0, &[&["diff", "bundle"][..], &RECORDING].concat())?;
    Ok(())
}

#[test]
fn what_is_no_target_is_said_to_be_none() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stderr(2, &["audit", "services.json"])?, @"confinix: services.json is a file: name a bundle's directory, or read services with --services services.json");
    assert_snapshot!(place.stderr(2, &["audit", "bundle/bundle.json"])?, @"confinix: bundle/bundle.json is a file: name the directory that it is in");
    std::fs::create_dir(place.path("shop"))?;
    place.write("shop/default.nix", "{ }")?;
    let shop = place.stderr(3, &["audit", "./shop"])?;
    assert!(
        shop.contains(
            "so confinix treated it as a flake (its default.nix is evaluated by --file ./shop): "
        ),
        "{shop}"
    );
    let none = place.stderr(3, &["audit"])?;
    assert!(
        none.starts_with("confinix: no target was given, "),
        "{none}"
    );
    Ok(())
}
