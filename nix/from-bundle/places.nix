# The names in a bundle and in its units, which src/confine writes.
let
  inherit (builtins)
    concatStringsSep
    hashString
    isString
    match
    replaceStrings
    storeDir
    substring
    ;

  baseName = "[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+._?=-]+";
  storeRegex = replaceStrings [ "." "+" ] [ "[.]" "[+]" ] storeDir;
  isStorePath = path: isString path && match "${storeRegex}/${baseName}" path != null;

  units = "lib/systemd/system";
  # Of a bundle with this content.
  dropInOf = content: name: "${if content.user or false then "lib/systemd/user" else units}/${name}.d/zz-confinement.conf";
  viewOf = closure: "/run/confinix/views/${closure}";
  # The same for a service that has a view of its own.
  ownViewOf = name: closure: "/run/confinix/own/${tokenOf name}/${closure}";
  tokenOf = name: substring 0 32 (hashString "sha256" name);
  # The name of the view of a service, by the closure and by what the view leaves out.
  viewIdOf =
    service:
    if service.hide or [ ] == [ ] then
      service.closure
    else
      substring 0 32 (
        hashString "sha256" (
          "${service.closure}\n" + concatStringsSep "" (map (class: "hide ${class}\n") service.hide)
        )
      );
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
    ownViewOf
    storeRegex
    tokenOf
    units
    viewIdOf
    viewOf
    word
    ;
}
