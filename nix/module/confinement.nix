# The options of a confined service, without `enable`: when that is set depends on the module.
{
  lib,
  # Presets that the configuration defines, by name.
  presets,
  # The default of `binSh`: { value; defaultText; }.
  binSh,
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
  fullUnit = mkOption {
    type = types.bool;
    default = false;
    description = ''
      Whether to add all store paths that the unit names to the closure: those in its
      environment, path, credentials and so on. By default, the closure contains only those
      that the service executes.

      This shows the service more than it needs. In most cases, it is better to add missing
      packages to {option}`confinement.packages`.
    '';
  };

  packages = mkOption {
    type = types.listOf (types.either types.str types.package);
    default = [ ];
    description = ''
      Packages to add to the closure, or strings with context that name store paths. The
      closure already contains the store paths in the Exec settings of
      {option}`serviceConfig`. {option}`includePath` and {option}`includeEnvironment` add
      those in {option}`path` and {option}`environment`.
    '';
  };

  includePath = mkOption {
    type = types.either types.bool (types.enum [ "path-without-systemd" ]);
    default = false;
    example = "path-without-systemd";
    description = ''
      Whether to add the packages of {option}`path` to the closure, so that scripts find the
      programs on the service's `PATH`. `"path-without-systemd"` leaves out systemd, which
      NixOS puts on the `PATH` of every service and few services run.
    '';
  };

  includeEnvironment = mkOption {
    type = types.bool;
    default = false;
    description = ''
      Whether to add the store paths in {option}`environment` to the closure. If `PATH` is
      made from {option}`path`, {option}`includePath` applies to it instead.
    '';
  };

  adopt = mkOption {
    type = types.bool;
    default = false;
    description = ''
      Whether to keep the root directory that the service's module sets itself
      ({option}`serviceConfig.RootDirectory`), and to bind the closure where the module binds
      the whole store. The rest of that root does not change, and {option}`mode` has no
      effect.
    '';
  };

  observe = mkOption {
    type = types.bool;
    default = false;
    description = ''
      Whether the service sees its closure on a file system of its own, so that
      {command}`confinix observe` can record what this service opens and executes, and what no
      other does. This needs the strategy `image`, which `auto` then chooses, and costs a mount
      on the host.
    '';
  };

  hide = mkOption {
    type = types.listOf (types.enum choices.hideClasses);
    default = [ ];
    example = [
      "docs"
      "headers"
      "static-libraries"
    ];
    description = ''
      Classes of files that the service does not see, although its closure contains them. This
      needs the strategy `image`, which `auto` then chooses. `programs` and `interpreters` are
      the executables that nothing in the closure can call.
    '';
  };

  hideUnobserved = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "2027-01-31";
    description = ''
      The last day on which the service does not see the executables that no run of it opened
      or executed, according to {option}`security.confinix.rehearsals`. As long as no record matches
      its present closure, it sees them. Either is a finding `stale-record` of the audit. This
      needs the strategy `image`, which `auto` then chooses.
    '';
  };

  presets = mkOption {
    type = types.listOf (types.enum (presetNames ++ builtins.attrNames presets));
    default = [ ];
    example = [
      "dns"
      "tls"
    ];
    description = ''
      Presets, which show the service files of the host besides its closure.
      {command}`confinix presets` lists those of confinix, with what each gives the service
      access to. {option}`security.confinix.presets` defines others.
    '';
  };

  binSh = mkOption {
    type = types.nullOr types.path;
    default = binSh.value;
    inherit (binSh) defaultText;
    example = literalExpression ''"''${pkgs.dash}/bin/dash"'';
    description = ''
      The program that the service sees as {file}`/bin/sh`, which {manpage}`system(3)` and
      scripts run. With `null`, there is none.
    '';
  };

  mode = mkOption {
    type = types.enum choices.modes;
    default = "full-apivfs";
    description = ''
      With `full-apivfs`, the service has its own {file}`/dev`, {file}`/proc`, {file}`/sys`,
      {file}`/tmp` and {file}`/var/tmp`, and its own user namespace. With `chroot-only`, it
      has a root directory and none of these.

      Settings in {option}`serviceConfig` (`PrivateTmp`, `MountAPIVFS` …) take precedence.
      Without `PrivateTmp`, {file}`/tmp` and {file}`/var/tmp` are inaccessible.
    '';
  };

  strategy = mkOption {
    type = types.enum choices.strategies;
    default = "auto";
    description = ''
      How the closure gets into the root directory: ${
        lib.concatMapStringsSep "; " (means: "with `${means.name}`, ${means.description}") choices.strategyMeans
      }. `auto` chooses the fastest that works on this system.
    '';
  };
}
