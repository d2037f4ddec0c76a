# The module for home-manager: confines services of the user, with one derivation for all of them.
#
#   imports = [ ./confinix/nix/home-manager.nix ];
#   systemd.user.services.sync.X-Confinement.enable = true;
#
# home-manager writes the units, and links the drop-ins of the bundle beside them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  cfg = config.security.confinix;

  confined = lib.filterAttrs (
    _: service: service.X-Confinement.enable or false
  ) config.systemd.user.services;

  bundle = import ./bundle.nix {
    name = "confinix-user-bundle";
    confinix = cfg.package;
    inherit (pkgs.stdenv.buildPlatform) system;
    services = import ./services.nix { user = true; } {
      systemd.user = { inherit (config.systemd.user) services; };
      security.confinix = { inherit (cfg) presets; };
    };
  };

  audit = import ./check.nix {
    confinix = cfg.package;
    inherit (pkgs.stdenv.buildPlatform) system;
    inherit bundle;
    inherit (cfg) baseline policy;
    # It is what starts the units, unless the machine has another.
    systemd = if pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform then pkgs.systemd else null;
  };

  options = import ./module/options.nix { inherit lib pkgs; };

  ofAttr = builtins.replaceStrings [ "systemd.services.<name>.confinement" ] [ "systemd.user.services.<name>.X-Confinement" ];
in
{
  options = {
    systemd.user.services = mkOption {
      type = types.attrsOf (
        types.submodule (
          import ./module/home-service.nix {
            inherit lib;
            inherit (cfg) presets;
            # Without its context, the hash adds nothing to the closure of the unit.
            triggers = [
              (builtins.hashString "sha256" (
                builtins.unsafeDiscardStringContext (
                  builtins.toJSON {
                    package = "${cfg.package}";
                    inherit (cfg) presets;
                  }
                )
              ))
            ];
          }
        )
      );
    };

    security.confinix = {
      inherit (options) baseline package;
      presets = options.presets // {
        description = ofAttr options.presets.description;
      };
      policy = options.policy // {
        description = builtins.replaceStrings [ "the system does" ] [ "the generation does" ] options.policy.description;
      };
      bundle = options.bundle // {
        description = builtins.replaceStrings [ "this system's services" ] [ "these services" ] options.bundle.description;
      };
    };
  };

  config = {
    security.confinix.bundle = if confined == { } then null else bundle;

    xdg.configFile = lib.mapAttrs' (
      attr: _:
      let
        file = "systemd/user/${attr}.service.d/zz-confinement.conf";
      in
      lib.nameValuePair file { source = "${bundle}/lib/${file}"; }
    ) confined;

    # The build of the generation requires it, but it is not part of it.
    home.extraBuilderCommands = lib.mkIf (confined != { } && cfg.policy != null) ''
      # ${audit}
    '';
  };
}
