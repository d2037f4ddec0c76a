# A home-manager configuration that consists only of its units: home-manager's own module, if there is a checkout, or else options of
# the same shape (stand-in.nix). Needs nothing of nixpkgs but its lib.
#
# Returns config, `files` (those in ~/.config, as one directory), `builder` (the commands of the generation's build) and `failed` (the
# messages of failed assertions).
{
  # A nixpkgs checkout, of which this uses lib/.
  nixpkgs,
  # A home-manager checkout, or null.
  homeManager ? null,
  # A derivation or path with bin/confinix.
  confinix,
  system ? builtins.currentSystem,
  modules,
}:
let
  nixpkgsLib = import "${toString nixpkgs}/lib";
  lib = nixpkgsLib.extend (
    final: _: {
      hm = if homeManager == null then { } else import "${toString homeManager}/modules/lib" { lib = final; };
    }
  );

  pkgs = import ../nixos/pkgs.nix { inherit nixpkgs system; } // {
    # home-manager only declares options with it.
    formats.ini = _: { type = lib.types.attrs; };
    systemd = "/no-systemd";
  };

  any =
    default:
    lib.mkOption {
      type = lib.types.raw;
      inherit default;
    };

  # The options of other modules of home-manager that its units and confinix's module use.
  stub.options = {
    assertions = lib.mkOption {
      type = lib.types.listOf lib.types.raw;
      default = [ ];
    };
    home.activation = any { };
    home.extraBuilderCommands = lib.mkOption {
      type = lib.types.lines;
      default = "";
    };
    home.homeDirectory = any "/home/me";
    meta.maintainers = any [ ];
    xdg.configHome = any "/home/me/.config";
    xdg.dataFile = any { };
    xdg.configFile = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options.source = lib.mkOption { type = lib.types.path; };
        }
      );
    };
  };

  inherit
    (lib.evalModules {
      class = "homeManager";
      modules = [
        { _module.args = { inherit pkgs; }; }
        stub
        (if homeManager == null then ./stand-in.nix else "${toString homeManager}/modules/systemd.nix")
        ../../../nix/home-manager.nix
        { security.confinix.package = confinix // { type = "derivation"; }; }
      ]
      ++ modules;
    })
    config
    ;
in
{
  inherit config;
  builder = config.home.extraBuilderCommands;
  failed = map (a: a.message) (lib.filter (a: !a.assertion) config.assertions);
  files = pkgs.runCommand "files" { } (
    lib.concatStrings (
      lib.mapAttrsToList (name: file: ''
        mkdir -p "$out/${dirOf name}"
        ln -s ${file.source} "$out/${name}"
      '') config.xdg.configFile
    )
  );
}
