# Finds the paths of the outputs in the contexts of TEXTs: { outputPath; }.
#
# A context names an output by its derivation. Nix has written the derivation to the store by then, and `import` reads it there
# without building anything. This does not work where Nix only evaluates (`nix-instantiate --eval`, `nix flake check --no-build`):
# it writes no derivations, but it builds none either. It also does not work with Nix before 2.26 and Lix in pure or restricted
# evaluation, which may not read a derivation.
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

  # Each derivation is read once, and only for a text that refers to it.
  derivations = mapAttrs (drv: _: if isReadable drv then import (itself drv) else { }) (
    zipAttrsWith (_: _: null) (map (text: text.context or { }) texts)
  );

  # A derivation, with only itself in its context and not its outputs.
  itself = drv: appendContext drv { ${drv}.path = true; };

  isReadable = drv: pathExists drv || isModern && areWritten;

  # The versions of Lix start at 2.90.
  isModern = compareVersions nixVersion "2.26" >= 0 && compareVersions nixVersion "2.90" < 0;

  # Pure evaluation may not look for a derivation. It may look for a file that it made, which exists only if everything that the
  # file refers to does.
  areWritten = pathExists (
    unsafeDiscardStringContext (
      toFile "confinix-derivations" (
        concatStringsSep "\n" (map itself (filter (path: match ".*[.]drv" path != null) (attrNames derivations)))
      )
    )
  );

  # Before it is built, a content-addressed output has only a placeholder.
  isPath = path: substring 0 (stringLength storeDir) path == storeDir;
in
{
  # Returns the path of an output of a derivation; null if it is not known.
  outputPath =
    drv: output:
    let
      path = unsafeDiscardStringContext (derivations.${drv}.${output}.outPath or "");
    in
    if isPath path then path else null;
}
