# Finds the store paths of a TEXT that are in its context, as src/service/context.rs does: { roots; lists; given; }.
#
# A path is a closure root if its hash is in the text and the path itself is in the context. The context names a source by its path,
# but an output only by its derivation. bundle.nix reads the paths of outputs from the derivations (`outputPath`), where Nix allows
# that. Elsewhere only the name of an output is known, and not its hash. Nearly always the name tells which path in the text is the
# output. It is wrong only if a string has an output in its context but does not contain its path, and contains another path of the
# same name without its context. If there are several candidates, Nix decides: a derivation's output refers to exactly those hashes
# in it that are in its context.
{
  # Returns the path of an output, by derivation and name; null if it is not known.
  outputPath,
}:
{
  text,
  # null for the text of a unit file, in which every store path is a root.
  context ? null,
  # The line of the unit file that contains the text.
  line ? null,
}:
let
  inherit (builtins)
    all
    appendContext
    attrNames
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    isList
    length
    listToAttrs
    map
    mapAttrs
    match
    replaceStrings
    split
    storeDir
    stringLength
    substring
    unsafeDiscardStringContext
    ;

  # A base name in any directory, as Nix finds references in a build. In a unit file, where only the text counts, a whole path.
  storePath = "${
    if context == null then "${replaceStrings [ "." "+" ] [ "[.]" "[+]" ] storeDir}/" else ""
  }([0-9a-df-np-sv-z]{32})-([0-9a-zA-Z+._?=-]+)";

  maxNameLength = 211;

  isPath = {
    path = true;
  };

  ## The context

  elements = if context == null then { } else context;
  keys = attrNames elements;
  baseOf = path: substring (stringLength storeDir + 1) (-1) path;

  # Paths by hash, each with the element of the context that makes it an input.
  paths = listToAttrs (
    concatMap (
      key:
      let
        element = elements.${key};
        itself = element.path or false || element.allOutputs or false;
        known = filter (output: outputPath key output != null) (element.outputs or [ ]);
      in
      (if itself then [ (pathOf key { ${key} = element; }) ] else [ ])
      ++ map (output: pathOf (outputPath key output) { ${key}.outputs = [ output ]; }) known
    ) keys
  );

  pathOf = path: context: {
    name = substring 0 32 (baseOf path);
    value = { inherit path context; };
  };

  # Outputs whose paths are not known, by name, each with the elements of the context that have an output of this name.
  outputs = mapAttrs (_: map (output: output.element)) (
    groupBy (output: output.name) (
      concatMap (
        key:
        let
          package = match "(.*)[.]drv" (substring 33 (-1) (baseOf key));
        in
        if package == null then
          [ ]
        else
          map (output: {
            name = if output == "out" then elemAt package 0 else "${elemAt package 0}-${output}";
            element.${key}.outputs = [ output ];
          }) (filter (output: outputPath key output == null) (elements.${key}.outputs or [ ]))
      ) keys
    )
  );

  ## What the text mentions

  # If all paths are known, the text is searched for them instead.
  mentions = if context != null && outputs == { } then [ ] else map (found: matched (elemAt found 0) (substring 0 maxNameLength (elemAt found 1))) (
    filter isList (split storePath text)
  );

  matched =
    hash: longest:
    let
      longer = a: b: if stringLength b > stringLength a then b else a;
      begins = name: substring 0 (stringLength name) longest == name;
      name = foldl' longer "" (filter begins (attrNames outputs));
      rest = substring (stringLength name) (-1) longest;
    in
    if context == null then
      root hash longest
    else if name == "" || paths ? ${hash} then
      { is = "other"; }
    else
      {
        inherit hash name;
        # The name of an output can't continue with ? or =, and a full stop may end a sentence.
        is = if match "[?=].*|[.]*" rest != null then "output" else "perhaps";
      };

  root = hash: name: rec {
    is = "root";
    path = "${storeDir}/${hash}-${name}";
    context.${path} = isPath;
  };

  # The hash of a path in the context is known.
  isIn = hash: replaceStrings [ hash ] [ "" ] text != text;

  unique = xs: attrNames (listToAttrs (map (name: { inherit name; value = null; }) xs));

  named = filter (mention: mention ? name) mentions;
  # The hashes before each name of an output.
  hashes = mapAttrs (_: sure: unique (map (mention: mention.hash) sure)) (
    groupBy (mention: mention.name) (filter (mention: mention.is == "output") named)
  );

  isSure =
    all (name: length hashes.${name} <= length outputs.${name}) (attrNames hashes)
    && all (mention: elem mention.hash (hashes.${mention.name} or [ ])) named;

  addTo = foldl' appendContext;

  ## Questions for Nix

  asked = unique (map (mention: mention.hash) named);

  # The target of a symlink has at most 4095 characters.
  perList = 100;

  lists =
    if isSure then
      [ ]
    else
      genList (
        i:
        derivation {
          name = "confinix-mentions";
          # Every Nix has this builder, which needs no program: it makes one symlink, and the target of that is the hashes.
          system = "builtin";
          builder = "builtin:buildenv";
          derivations = "";
          manifest = addTo (concatStringsSep " " (
            filter (hash: hash != null) (
              genList (j: if i * perList + j < length asked then elemAt asked (i * perList + j) else null) perList
            )
          )) (concatLists (map (name: outputs.${name}) (attrNames outputs)));
          preferLocalBuild = true;
          allowSubstitutes = false;
        }
      ) ((length asked + perList - 1) / perList);

  # The roots that the context determines, each with what makes it an input.
  roots = map ({ path, context, ... }: { inherit path context; }) (
    filter (mention: mention.is == "root") mentions
    ++ map (hash: paths.${hash}) (filter isIn (attrNames paths))
    ++ (
      if isSure then
        map (mention: {
          path = "${storeDir}/${mention.hash}-${mention.name}";
          context = foldl' (found: element: found // element) { } outputs.${mention.name};
        }) named
      else
        [ ]
    )
  );
in
{
  inherit roots;

  # Derivations that refer to more roots.
  lists = map (list: "${list}") lists;

  # The input of confinix. The paths themselves show where names end. Derivations, which may change while their outputs stay the
  # same, are left out, so that the bundle changes only when its content may.
  given =
    { inherit text; }
    // (if line == null then { } else { inherit line; })
    // (
      if context == null then
        { }
      else
        {
        context =
          listToAttrs (
            map (root: {
              name = root.path;
              value = isPath;
            }) roots
          )
          // listToAttrs (
            map (list: {
              name = unsafeDiscardStringContext "${list}";
              value.references = true;
            }) lists
          );
        }
    );
}
