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
  metaOf = id: "/run/confinix/meta/${id}";
  placeOf = id: "/run/confinix/view/${id}";
  imageOf = id: "${units}/confinix-${id}.erofs";

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
    metaOf
    placeOf
    storeRegex
    units
    word
    ;
}
