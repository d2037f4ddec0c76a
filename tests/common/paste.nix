# Services with pasted definitions, merged as by the module system. `pasted`: a function from pkgs and lib to a list of definitions.
{
  services,
  pkgs,
  pasted,
}:
let
  inherit (builtins)
    foldl'
    isAttrs
    isList
    mapAttrs
    ;
  lib.mkForce = forced: { inherit forced; };
  isSet = x: isAttrs x && !(x ? outPath) && !(x ? forced);
  toList = x: if isList x then x else [ x ];
  take = new: if isSet new then mapAttrs (_: take) new else new.forced or new;
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
in
(foldl' merge { systemd = { inherit services; }; } (pasted { inherit pkgs lib; })).systemd.services
