# The confinement options of a service.
{
  lib,
  # The configuration of the system.
  nixos,
}:
let
  inherit (lib)
    filter
    literalExpression
    mkOption
    types
    ;

  choices = import ../choices.nix;

  # Read from confinix's own table, so that there is only one list.
  presetNames =
    let
      table = builtins.readFile ../../src/confine/presets/table.rs;
      parts = builtins.split "\n        name: \"([a-z-]+)\"," table;
    in
    map builtins.head (filter builtins.isList parts);
in
{
  name,
  config,
  options,
  ...
}:
{
  options.confinement = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether to run this service in a root directory that holds the store paths it needs,
        and nothing else.
      '';
    };

    fullUnit = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether everything that the unit names joins the closure: environment, path,
        credentials and so on. Without, only what the service executes does.

        This is seldom what you want, for it shows the service more than it needs: name what is
        missing in {option}`confinement.packages` instead.
      '';
    };

    packages = mkOption {
      type = types.listOf (types.either types.str types.package);
      default = [ ];
      description = ''
        Packages, or strings with context that name store paths, to join the closure. What the Exec settings
        of {option}`serviceConfig` name is there already; what {option}`path` and
        {option}`environment` name is there with {option}`includePath` and
        {option}`includeEnvironment`.
      '';
    };

    includePath = mkOption {
      type = types.either types.bool (types.enum [ "path-without-systemd" ]);
      default = false;
      example = "path-without-systemd";
      description = ''
        Whether the packages of {option}`path` join the closure, so that scripts find by name
        what NixOS puts on the service's `PATH`. `"path-without-systemd"` leaves out systemd,
        which NixOS puts on the `PATH` of every service and few services run.
      '';
    };

    includeEnvironment = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the store paths that {option}`environment` names join the closure. `PATH` is
        left to {option}`includePath` where it is made of {option}`path`.
      '';
    };

    adopt = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether to keep the root directory that the service's module sets itself
        ({option}`serviceConfig.RootDirectory`), and to put the closure where it binds the whole
        store. All else in that root stays as the module has it; {option}`mode` has no effect.
      '';
    };

    presets = mkOption {
      type = types.listOf (types.enum (presetNames ++ builtins.attrNames nixos.security.confinix.presets));
      default = [ ];
      example = [
        "dns"
        "tls"
      ];
      description = ''
        What the service sees of the host besides its closure: presets of confinix, which
        {command}`confinix presets` lists with what each opens to the service, and those defined
        in {option}`security.confinix.presets`.
      '';
    };

    binSh = mkOption {
      type = types.nullOr types.path;
      default = nixos.environment.binsh;
      defaultText = literalExpression "config.environment.binsh";
      example = literalExpression ''"''${pkgs.dash}/bin/dash"'';
      description = ''
        The program that the service sees as {file}`/bin/sh`, which {manpage}`system(3)` and
        scripts run; `null` for none.
      '';
    };

    mode = mkOption {
      type = types.enum choices.modes;
      default = "full-apivfs";
      description = ''
        With `full-apivfs` the service has its own {file}`/dev`, {file}`/proc`, {file}`/sys`,
        {file}`/tmp` and {file}`/var/tmp`, and user name space. With `chroot-only` it has a
        root directory and none of these.

        What {option}`serviceConfig` sets itself (`PrivateTmp`, `MountAPIVFS` …) stays as it
        is. Without `PrivateTmp` both {file}`/tmp` and {file}`/var/tmp` are inaccessible.
      '';
    };

    strategy = mkOption {
      type = types.enum choices.strategies;
      default = "auto";
      description = ''
        How the closure gets into the root directory: ${
          lib.concatMapStringsSep "; " (means: "with `${means.name}`, ${means.description}") choices.strategyMeans
        }. `auto` takes the quickest that works on this system.
      '';
    };

    conflicts = mkOption {
      type = types.listOf types.raw;
      internal = true;
      readOnly = true;
      description = "Settings of the service that confinement can't stand beside.";
      # This is here because only the options of a service know where its settings are defined.
      default = import ../conflicts.nix {
        inherit lib name;
        inherit (config) serviceConfig;
        inherit (config.confinement) adopt;
        definitions = options.serviceConfig.definitionsWithLocations;
      };
      defaultText = "found in serviceConfig";
    };
  };
}
