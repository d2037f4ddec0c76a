# The options of security.confinix.
{ lib, pkgs }:
let
  inherit (lib) literalExpression mkOption types;
in
{
  package = mkOption {
    type = types.package;
    default = pkgs.buildPackages.callPackage ../package.nix { };
    defaultText = literalExpression "pkgs.buildPackages.callPackage ./package.nix { }";
    description = "The confinix package that makes the bundle when the system is built.";
  };

  default = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether to confine every service, except those in {option}`security.confinix.default.except`
        and those of NixOS itself that manage the host, such as {command}`nix-daemon` and the
        services of systemd. `systemd.services.<name>.confinement.enable = true` also confines one of
        the latter.
      '';
    };

    except = mkOption {
      default = { };
      example = {
        cups.reason = "starts filters that users install";
      };
      description = ''
        The services that are not confined although {option}`security.confinix.default.enable` is set,
        each with the reason. The name is that in {option}`systemd.services`; an exception for a
        template (`php@`) also is for its instances. Without
        {option}`security.confinix.default.enable`, exceptions only document: {command}`confinix show`
        and {command}`confinix report` list them.
      '';
      type = types.attrsOf (
        types.submodule {
          options.reason = mkOption {
            type = types.str;
            default = "";
            description = "Why the service can't be confined. An exception without a reason is an error.";
          };
        }
      );
    };

    exceptions = mkOption {
      type = types.attrsOf types.raw;
      internal = true;
      readOnly = true;
      description = "The exceptions in force, those of NixOS's own services included.";
    };
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
              Files and directories of the host that the service sees, as `[-]SOURCE[:TARGET]`.
              With `-`, the service also starts on hosts without them. Store paths in these
              entries are added to the closure.
            '';
          };
          environment = mkOption {
            type = types.attrsOf types.str;
            default = { };
            description = "Variables to set unless the unit sets them itself.";
          };
          packages = mkOption {
            type = types.listOf (types.either types.str types.package);
            default = [ ];
            description = "Packages to add to the closure, or strings with context that name store paths.";
          };
        };
      }
    );
  };

  bundle = mkOption {
    type = types.nullOr types.package;
    readOnly = true;
    description = ''
      The bundle of this system's services: {file}`bundle.json` and the drop-ins.
      {command}`confinix show` prints it. `null` if no service is confined.
    '';
  };

  userBundle = mkOption {
    type = types.nullOr types.package;
    readOnly = true;
    description = ''
      The bundle of the confined services in {option}`systemd.user.services`, for user managers.
      `null` if none is confined.
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
      The policy for confined services: a {file}`confinix.toml`, or its content as an attribute
      set. If a finding is denied, the system does not build, and the build log lists the
      findings. With `null`, there is no audit.
    '';
  };

  baseline = mkOption {
    type = types.nullOr types.path;
    default = null;
    description = ''
      The findings that the audit accepts: a file written by
      {command}`confinix audit --baseline FILE --update-baseline`.
    '';
  };

  rehearsals = mkOption {
    type = types.listOf types.path;
    default = [ ];
    description = ''
      Records that {command}`confinix rehearse --record FILE` wrote. With
      `require-rehearsal = true` in a rule of the policy, the system builds only if a record
      fits each service that the rule is for. What they tell that a service executed is never
      hidden from it ({option}`confinement.hide`, {option}`confinement.hideUnobserved`).
    '';
  };
}
