# Makes a derivation for systemd.packages from a bundle that the confinix command wrote.
#
#   systemd.packages = [ (import ./nix/from-bundle.nix { inherit pkgs; bundle = ./bundle; }) ];
#
# The derivation contains the bundle's files, unchanged, and refers to exactly the paths of its closures, so that garbage collection
# keeps them and a copy to a host includes them. It works in pure evaluation, where builtins.storePath does not. If the store lacks
# a path, Nix fetches it from its substituters, or fails.
#
# Nix checks the bundle during evaluation: the seal; that the files are those that follow from the services, and no others; that
# closures are what the roots of their services reach; and that the text of drop-ins and of the units of views is what confinix
# writes. So no bundle makes systemd run anything, or mount anything but closures, presets, and what a unit binds itself. With
# `confinix`, the build also runs `confinix verify --offline`. It makes every file again, including the images of views and the
# presets' files of the host, and compares the bytes. Neither check shows who wrote the bundle: it must come from someone who may
# decide what the services see.
#
# Of pkgs, only runCommandLocal is used: a function of a name, attributes (structured, so its builder must read .attrs.sh) and a
# bash script with cp in its PATH. It must leave the output as the script made it.
{
  pkgs,
  # The directory: a path, a string, or a derivation (which is then built during evaluation).
  bundle,
  # The package, for the machine that builds: a derivation, or a path with bin/confinix. null: only the checks that Nix itself can
  # do.
  confinix ? null,
}:
let
  inherit (builtins)
    appendContext
    attrNames
    concatMap
    concatStringsSep
    elemAt
    filter
    fromJSON
    genList
    hashFile
    hashString
    isInt
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

  sri = import ./from-bundle/sri.nix;

  place = unsafeDiscardStringContext (toString bundle);
  file = name: bundle + "/${name}";

  again = "write it again with `confinix bundle`";
  fail = problem: remedy: throw "confinix: ${place}/bundle.json ${problem}; ${remedy}";

  ## Reading bundle.json

  text =
    if pathExists (file "bundle.json") then
      # The text of a file in the store has the references of its store path as its context.
      unsafeDiscardStringContext (readFile (file "bundle.json"))
    else
      fail "does not exist" "`bundle` must be a directory that `confinix bundle` wrote";

  # fromJSON does not name the file when it fails, and most broken files are empty or truncated.
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
      fail "is not a JSON object, or is truncated" again;

  seal = sri (hashString "sha256" (toJSON (removeAttrs parsed [ "seal" ])));

  content =
    if parsed.version or null != 3 then
      fail "has the version ${toJSON (parsed.version or null)}, not 3"
        "make it again with confinix of the same release as this from-bundle.nix"
    else if parsed.storeDir or null != builtins.storeDir then
      fail "is for the store ${toJSON (parsed.storeDir or null)}, but this is ${builtins.storeDir}"
        "write it on a machine with the same store directory"
    else if parsed.seal or null != seal then
      fail "has the seal ${toJSON (parsed.seal or null)}, but its content has ${seal}"
        "it was changed after it was written: restore it, or ${again}"
    else
      parsed // { closures = mapAttrs (_: named) parsed.closures; };

  # In bundle.json, closures have the numbers of their paths.
  names = attrNames parsed.paths;
  named = closure: closure // { paths = map nameOf closure.paths; };
  nameOf =
    number:
    if isInt number && 0 <= number && number < length names then
      elemAt names number
    else
      fail "has a closure with the path number ${toJSON number}, which no path has" again;

  ## Its files

  # The SHA-256 of each file that the bundle lists, by name.
  files = listToAttrs (
    map
      (file: {
        name = file.path;
        value = file.sha256;
      })
      (
        map (unit: content.services.${unit}.dropIn) (attrNames content.services)
        ++ content.view.files or [ ]
      )
  );

  # The type of each file that exists, by name.
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
      [ "${name} is not a regular file" ]
    else if sri (hashFile "sha256" (file name)) != files.${name} then
      [ "${name} was changed: its SHA-256 is not ${files.${name}}" ]
    else
      [ ];

  strays = filter (name: name != "bundle.json" && !files ? ${name}) (attrNames present);

  data = import ./from-bundle/data.nix { inherit content viewFiles; };
  inherit (data) hasViews;

  inherit (import ./from-bundle/view.nix { inherit content file; }) problemsOfViews viewFiles;
  problemOfDropIn = import ./from-bundle/drop-in.nix { inherit content file; };

  problems =
    let
      ofFiles =
        concatMap problemOf (attrNames files)
        ++ (if present."bundle.json" == "regular" then [ ] else [ "bundle.json is not a regular file" ])
        ++ map (name: "${name} does not belong to the bundle") strays;
      ofData = data.problems;
    in
    # The expected text of a file is derived from the data, so the data must be right first.
    if ofData != [ ] || ofFiles != [ ] then
      ofData ++ ofFiles
    else
      concatMap (unit: problemOfDropIn unit content.services.${unit}) (attrNames content.services)
      ++ (if hasViews then problemsOfViews else [ ]);

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

  ## The derivation

  source = builtins.path {
    name = "confinix-bundle-source";
    path = if isPath bundle then bundle else toString bundle;
  };

  # Makes every path an input, as Nix finds references only among the inputs.
  withClosure =
    string:
    builtins.addErrorContext
      "while looking for the closures of ${place} in the store; copy or build what is missing first"
      (appendContext string (mapAttrs (_: _: { path = true; }) checked.paths));
in
# This comes first: otherwise a missing bundle would be reported by builtins.path.
builtins.seq (
  if !hasViews || confinix != null then
    checked
  else
    builtins.trace "confinix: Nix can't look into the images of views in ${place}; give from-bundle.nix `confinix` to have them checked" checked
) (
  pkgs.runCommandLocal "confinix-bundle"
    {
      # Tens of thousands of paths don't fit into the environment.
      __structuredAttrs = true;
      bundle = withClosure source;
      confinix = if confinix == null then "" else "${confinix}/bin/confinix";
      outputChecks.out.allowedReferences = attrNames checked.paths;
    }
    # Nix copies a symlink as a symlink, but evaluation follows it.
    ''
      if [ -L "$bundle" ]; then
        echo "confinix: the bundle is a symlink, which leads nowhere in the store; name the directory that it leads to" >&2
        exit 1
      fi
      if [ "$confinix" ]; then
        "$confinix" verify --offline "$bundle"
      fi
      cp -r "$bundle" "$out"
    ''
)
