# The paths of the outputs that TEXTs have in their contexts: { outputPath; }.
#
# A context names an output by its derivation, which Nix has written to the store by then; `import` reads it there and builds nothing.
# Not where Nix only evaluates (`nix-instantiate --eval`, `nix flake check --no-build`): it then writes no derivations, and none will
# be built. Nor with Nix before 2.26 and with Lix in pure or restricted evaluation, where a derivation may not be read.
texts:
let
  inherit (builtins)
    appendContext
    attrNames
    compareVersions
    concatStringsSep
    filter
    map
    mapAttrs
    match
    nixVersion
    pathExists
    storeDir
    stringLength
    substring
    toFile
    unsafeDiscardStringContext
    zipAttrsWith
    ;

  # Each is read once, and only for a text that has it.
  derivations = mapAttrs (drv: _: if isReadable drv then import (itself drv) else { }) (
    zipAttrsWith (_: _: null) (map (text: text.context or { }) texts)
  );

  # A derivation without what it makes.
  itself = drv: appendContext drv { ${drv}.path = true; };

  isReadable = drv: pathExists drv || isModern && areWritten;

  # Lix calls itself 2.90 and more.
  isModern = compareVersions nixVersion "2.26" >= 0 && compareVersions nixVersion "2.90" < 0;

  # Pure evaluation may not look whether a derivation is there, but at a file of its own, which can't be there without what it
  # refers to.
  areWritten = pathExists (
    unsafeDiscardStringContext (
      toFile "confinix-derivations" (
        concatStringsSep "\n" (map itself (filter (path: match ".*[.]drv" path != null) (attrNames derivations)))
      )
    )
  );

  # Of a content-addressed output there is only a placeholder before it is built.
  isPath = path: substring 0 (stringLength storeDir) path == storeDir;
in
{
  # The path of an output of a derivation; null: not known.
  outputPath =
    drv: output:
    let
      path = unsafeDiscardStringContext (derivations.${drv}.${output}.outPath or "");
    in
    if isPath path then path else null;
}
