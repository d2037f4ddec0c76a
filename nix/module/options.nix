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
}
