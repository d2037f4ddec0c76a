# The NixOS module. It replaces nixpkgs' systemd-confinement module, keeps the options of that, and confines all services with one
# derivation.
#
#   imports = [ ./confinix/nix/module.nix ];
#   systemd.services.web.confinement.enable = true;
#
# The settings that nixpkgs' module adds to serviceConfig are in the drop-ins of the bundle here. So the service's own settings
# don't depend on confinement, and confinix decides what to set in addition to them.
{
  config,
  lib,
  pkgs,
  options,
  ...
}:
let
  inherit (lib)
    concatLists
    filter
    filterAttrs
    mapAttrsToList
    mkOption
    optional
    types
    ;

  nixos = config;

  inherit (config.security.confinix) policy;

  # A masked unit runs nothing.
  confined = filterAttrs (
    _: service: service.enable && service.confinement.enable
  ) config.systemd.services;

  confinedOfUsers = filterAttrs (
    _: service: service.enable && service.confinement.enable
  ) config.systemd.user.services;

  bundle = bundleOf false;
  userBundle = bundleOf true;

  bundleOf = user: import ./bundle.nix {
    name = if user then "confinix-user-bundle" else "confinix-bundle";
    confinix = config.security.confinix.package;
    inherit (pkgs.stdenv.buildPlatform) system;
    inherit (machine)
      kernel
      storeReadOnly
      storeStacked
      restrictFileSystemAccess
      ;
    services = import ./services.nix { inherit user; } {
      systemd = {
        inherit (config.systemd)
          package
          packages
          services
          units
          user
          ;
        sockets = config.systemd.sockets or { };
        timers = config.systemd.timers or { };
        paths = config.systemd.paths or { };
        globalEnvironment = config.systemd.globalEnvironment or { };
        suppressedSystemUnits = config.systemd.suppressedSystemUnits or [ ];
      };
      hardware = config.hardware or { };
      security = {
        confinix = { inherit (config.security.confinix) default presets; };
        wrappers = config.security.wrappers or { };
      };
    };
  };

  defaultOn = import ./module/default-on.nix { inherit lib nixos; };

  machine = import ./module/system.nix { inherit config lib options; };

  # nixpkgs' module silently drops such a string.
  strayPackages =
    option: name: service:
    map (package: ''
      ${option}.${name}.confinement.packages holds ${builtins.toJSON package}, which names no path in ${builtins.storeDir}.
      Name a package, or a string with the store path to add to the closure.
    '') (
      filter (
        package: builtins.isString package && !lib.hasInfix builtins.storeDir package
      ) service.confinement.packages
    );

  problemsOf =
    option: services:
    concatLists (
      mapAttrsToList (
        name: service: service.confinement.conflicts ++ strayPackages option name service
      ) services
    );
in
{
  disabledModules = [ "security/systemd-confinement.nix" ];

  options = {
    systemd.services = mkOption {
      type = types.attrsOf (types.submodule (import ./module/service.nix { inherit lib nixos defaultOn; }));
    };

    systemd.user.services = mkOption {
      type = types.attrsOf (
        types.submodule (
          import ./module/service.nix {
            inherit lib nixos;
            defaultOn.isConfined = _: false;
            option = "systemd.user.services";
          }
        )
      );
    };

    security.confinix = import ./module/options.nix { inherit lib pkgs; };
  };

  config = {
    security.confinix.default.exceptions = defaultOn.exceptions;

    security.confinix.bundle = if confined == { } then null else bundle;

    security.confinix.userBundle = if confinedOfUsers == { } then null else userBundle;

    systemd.packages = optional (confined != { }) bundle ++ optional (confinedOfUsers != { }) userBundle;

    # The build of the system requires these, but they are not part of it.
    system.checks = map (
      bundle:
      import ./check.nix {
        confinix = config.security.confinix.package;
        inherit (pkgs.stdenv.buildPlatform) system;
        inherit bundle policy;
        inherit (config.security.confinix) baseline rehearsals;
        # It is part of the system anyway, and is the one that its services run under.
        systemd = if pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform then config.systemd.package else null;
      }
    ) (
      optional (confined != { } && policy != null) bundle
      ++ optional (confinedOfUsers != { } && policy != null) userBundle
    );

    assertions =
      map
        (message: {
          assertion = false;
          inherit message;
        })
        (
          defaultOn.problems
          ++ problemsOf "systemd.services" confined
          ++ problemsOf "systemd.user.services" confinedOfUsers
        );
  };
}
