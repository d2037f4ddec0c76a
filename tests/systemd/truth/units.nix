# The unit files of a plain set of services, as NixOS writes them without confinement.
services:
let
  words = value: if builtins.isList value then value else [ value ];
  word = value: if builtins.isBool value then (if value then "true" else "false") else builtins.unsafeDiscardStringContext (toString value);
  lines = settings: builtins.concatStringsSep "" (builtins.concatMap
    (name: map (value: "${name}=${word value}\n") (words settings.${name}))
    (builtins.attrNames settings));
  environment = variables: builtins.concatStringsSep "" (map
    (name: "Environment=\"${name}=${word variables.${name}}\"\n") (builtins.attrNames variables));
in
builtins.listToAttrs (map (name: {
  name = "${name}.service";
  value = "[Service]\n${environment (services.${name}.environment or { })}${lines services.${name}.serviceConfig}";
}) (builtins.attrNames services))
