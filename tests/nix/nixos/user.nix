# Services of users, as far as NixOS's systemd/user.nix has them: that module itself needs many others.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  raw =
    default:
    mkOption {
      type = types.raw;
      inherit default;
    };
  service =
    { name, ... }:
    {
      options = {
        enable = raw true;
        name = raw "${name}.service";
        environment = raw { };
        path = raw [ ];
        serviceConfig = mkOption {
          type = types.attrsOf types.anything;
          default = { };
        };
      };
    };
  unit =
    service:
    pkgs.writeText service.name "[Service]\nExecStart=${service.serviceConfig.ExecStart}\n";
in
{
  options.systemd.user.services = mkOption {
    type = types.attrsOf (types.submodule service);
    default = { };
  };

  config.environment.etc."systemd/user".source = pkgs.runCommand "user-units" { } ''
    mkdir -p "$out"
    for directory in ${toString (map (package: "${package}/lib/systemd/user") config.systemd.packages)}; do
      for file in "$directory"/*; do
        ln -s "$file" "$out"
      done
    done
    ${lib.concatMapStrings (service: ''
      ln -s ${unit service} "$out/${service.name}"
    '') (lib.attrValues config.systemd.user.services)}
  '';
}
