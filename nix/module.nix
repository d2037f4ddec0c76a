# The NixOS module: confines services to their closures in place of nixpkgs' module, whose options
# it keeps, with one derivation for all services.
#
#   imports = [ ./confinix/nix/module.nix ];
#   systemd.services.web.confinement.enable = true;
#
# What nixpkgs' module sets in serviceConfig stands in the bundle's drop-ins here. So a service's
# own settings depend on nothing, and what the unit sets itself is decided on by the tool.
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
    literalExpression
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

  bundle = import ./bundle.nix {
    confinix = config.security.confinix.package;
    inherit (pkgs.stdenv.buildPlatform) system;
    inherit
      kernel
      storeReadOnly
      storeStacked
      restrictFileSystemAccess
      ;
    services = import ./services.nix { } {
      systemd = {
        inherit (config.systemd)
          package
          packages
          services
          units
          ;
        globalEnvironment = config.systemd.globalEnvironment or { };
        suppressedSystemUnits = config.systemd.suppressedSystemUnits or [ ];
      };
      hardware = config.hardware or { };
      security = {
        confinix = { inherit (config.security.confinix) presets; };
        wrappers = config.security.wrappers or { };
      };
    };
  };

  # A container's are its host's.
  inherit (config.boot) isContainer;

  kernel = if isContainer then null else config.boot.kernelPackages.kernel.version;

  storeReadOnly =
    if isContainer then
      null
    else if options.boot ? nixStoreMountOpts then
      builtins.elem "ro" config.boot.nixStoreMountOpts
    else
      config.boot.readOnlyNixStore;

  # These two leave the derivation as it is where nothing is known to be in the way.
  storeStacked =
    let
      fileSystems = nixos.fileSystems or { };
      isAbove = path: place: place == "/" || place == path || lib.hasPrefix "${place}/" path;
      # How many overlays lie over each other at a path, of the file systems in `places`.
      depth =
        places: path:
        let
          above = builtins.sort (a: b: builtins.stringLength a > builtins.stringLength b) (
            filter (isAbove path) places
          );
          place = builtins.head above;
          fileSystem = fileSystems.${place};
          lower = fileSystem.overlay.lowerdir or null;
          others = filter (other: other != place) places;
        in
        if above == [ ] || fileSystem.fsType or null != "overlay" then
          0
        else
          1 + builtins.foldl' lib.max 0 (map (depth others) (if lower == null then [ ] else lower));
    in
    if depth (builtins.attrNames fileSystems) builtins.storeDir > 1 then true else null;

  restrictFileSystemAccess =
    let
      value = config.systemd.settings.Manager.RestrictFileSystemAccess or null;
      off = [
        null
        false
        ""
        "0"
        "no"
        "n"
        "false"
        "f"
        "off"
      ];
    in
    if builtins.elem value off then null else true;

  serviceModule =
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
          type = types.enum [
            "full-apivfs"
            "chroot-only"
          ];
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
          type = types.enum [
            "auto"
            "bind"
            "inherit"
            "image"
          ];
          default = "auto";
          description = ''
            How the closure gets into the root directory: with `bind`, by a read-only bind mount for
            each store path, which works everywhere; with `inherit`, by a quicker bind mount that is
            as read-only as the store itself; with `image`, by one bind mount of a view of the store,
            which takes the same time however large the closure is. `auto` takes the quickest that
            works on this system.
          '';
        };

        conflicts = mkOption {
          type = types.listOf types.raw;
          internal = true;
          readOnly = true;
          description = "Settings of the service that confinement can't stand beside.";
          # Here, because a service's options alone know where its settings are defined.
          default = import ./conflicts.nix {
            inherit lib name;
            inherit (config) serviceConfig;
            inherit (config.confinement) adopt;
            definitions = options.serviceConfig.definitionsWithLocations;
          };
          defaultText = "found in serviceConfig";
        };
      };
    };

  # Read from the table that confinix has of them, so that there is one list.
  presetNames =
    let
      table = builtins.readFile ../src/confine/presets/table.rs;
      parts = builtins.split "\n        name: \"([a-z-]+)\"," table;
    in
    map builtins.head (filter builtins.isList parts);

  # nixpkgs' module drops such a string without a word.
  strayPackages =
    name: service:
    map (package: ''
      systemd.services.${name}.confinement.packages holds ${builtins.toJSON package}, which names no path in ${builtins.storeDir}.
      Name a package, or a string with the store path that is to join the closure.
    '') (
      filter (
        package: builtins.isString package && !lib.hasInfix builtins.storeDir package
      ) service.confinement.packages
    );
in
{
  disabledModules = [ "security/systemd-confinement.nix" ];

  options = {
    systemd.services = mkOption {
      type = types.attrsOf (types.submodule serviceModule);
    };

    security.confinix = {
      package = mkOption {
        type = types.package;
        default = pkgs.buildPackages.callPackage ./package.nix { };
        defaultText = literalExpression "pkgs.buildPackages.callPackage ./package.nix { }";
        description = "The confinix package, which makes the bundle where the system is built.";
      };

      presets = mkOption {
        default = { };
        description = ''
          Presets of your own, for {option}`systemd.services.<name>.confinement.presets`.
        '';
        example = literalExpression ''
          {
            mail = {
              bindReadOnly = [ "-/run/mail/socket" "/etc/mail/client.conf:/etc/mail.conf" ];
              environment.MAIL_SERVER = "/run/mail/socket";
              packages = [ pkgs.msmtp ];
            };
          }
        '';
        type = types.attrsOf (
          types.submodule {
            options = {
              bindReadOnly = mkOption {
                type = types.listOf types.str;
                default = [ ];
                description = ''
                  What the service sees of the host, as `[-]SOURCE[:TARGET]`; with `-` it starts
                  without where the host lacks it. Store paths in it join the closure.
                '';
              };
              environment = mkOption {
                type = types.attrsOf types.str;
                default = { };
                description = "Variables that are set where the unit does not set them itself.";
              };
              packages = mkOption {
                type = types.listOf (types.either types.str types.package);
                default = [ ];
                description = "What joins the closure.";
              };
            };
          }
        );
      };

      bundle = mkOption {
        type = types.nullOr types.package;
        readOnly = true;
        description = ''
          What confines this system's services: {file}`bundle.json` and the drop-ins, to be looked
          at with {command}`confinix show`. `null` where no service is confined.
        '';
      };

      policy = mkOption {
        type = types.nullOr (types.either types.path (types.attrsOf types.anything));
        default = null;
        example = literalExpression ''
          {
            rule = [
              { deny = [ "perl" ]; }
              { services = [ "web" ]; max-paths = 200; }
            ];
          }
        '';
        description = ''
          What confined services may see: a {file}`confinix.toml`, or what stands in one as a set.
          Where it denies something, the system does not build, and the log has the findings.
          `null`: no audit.
        '';
      };

      baseline = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = ''
          What the audit accepts: a file that
          {command}`confinix audit --baseline FILE --update-baseline` wrote.
        '';
      };
    };
  };

  config = {
    security.confinix.bundle = if confined == { } then null else bundle;

    systemd.packages = optional (confined != { }) bundle;

    # What the system's build needs besides what becomes part of it.
    system.checks = optional (confined != { } && policy != null) (
      import ./check.nix {
        confinix = config.security.confinix.package;
        inherit (pkgs.stdenv.buildPlatform) system;
        inherit bundle policy;
        inherit (config.security.confinix) baseline;
        # Part of the system anyway, and the one that its services run under.
        systemd = if pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform then config.systemd.package else null;
      }
    );

    assertions = concatLists (
      mapAttrsToList (
        name: service:
        map (message: {
          assertion = false;
          inherit message;
        }) (service.confinement.conflicts ++ strayPackages name service)
      ) confined
    );
  };
}
