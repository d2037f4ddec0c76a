# A NixOS configuration that consists only of systemd: NixOS's own modules from a nixpkgs checkout, evaluated
# with a few packages that build anywhere (pkgs.nix).
#
# Returns config and options, `units` (the content of /etc/systemd/system) and `failed` (the messages of failed
# assertions).
{
  # A nixpkgs checkout.
  nixpkgs,
  system ? builtins.currentSystem,
  # The confinement module: "confinix", "nixpkgs", or null for none.
  confinement,
  # A derivation or path with bin/confinix.
  confinix ? null,
  modules,
}:
let
  root = toString nixpkgs;
  lib = import "${root}/lib";
  pkgs = import ./pkgs.nix { inherit nixpkgs system; };

  any =
    default:
    lib.mkOption {
      type = lib.types.raw;
      inherit default;
    };

  # The options of other NixOS modules that the systemd modules read.
  stub =
    { config, options, ... }:
    {
      config._module.args = {
        inherit pkgs;
        utils = import "${root}/nixos/lib/utils.nix" { inherit lib config pkgs; };
      };
      options = {
        boot.isContainer = any false;
        boot.kernelPackages = any { kernel.version = "6.12.1"; };
        boot.nixStoreMountOpts = any [ "ro" ];
        boot.extraSystemdUnitPaths = any [ ];
        boot.kernel.sysctl = any { };
        environment.binsh = any "${pkgs.shell}/bin/sh";
        environment.etc = lib.mkOption { type = lib.types.lazyAttrsOf lib.types.raw; };
        environment.systemPackages = any [ ];
        environment.variables = any { };
        i18n.imperativeLocale = any false;
        networking.proxy.envVars = any { };
        security.pam.services = any { };
        security.polkit.enable = any false;
        services.dbus.enable = any true;
        services.logrotate.settings = any { };
        services.openssh.enable = any false;
        system.build = any { };
        system.checks = lib.mkOption { type = lib.types.listOf lib.types.raw; default = [ ]; };
        system.etc.overlay.enable = any false;
        system.fsPackages = any [ ];
        system.nixos-init.package = any pkgs.systemd;
        system.nssDatabases = any { };
        system.nssModules = any [ ];
        system.requiredKernelConfig = any [ ];
        time.timeZone = any null;
        users.groups = any { };
        users.users = any { };
      };
    };

  evaluated = lib.evalModules {
    class = "nixos";
    specialArgs.modulesPath = "${root}/nixos/modules";
    modules = [
      "${root}/nixos/modules/misc/assertions.nix"
      "${root}/nixos/modules/system/boot/systemd.nix"
      stub
      ./user.nix
    ]
    ++ modules
    ++ lib.optional (confinement == "nixpkgs") "${root}/nixos/modules/security/systemd-confinement.nix"
    ++ lib.optionals (confinement == "confinix") [
      # As in NixOS, which imports all modules and disables one.
      "${root}/nixos/modules/security/systemd-confinement.nix"
      ../../../nix/module.nix
      { security.confinix.package = confinix // { type = "derivation"; }; }
    ];
  };
in
{
  inherit (evaluated) config options;
  inherit pkgs;
  units = evaluated.config.environment.etc."systemd/system".source;
  failed = map (a: a.message) (lib.filter (a: !a.assertion) evaluated.config.assertions);
}
