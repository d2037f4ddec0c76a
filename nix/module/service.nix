# The confinement options of a service.
{
  lib,
  # The configuration of the system.
  nixos,
  # Which services are confined by default (default-on.nix).
  defaultOn,
  # The option with the services.
  option ? "systemd.services",
}:
let
  inherit (lib)
    literalExpression
    mkOption
    types
    ;

  # Made once, not for each service.
  common = import ./confinement.nix {
    inherit lib;
    inherit (nixos.security.confinix) presets;
    binSh = {
      # system-manager has no such option.
      value = nixos.environment.binsh or null;
      defaultText = literalExpression "config.environment.binsh";
    };
  };

  conflictsType = types.listOf types.raw;

  # Below these priorities, an option is set for the service itself: `lib.mkDefault` may be for all services.
  priorities =
    lib.mapAttrs (_: _: (lib.mkDefault null).priority) common // {
      enable = (lib.mkOptionDefault null).priority;
    };
in
{
  name,
  config,
  options,
  ...
}:
{
  options.confinement = common // {
    enable = mkOption {
      type = types.bool;
      default = defaultOn.isConfined name;
      defaultText = literalExpression "config.security.confinix.default.enable, unless the service is excepted";
      description = ''
        Whether to run this service in a root directory that contains the store paths it needs
        and nothing else.
      '';
    };

    byDefault = mkOption {
      type = types.bool;
      internal = true;
      readOnly = true;
      description = "Whether `enable` is not set for this service.";
      default = options.confinement.enable.highestPrio >= priorities.enable;
      defaultText = "found in the definitions of enable";
    };

    definedIn = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "The options that are set for this service, each with the files that set it.";
      default = lib.mapAttrs (option: _: map toString options.confinement.${option}.files) (
        lib.filterAttrs (
          option: priority: options.confinement.${option}.highestPrio < priority
        ) priorities
      );
      defaultText = "found in the definitions of confinement";
    };

    conflicts = mkOption {
      type = conflictsType;
      internal = true;
      readOnly = true;
      description = "Settings of the service that conflict with confinement.";
      # This is here because only the options of a service know where its settings are defined.
      default = import ../conflicts.nix {
        inherit lib name;
        inherit (config) serviceConfig;
        inherit (config.confinement) adopt;
        definitions = options.serviceConfig.definitionsWithLocations;
        inherit option;
        isByDefault = config.confinement.byDefault && defaultOn.isConfined name;
      };
      defaultText = "found in serviceConfig";
    };
  };
}
