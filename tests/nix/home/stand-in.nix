# Units of users as home-manager's modules/systemd.nix declares and writes them: sections of settings, of which those that are null or
# an empty list are left out.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  value = types.oneOf [
    types.bool
    types.int
    types.str
    types.path
  ];

  service = types.submodule {
    freeformType = types.attrsOf (types.attrsOf (types.either value (types.listOf value)));
    options = {
      Unit.X-Restart-Triggers = mkOption {
        type = types.listOf (types.either types.package types.str);
        default = [ ];
      };
      Service.ExecStart = mkOption {
        type = types.either (types.either types.package types.str) (types.listOf types.str);
        default = [ ];
        apply = lib.toList;
      };
    };
  };

  text =
    definition:
    lib.generators.toINI {
      listsAsDuplicateKeys = true;
      mkKeyValue =
        key: value:
        "${key}=${if builtins.isBool value then lib.boolToString value else toString value}";
    } (lib.filterAttrs (_: section: section != { }) (lib.mapAttrs (_: written) definition));
  written = lib.filterAttrs (_: value: value != null && value != [ ]);
in
{
  options.systemd.user.services = mkOption {
    type = types.attrsOf service;
    default = { };
  };

  config.xdg.configFile = lib.mapAttrs' (name: definition: {
    name = "systemd/user/${name}.service";
    value.source = pkgs.writeText "unit" (text definition);
  }) config.systemd.user.services;
}
