//! The README shows what confinix prints.

use std::fmt::Write;
use std::fs;

use anstyle_svg::Term;
use anyhow::{Context, Result, ensure};

use crate::support::documents::is_current;
use crate::support::{confinix, fixture, scratch};

/// The commands of the picture, in a directory with the demo's services and a policy.
const SESSION: [&str; 4] = [
    "bundle -f services.nix -o bundle",
    "show bundle",
    "why bundle wiki libc",
    "audit bundle --no-foresight",
];
const POLICY: &str = "\
[[rule]]
deny = [{ package = \"tls\", reason = \"TLS ends at the proxy\" }]
";

#[test]
fn the_picture_shows_what_is_printed() -> Result<()> {
    let readme = fs::read_to_string(fixture("README.md"))?;
    ensure!(readme.contains("](docs/session.svg)"));
    for line in POLICY.lines() {
        ensure!(readme.contains(&format!("`{line}`")), "{line} is not told");
    }
    let scratch = scratch()?;
    let services = scratch.path().join("services.nix");
    fs::copy(fixture("fixtures/demo/demo.nix"), services)?;
    fs::write(scratch.path().join("confinix.toml"), POLICY)?;
    let mut printed = String::new();
    for command in SESSION {
        let mut words: Vec<_> = command.split(' ').collect();
        words.extend(["--color", "always"]);
        let ran = confinix(words).within(scratch.path()).run()?;
        write!(
            printed,
            "\u{1b}[1m$ confinix {command}\u{1b}[0m\n{}\n",
            ran.stdout
        )?;
    }
    let picture = Term::new().render_svg(printed.trim_end());
    is_current("docs/session.svg", &picture)
}

#[test]
fn the_template_is_the_set_of_the_quickstart() -> Result<()> {
    let readme = fs::read_to_string(fixture("README.md"))?;
    let set = fs::read_to_string(fixture("nix/template-services/services.nix"))?;
    ensure!(readme.contains(&format!("```nix\n{set}```")));
    Ok(())
}

/// The NixOS template's own flake and configuration, with a stand-in for nixpkgs.
const TEMPLATE: &str = r#"
let
  flake = import (root + "/flake.nix");
  templates = (flake.outputs { self = { }; nixpkgs.lib = { }; }).templates;
  nixpkgs.lib.nixosSystem = { modules }: {
    config = import (builtins.elemAt modules 1) { pkgs.hello = "/usr"; };
  };
  template = import (templates.default.path + "/flake.nix");
  services = import (templates.services.path + "/flake.nix");
  pkgs = { darkhttpd = "/usr"; writeTextDir = name: _: "/srv/${name}"; };
in
{
  nixos = (template.outputs { inherit nixpkgs; self = { }; confinix.nixosModules.default = { }; }).nixosConfigurations.machine;
  plain = (services.outputs { self = { }; nixpkgs.legacyPackages.x86_64-linux = pkgs; }).services;
}
"#;

#[test]
fn the_templates_are_targets() -> Result<()> {
    let root = fixture("flake.nix");
    let root = root.parent().context("no directory")?;
    let expression = format!("let root = {}; in {TEMPLATE}", root.display());
    for (template, service) in [("nixos", "hello"), ("plain", "web")] {
        let shown = confinix(["show", "--impure", "--expr", &expression, template, service]);
        let shown = shown.succeeds()?.stdout;
        let begins = format!("{service}.service: 0 store paths");
        ensure!(shown.starts_with(&begins), "{template}: {shown}");
    }
    Ok(())
}
