# The checks of `nix flake check`: the package with its tests, code style, a bundle made in the sandbox, and services in virtual
# machines.
{ pkgs, confinix }:
let
  inherit (pkgs) lib;

  # The package's sources and vendored crates, for another cargo command.
  cargo =
    name: tools: command:
    confinix.overrideAttrs (old: {
      pname = "confinix-${name}";
      nativeBuildInputs = old.nativeBuildInputs ++ tools;
      buildPhase = ''
        runHook preBuild
        ${command}
        runHook postBuild
      '';
      doCheck = false;
      installPhase = "touch $out";
      dontFixup = true;
    });

  nixFiles = lib.fileset.toSource {
    root = ../..;
    fileset = lib.fileset.fileFilter (file: file.hasExt "nix") ../..;
  };

  shop = import ../../fixtures/shop {
    inherit (pkgs.stdenv.hostPlatform) system;
    tools = pkgs.busybox;
  };

  bundle = import ../../nix/bundle.nix {
    inherit confinix;
    services = import ../../nix/services.nix { } shop;
  };
in
{
  package = confinix;

  clippy = cargo "clippy" [ pkgs.clippy ] "cargo clippy --offline --lib --bins -- -D warnings";

  formatting = cargo "formatting" [
    pkgs.nixfmt
    pkgs.rustfmt
  ] "cargo fmt --check && find ${nixFiles} -name '*.nix' -exec nixfmt --check {} +";

  # The bundle verifies, and refers to exactly the paths of its closures.
  bundle =
    pkgs.runCommand "confinix-check-bundle"
      {
        __structuredAttrs = true;
        nativeBuildInputs = [
          confinix
          pkgs.jq
        ];
        exportReferencesGraph.graph = [ bundle ];
      }
      ''
        confinix verify --offline ${bundle}
        diff <(jq -r '.paths | keys[]' ${bundle}/bundle.json | sort) \
          <(jq -r '.graph[] | select(.path == "${bundle}").references[]' "$NIX_ATTRS_JSON_FILE" | sort)
        touch "$out"
      '';

  vm = pkgs.testers.runNixOSTest {
    imports = [ ./nixos-test.nix ];
    defaults = {
      imports = [ ../../nix/module.nix ];
      security.confinix.package = confinix;
    };
  };

  # nixpkgs' own test of its module, with the module replaced.
  nixpkgs-confinement = pkgs.nixosTests.systemd-confinement.extendNixOS {
    module = {
      imports = [ ../../nix/module.nix ];
      security.confinix.package = confinix;
    };
  };
}
