# The section X-Confinement of a service of home-manager, which defines units by their sections. systemd ignores sections whose names
# begin with X-, so home-manager may write it into the unit.
{
  lib,
  # Presets that the configuration defines, by name.
  presets,
  # What the drop-in of a service depends on besides the service itself.
  triggers,
}:
let
  inherit (lib) literalExpression mkOption types;

  common = import ./confinement.nix {
    inherit lib presets;
    # home-manager knows of no /bin/sh, since it does not write one.
    binSh = {
      value = null;
      defaultText = literalExpression "null";
    };
  };

  # The others need what a user manager can't do, or options that home-manager does not have.
  confinement = {
    inherit (common) binSh presets;

    adopt = common.adopt // {
      description = ''
        Whether to keep the root directory that the service sets itself ({option}`Service.RootDirectory`),
        and to bind the closure where the service binds the whole store. The rest of that root does not
        change.
      '';
    };

    packages = common.packages // {
      description = ''
        Packages to add to the closure, or strings with context that name store paths. The closure already
        contains the store paths in the Exec settings of {option}`Service`.
      '';
    };

    strategy = common.strategy // {
      type = types.enum [
        "auto"
        "bind"
        "inherit"
      ];
      description = ''
        How the closure gets into the root directory. {option}`systemd.services.<name>.confinement.strategy`
        of the NixOS module describes `bind` and `inherit`. `auto` chooses between them.
      '';
    };
  };
in
{ config, ... }:
{
  options.X-Confinement = mkOption {
    default = { };
    description = ''
      How to confine this service, by confinix. The section is in the unit file if the service is confined;
      systemd ignores it.
    '';
    example = literalExpression ''
      {
        enable = true;
        packages = [ pkgs.cacert ];
      }
    '';
    type = types.submodule {
      options = confinement // {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = ''
            Whether to run this service in a root directory that contains the store paths it needs
            and nothing else.
          '';
        };
      };
    };
    # home-manager writes all that is here into the unit, so the defaults are left out.
    apply =
      section:
      if section.enable then
        lib.filterAttrs (option: value: option == "enable" || value != confinement.${option}.default) section
      else
        { };
  };

  # home-manager restarts a service if its unit changes. Of drop-ins, sd-switch before 0.6.3 reads only overrides.conf.
  config = lib.mkIf (config.X-Confinement.enable or false) { Unit.X-Restart-Triggers = triggers; };
}
