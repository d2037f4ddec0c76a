# The names in a bundle and in its units, which src/confine writes.
let
  inherit (builtins)
    isString
    match
    replaceStrings
    storeDir
    ;

  baseName = "[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+._?=-]+";
  storeRegex = replaceStrings [ "." "+" ] [ "[.]" "[+]" ] storeDir;
  isStorePath = path: isString path && match "${storeRegex}/${baseName}" path != null;

  units = "lib/systemd/system";
  dropInOf = name: "${units}/${name}.d/zz-confinement.conf";
  viewOf = closure: "/run/confinix/views/${closure}";
  imageOf = id: "${units}/confinix-${id}.erofs";
  listOf = id: "${units}/confinix-${id}.paths";

  # Escapes a path, like `path_word`.
  word =
    replaceStrings
      [ "%" ":" "\\" " " "\"" "'" ]
      [ "%%" "\\:" "\\\\" "\" \"" "'\"'" "\"'\"" ];
in
{
  inherit
    baseName
    dropInOf
    imageOf
    isStorePath
    listOf
    storeRegex
    units
    viewOf
    word
    ;
}
