# A bundle that the confinix command wrote, to a derivation for systemd.packages.
#
#   systemd.packages = [ (import ./nix/from-bundle.nix { inherit pkgs; bundle = ./bundle; }) ];
#
# The derivation has the bundle's files, unchanged, and refers to exactly the paths of its closures,
# so that garbage collection and copying to a host keep them. It works in pure evaluation, where
# builtins.storePath does not. Nix fetches a path that the store lacks from its substituters, or
# fails.
#
# Of pkgs, only runCommandLocal is used: a function of a name, attributes (structured, so with a
# builder that reads .attrs.sh) and a script for bash with cp in its PATH, which must leave the
# output as the script made it.
{
  pkgs,
  # The directory: a path, a string, or a derivation (which is then built during evaluation).
  bundle,
}:
let
  inherit (builtins)
    appendContext
    attrNames
    bitAnd
    concatMap
    concatStringsSep
    elemAt
    filter
    fromJSON
    genList
    hashFile
    hashString
    isPath
    length
    listToAttrs
    mapAttrs
    pathExists
    readDir
    readFile
    stringLength
    substring
    toJSON
    unsafeDiscardStringContext
    ;

  place = unsafeDiscardStringContext (toString bundle);
  file = name: bundle + "/${name}";

  again = "write it again with `confinix bundle`";
  fail = problem: remedy: throw "confinix: ${place}/bundle.json ${problem}; ${remedy}";

  ## Reading bundle.json

  text =
    if pathExists (file "bundle.json") then
      # In the store, a file's text has the references of the store path as its context.
      unsafeDiscardStringContext (readFile (file "bundle.json"))
    else
      fail "does not exist" "`bundle` must be a directory that `confinix bundle` wrote";

  # fromJSON names no file when it fails, and most broken files are empty or cut off.
  looksWhole =
    let
      size = stringLength text;
      end = substring (size - 2) 2 text;
    in
    size >= 2 && substring 0 1 text == "{" && (end == "}\n" || substring 1 1 end == "}");

  parsed =
    if looksWhole then
      builtins.addErrorContext "while reading ${place}/bundle.json" (fromJSON text)
    else
      fail "is no JSON object, or only a part of one" again;

  seal = sri (hashString "sha256" (toJSON (removeAttrs parsed [ "seal" ])));

  content =
    if parsed.version or null != 2 then
      fail "has the version ${toJSON (parsed.version or null)}, not 2"
        "make it again with the confinix command of the release that this from-bundle.nix is of"
    else if parsed.storeDir or null != builtins.storeDir then
      fail "is for the store ${toJSON (parsed.storeDir or null)}, but this is ${builtins.storeDir}"
        "write it on a machine with the same store directory"
    else if parsed.seal or null != seal then
      fail "has the seal ${toJSON (parsed.seal or null)}, but its content has ${seal}"
        "it was changed after it was written: restore it, or ${again}"
    else
      parsed;

  ## Its files

  # From the name of each file that the bundle lists to its SHA-256.
  files = listToAttrs (
    map
      (file: {
        name = file.path;
        value = file.sha256;
      })
      (
        map (unit: content.services.${unit}.dropIn) (attrNames content.services)
        ++ concatMap (id: content.closures.${id}.view.files or [ ]) (attrNames content.closures)
      )
  );

  # From a file's name to its type.
  present =
    let
      under =
        prefix:
        let
          entries = readDir (file prefix);
        in
        concatMap (
          entry:
          let
            name = prefix + entry;
          in
          if entries.${entry} == "directory" then
            under "${name}/"
          else
            [
              {
                inherit name;
                value = entries.${entry};
              }
            ]
        ) (attrNames entries);
    in
    listToAttrs (under "");

  problemOf =
    name:
    if !present ? ${name} then
      [ "${name} is missing" ]
    else if present.${name} != "regular" then
      [ "${name} is no regular file" ]
    else if sri (hashFile "sha256" (file name)) != files.${name} then
      [ "${name} was changed: its SHA-256 is not ${files.${name}}" ]
    else
      [ ];

  strays = filter (name: name != "bundle.json" && !files ? ${name}) (attrNames present);

  problems =
    concatMap problemOf (attrNames files)
    ++ (if present."bundle.json" == "regular" then [ ] else [ "bundle.json is no regular file" ])
    ++ map (name: "${name} does not belong to the bundle") strays;

  checked =
    if problems == [ ] then
      content
    else
      throw "confinix: ${place} is not as it was written; restore it, or ${again}:\n${concatStringsSep "\n" (map (problem: "  ${problem}") (firstTen problems))}";

  firstTen =
    list:
    if length list <= 10 then
      list
    else
      genList (elemAt list) 10 ++ [ "and ${toString (length list - 10)} more" ];

  ## Base 16 to SRI: builtins.convertHash is younger than the oldest Nix that is to work

  sri =
    hex:
    let
      # 32 bytes and a zero make 22 times 12 bits; the zero's character gives way to the padding.
      digits = hex + "00";
      twelveBits = i: digit (3 * i) * 256 + digit (3 * i + 1) * 16 + digit (3 * i + 2);
      digit = i: hexDigits.${substring i 1 digits};
      pair = bits: character (bits / 64) + character (bitAnd bits 63);
    in
    "sha256-${substring 0 43 (concatStringsSep "" (genList (i: pair (twelveBits i)) 22))}=";

  character =
    i: substring i 1 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  hexDigits = listToAttrs (
    genList (value: {
      name = substring value 1 "0123456789abcdef";
      inherit value;
    }) 16
  );

  ## The derivation

  source = builtins.path {
    name = "confinix-bundle-source";
    path = if isPath bundle then bundle else toString bundle;
  };

  # Makes every path an input. Nix finds references among the inputs alone.
  withClosure =
    string:
    builtins.addErrorContext
      "while looking for the closures of ${place} in the store; copy or build what is missing first"
      (appendContext string (mapAttrs (_: _: { path = true; }) checked.paths));
in
# First of all, or a bundle that is not there would show as an error of builtins.path.
builtins.seq checked (
  pkgs.runCommandLocal "confinix-bundle"
    {
      # Tens of thousands of paths would not fit into the environment.
      __structuredAttrs = true;
      bundle = withClosure source;
      outputChecks.out.allowedReferences = attrNames checked.paths;
    }
    # Nix copies a symlink as what it is, and evaluation follows it unseen.
    ''
      if [ -L "$bundle" ]; then
        echo "confinix: the bundle is a symlink, which leads nowhere in the store; name the directory that it leads to" >&2
        exit 1
      fi
      cp -r "$bundle" "$out"
    ''
)
