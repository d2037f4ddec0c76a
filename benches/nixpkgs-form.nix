# The result of nixpkgs' own confinement module for some services: their settings, and the script that writes the drop-in with the
# binds from a list of store paths. Builds nothing.
{
  # A nixpkgs checkout.
  nixpkgs,
  # The command line of each service, by its name.
  services,
}:
let
  lib = import "${nixpkgs}/lib";
  raw =
    default:
    lib.mkOption {
      type = lib.types.raw;
      inherit default;
    };
  evaluated = lib.evalModules {
    specialArgs = {
      pkgs = {
        writeText = _: text: text;
        closureInfo = _: "";
        runCommand = _: attrs: script: {
          inherit (attrs) serviceName;
          inherit script;
        };
      };
      utils.systemdUtils.lib.mkPathSafeName = name: name;
    };
    modules = [
      "${nixpkgs}/nixos/modules/security/systemd-confinement.nix"
      {
        options = {
          assertions = raw [ ];
          environment.binsh = raw "/bin/sh";
          systemd.packages = raw [ ];
          systemd.units = raw { };
          systemd.services = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule {
                options.serviceConfig = lib.mkOption { type = lib.types.attrsOf lib.types.anything; };
              }
            );
          };
        };
        config.systemd.services = lib.mapAttrs (_: ExecStart: {
          confinement = {
            enable = true;
            binSh = null;
          };
          serviceConfig = { inherit ExecStart; };
        }) services;
      }
    ];
  };
in
lib.listToAttrs (
  map (package: {
    name = package.serviceName;
    value = {
      inherit (package) script;
      settings = evaluated.config.systemd.services.${lib.removeSuffix ".service" package.serviceName}.serviceConfig;
    };
  }) evaluated.config.systemd.packages
)
