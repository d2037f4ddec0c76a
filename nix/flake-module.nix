# A module for flake-parts that audits the services of NixOS systems as checks of the flake.
#
#   imports = [ inputs.confinix.flakeModules.default ];
#   perSystem.confinix.hosts.web.policy = ./confinix.toml;   # checks.<system>.confinix-web
{ self, lib, flake-parts-lib, ... }:
let
  inherit (lib)
    filterAttrs
    literalExpression
    mapAttrs'
    mkOption
    nameValuePair
    types
    ;

  # What the options of an audit mean to check.nix.
  auditOptions = {
    policy = mkOption {
      type = types.nullOr (types.either types.path (types.attrsOf types.anything));
      default = null;
      example = literalExpression "./confinix.toml";
      description = "A confinix.toml, or its content as an attribute set. `null`: only the rules that need no policy.";
    };
    baseline = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "The file of the findings that the audit accepts.";
    };
    rehearsals = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Records that `confinix rehearse --record` wrote.";
    };
    levels = mkOption {
      type = types.attrsOf (
        types.enum [
          "allow"
          "warn"
          "deny"
        ]
      );
      default = { };
      description = "Levels of findings that override those of the policy, by code.";
    };
    today = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "2026-12-31";
      description = "The date as of which the policy is evaluated. `null`: the date of the build.";
    };
  };

  host =
    { name, config, ... }:
    {
      options = auditOptions // {
        configuration = mkOption {
          type = types.raw;
          default =
            self.nixosConfigurations.${name}
              or (throw "perSystem.confinix.hosts.${name}: this flake has no nixosConfigurations.${name}; name the system with `configuration`");
          defaultText = literalExpression "self.nixosConfigurations.<name>";
          description = "The NixOS system, which imports confinix's module.";
        };
        bundle = mkOption {
          type = types.nullOr types.package;
          default =
            config.configuration.config.security.confinix.bundle
              or (throw "perSystem.confinix.hosts.${name}: the system does not import confinix.nixosModules.default");
          defaultText = literalExpression "configuration.config.security.confinix.bundle";
          description = "The bundle to audit. There is no check if it is `null`, because no service is confined.";
        };
      };
    };
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption (
    {
      config,
      pkgs,
      system,
      ...
    }:
    {
      options.confinix = {
        package = mkOption {
          type = types.package;
          default = pkgs.callPackage ./package.nix { };
          defaultText = literalExpression "pkgs.callPackage ./package.nix { }";
          description = "The confinix package that audits.";
        };
        hosts = mkOption {
          type = types.attrsOf (types.submodule host);
          default = { };
          description = "The NixOS systems of the flake to audit, by name. Each has a check on its own platform.";
        };
      };

      config.checks =
        let
          isHere = _: host: host.configuration.config.nixpkgs.hostPlatform.system == system && host.bundle != null;
        in
        mapAttrs' (
          name: host:
          nameValuePair "confinix-${name}" (
            import ./check.nix {
              confinix = config.confinix.package;
              name = "confinix-${name}";
              inherit (host)
                bundle
                policy
                baseline
                rehearsals
                levels
                today
                ;
              systemd = host.configuration.config.systemd.package;
            }
          )
        ) (filterAttrs isHere config.confinix.hosts);
    }
  );
}
