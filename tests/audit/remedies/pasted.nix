# The services of ./services.nix with what was pasted, as the module system merges it; what is read of a NixOS configuration.
{
  pasted,
  edit ? "",
}:
let
  inherit (builtins)
    concatStringsSep
    foldl'
    isAttrs
    isList
    mapAttrs
    ;
  pkgs = import ./pkgs.nix;
  lib.mkForce = forced: { inherit forced; };
  isSet = x: isAttrs x && !(x ? outPath) && !(x ? forced);
  toList = x: if isList x then x else [ x ];
  merge =
    old: new:
    if isSet new && isSet old then
      old // mapAttrs (name: value: if old ? ${name} then merge old.${name} value else take value) new
    else if isAttrs new && new ? forced then
      new.forced
    else if isList old || isList new then
      toList old ++ toList new
    else if old == new then
      new
    else
      throw "the definitions ${builtins.toJSON old} and ${builtins.toJSON new} conflict";
  take = new: if isSet new then mapAttrs (_: take) new else new.forced or new;
  given = mapAttrs (_: service: merge { confinement.enable = true; } service) (
    import ./services.nix { inherit pkgs edit; }
  );
  all = foldl' merge { systemd.services = given; } (import pasted { inherit pkgs lib; });
  # What NixOS makes of `path`.
  directories = sub: packages: map (package: "${package}/${sub}") packages;
  finish =
    service:
    if service.isNixOs or false then
      merge {
        environment.PATH = concatStringsSep ":" (directories "bin" service.path ++ directories "sbin" service.path);
      } (removeAttrs service [ "isNixOs" ])
    else
      service;
in
{
  services = mapAttrs (_: finish) all.systemd.services;
}
