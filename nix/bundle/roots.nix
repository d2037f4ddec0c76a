# Which store paths of a TEXT are in its context, as in src/service/context.rs: { roots; lists; given; }.
#
# A path counts where its hash is in the text and the path itself is in the context. The context names a source by its path, but an
# output only by its derivation. bundle.nix reads the paths of outputs from the derivations (`outputPath`), where Nix lets it. Where it
# does not, the name of an output is known, and not the hash. Nearly always the name tells which path of the text the output is: it can
# be wrong only where a string has the context of an output but not its path, and names another path of the same name without context.
# Where it may be more than one, Nix is asked: what a derivation refers to are those hashes in its output that are in its context.
{
  # The path of an output, by derivation and name; null: not known.
  outputPath,
}:
{
  text,
  # Without: the text of a unit file, in which every store path counts.
  context ? null,
  # The line of a unit file that the text was read from.
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

  # As in a build, wherever it is. In a unit file, where the text alone counts, as a whole.
  storePath = "${
    if context == null then "${replaceStrings [ "." "+" ] [ "[.]" "[+]" ] storeDir}/" else ""
  }([0-9a-df-np-sv-z]{32})-([0-9a-zA-Z+._?=-]+)";

  maxNameLength = 211;

  isPath = {
    path = true;
  };

  ## What the context tells

  elements = if context == null then { } else context;
  keys = attrNames elements;
  baseOf = path: substring (stringLength storeDir + 1) (-1) path;

  # Paths by their hash, each with the element of the context that makes it an input.
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

  # Outputs whose paths are not known by their names, each with the elements of the context that have one of this name.
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

  # Where all paths are known, they are looked for instead.
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
        # No output's name continues like this, and a name may end a sentence.
        is = if match "[?=].*|[.]*" rest != null then "output" else "perhaps";
      };

  root = hash: name: rec {
    is = "root";
    path = "${storeDir}/${hash}-${name}";
    context.${path} = isPath;
  };

  # Of a path in the context the hash is known.
  isIn = hash: replaceStrings [ hash ] [ "" ] text != text;

  unique = xs: attrNames (listToAttrs (map (name: { inherit name; value = null; }) xs));

  named = filter (mention: mention ? name) mentions;
  # The hashes before the name of an output.
  hashes = mapAttrs (_: sure: unique (map (mention: mention.hash) sure)) (
    groupBy (mention: mention.name) (filter (mention: mention.is == "output") named)
  );

  isSure =
    all (name: length hashes.${name} <= length outputs.${name}) (attrNames hashes)
    && all (mention: elem mention.hash (hashes.${mention.name} or [ ])) named;

  addTo = foldl' appendContext;

  ## What Nix is asked

  asked = unique (map (mention: mention.hash) named);

  # A symlink leads to no more than 4095 characters.
  perList = 100;

  lists =
    if isSure then
      [ ]
    else
      genList (
        i:
        derivation {
          name = "confinix-mentions";
          # Every Nix has it, and needs no program for it: it makes one symlink, which leads to the hashes.
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

  # Those of which the context tells, each with what makes it an input.
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

  # What the tool is given: the paths themselves say where names end. Without the derivations, which may change while their outputs
  # stay, the bundle changes only when its content may.
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
