# A bundle that the confinix command wrote, to a derivation for systemd.packages.
#
#   systemd.packages = [ (import ./nix/from-bundle.nix { inherit pkgs; bundle = ./bundle; }) ];
#
# The derivation has the bundle's files, unchanged, and refers to exactly the paths of its closures,
# so that garbage collection and copying to a host keep them. It works in pure evaluation, where
# builtins.storePath does not. Nix fetches a path that the store lacks from its substituters, or
# fails.
#
# What is checked. Nix itself, while it evaluates: the seal; that there are the files which follow from
# the services, and no others; that closures are what the roots of their services reach; that units of
# views are to the byte what confinix writes, and drop-ins line by line, so that no bundle has systemd
# run anything or mounts anything but closures, presets and what a unit binds itself. With `confinix`
# the build also runs `confinix verify --offline`, which makes every file again, images of views and
# the host's files of presets too, and compares the bytes. Neither tells who wrote the bundle: it has
# to come from someone who may decide what the services see.
#
# Of pkgs, only runCommandLocal is used: a function of a name, attributes (structured, so with a
# builder that reads .attrs.sh) and a script for bash with cp in its PATH, which must leave the
# output as the script made it.
{
  pkgs,
  # The directory: a path, a string, or a derivation (which is then built during evaluation).
  bundle,
  # The package, for the machine that builds: a derivation, or a path with bin/confinix. null: what
  # Nix can check has to do.
  confinix ? null,
}:
let
  inherit (builtins)
    appendContext
    attrNames
    any
    attrValues
    bitAnd
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    genericClosure
    groupBy
    hashFile
    hashString
    head
    isPath
    isString
    length
    lessThan
    listToAttrs
    mapAttrs
    match
    pathExists
    readDir
    readFile
    replaceStrings
    sort
    split
    storeDir
    stringLength
    substring
    tail
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
    let
      ofFiles =
        concatMap problemOf (attrNames files)
        ++ (if present."bundle.json" == "regular" then [ ] else [ "bundle.json is no regular file" ])
        ++ map (name: "${name} does not belong to the bundle") strays;
      ofData =
        concatMap (path: problemOfPath path content.paths.${path}) (attrNames content.paths)
        ++ concatMap (name: problemOfService name content.services.${name}) (attrNames content.services)
        ++ concatMap (id: problemOfClosure id content.closures.${id}) (attrNames content.closures)
        ++ concatMap (path: says "the path ${path} is in no closure") (
          filter (path: !allReached ? ${path}) (attrNames content.paths)
        );
    in
    # What a file has to say follows from the data alone.
    if ofData != [ ] || ofFiles != [ ] then
      ofData ++ ofFiles
    else
      concatMap (unit: problemOfDropIn unit content.services.${unit}) (attrNames content.services)
      ++ concatMap (id: problemOfView id content.closures.${id}) (attrNames viewed);

  ## What follows from the data

  says = problem: [ "bundle.json says what no bundle does: ${problem}" ];
  unless = is: problem: if is then [ ] else says problem;

  baseName = "[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+._?=-]+";
  storeRegex = replaceStrings [ "." "+" ] [ "[.]" "[+]" ] storeDir;
  isStorePath = path: isString path && match "${storeRegex}/${baseName}" path != null;

  problemOfPath =
    path: info:
    unless (isStorePath path) "${toJSON path} is no store path"
    ++ concatMap (
      reference: unless (content.paths ? ${reference}) "${path} refers to ${toJSON reference}, which is not there"
    ) info.references;

  problemOfService =
    name: service:
    let
      shown = toJSON name;
      inherit (service) closure;
      reached = reachedBy service;
    in
    if
      match "[a-zA-Z0-9:_\\][a-zA-Z0-9:_.\\@-]*[.]service" name == null
      || match "[^@]*-(@.*)?[.]service" name != null
    then
      says "${shown} is not the name of a service that can be confined"
    else if !elem service.strategy [ "bind" "inherit" "image" ] then
      says "${shown} has the strategy ${toJSON service.strategy}"
    else if service.dropIn.path != dropInOf name then
      says "${shown} has its drop-in at ${toJSON service.dropIn.path}"
    else if !content.closures ? ${closure} then
      says "${shown} has the closure ${toJSON closure}, which is not there"
    else if any (root: !content.paths ? ${root.path}) service.roots then
      says "a root of ${shown} is not there"
    else
      unless (
        content.closures.${closure}.paths == attrNames reached
      ) "the closure of ${shown} is not what its roots reach";

  problemOfClosure =
    id: closure:
    let
      expected = substring 0 32 (
        hashString "sha256" (concatStringsSep "" (map (path: "${path}\n") closure.paths))
      );
    in
    if id != expected then
      says "the closure ${toJSON id} has the paths of ${expected}"
    else if !any (service: service.closure == id) (attrValues content.services) then
      says "no service has the closure ${id}"
    else
      unless (
        closure ? view == viewed ? ${id}
        && (!closure ? view || map (file: file.path) closure.view.files == viewFiles id)
      ) "the view of the closure ${id} has other files than a view has";

  # The closures that a service sees in a view.
  viewed = listToAttrs (
    map (service: {
      name = service.closure;
      value = true;
    }) (filter (service: service.strategy == "image") (attrValues content.services))
  );

  reaching =
    roots:
    listToAttrs (
      map
        (found: {
          name = found.key;
          value = true;
        })
        (genericClosure {
          startSet = map (path: { key = path; }) roots;
          operator = { key }: map (path: { key = path; }) content.paths.${key}.references;
        })
    );

  rootsOf = service: map (root: root.path) service.roots;
  # Many services have the same roots.
  reachedBy = service: reachedByRoots.${toJSON (rootsOf service)};
  reachedByRoots = mapAttrs (_: services: reaching (rootsOf (head services))) (
    groupBy (service: toJSON (rootsOf service)) (attrValues content.services)
  );
  allReached = reaching (concatMap rootsOf (attrValues content.services));

  ## The text of its files; src/confine has what writes them

  units = "lib/systemd/system";
  dropInOf = name: "${units}/${name}.d/zz-confinement.conf";
  metaOf = id: "/run/confinix/meta/${id}";
  placeOf = id: "/run/confinix/view/${id}";
  imageOf = id: "${units}/confinix-${id}.erofs";
  viewFiles = id: sort lessThan ([ (imageOf id) ] ++ attrNames (viewTexts id));

  # As `path_word` escapes a path.
  word =
    replaceStrings
      [ "%" ":" "\\" " " "\"" "'" ]
      [ "%%" "\\:" "\\\\" "\" \"" "'\"'" "\"'\"" ];

  # Where a symlink leads, if that is a path of this closure.
  resolvedIn =
    paths: info:
    let
      inStore = match "(${storeRegex}/${baseName})((/[^/]+)*)" (info.symlink or "");
      isPlain = match "(.*/)?[.][.]?(/.*)?" (info.symlink or "") == null;
    in
    if inStore != null && isPlain && !(info.unresolved or false) && elem (head inStore) paths then
      info.symlink
    else
      null;

  # The last lines of a drop-in, with the mounts of the closure.
  closureLines =
    service:
    let
      inherit (content.closures.${service.closure}) paths;
      setting = if service.strategy == "inherit" then "BindPaths" else "BindReadOnlyPaths";
      line =
        path:
        let
          info = content.paths.${path};
          resolved = resolvedIn paths info;
        in
        if !info ? symlink then
          "${setting}=${path}\n"
        else if resolved == null then
          "BindReadOnlyPaths=-${path}\n"
        else
          "${setting}=${word resolved}:${path}\n";
    in
    if service.strategy == "image" then
      "BindReadOnlyPaths=${placeOf service.closure}/view:${word storeDir}\n"
    else
      concatStringsSep "" (map line paths);

  problemOfDropIn =
    name: service:
    let
      path = dropInOf name;
      text = readFile (file path);
      end = closureLines service;
      size = stringLength text - stringLength end;
      lines = filter isString (split "\n" (substring 0 size text));
      id = service.closure;
      start = [
        "# Written by confinix. Edits are lost when the bundle is made again."
      ]
      ++ (
        if service.strategy == "image" then
          [
            "[Unit]"
            "RequiresMountsFor=${metaOf id} ${placeOf id}"
            "Upholds=run-confinix-view-${id}.mount"
            ""
          ]
        else
          [ ]
      )
      ++ [ "[Service]" ];
      settings = genList (i: elemAt lines (i + length start)) (length lines - length start - 1);
      assignments = map (match "([A-Za-z]+)=(.*)") settings;
      valuesOf = pairs: mapAttrs (_: map (pair: elemAt pair 1)) (groupBy head pairs);
      # An empty assignment to one of these takes back both, and is kept as one to the first (src/service/settings.rs).
      binds = filter (pair: elem (head pair) bindSettings) assignments;
      isReset = pair: elemAt pair 1 == "";
      kept = valuesOf (builtins.foldl' (kept: pair: if isReset pair then [ ] else kept ++ [ pair ]) [ ] binds);
      found =
        removeAttrs (valuesOf assignments) bindSettings
        // kept
        // (if any isReset binds then { BindPaths = [ "" ] ++ kept.BindPaths or [ ]; } else { });
      without = filter (value: service.binSh == null || value != "${word service.binSh}:/bin/sh");
      withoutShell =
        found
        // (if found ? BindReadOnlyPaths then { BindReadOnlyPaths = without found.BindReadOnlyPaths; } else { });
      expected = { BindReadOnlyPaths = [ ]; } // service.confinement;
      differs = what: [ "${path} is not what confinix writes: ${what}" ];
    in
    if size < 0 || substring size (-1) text != end then
      differs "its last lines do not bind the closure"
    else if
      length lines <= length start || genList (elemAt lines) (length start) != start
    then
      differs "it does not begin as a drop-in does"
    else if elem null assignments then
      differs "${toJSON (head (filter (line: match "([A-Za-z]+)=(.*)" line == null) settings))} is no setting"
    else if { BindReadOnlyPaths = [ ]; } // withoutShell != expected then
      differs "its settings are not those that bundle.json lists"
    else
      map (problem: "${path} is not what confinix writes: ${problem}") (
        concatMap (setting: problemOfSetting name service setting service.confinement.${setting}) (
          attrNames service.confinement
        )
      );

  bindSettings = [
    "BindPaths"
    "BindReadOnlyPaths"
  ];

  switches = [
    "MountAPIVFS"
    "PrivateDevices"
    "PrivateMounts"
    "PrivateTmp"
    "PrivateUsers"
    "ProtectControlGroups"
    "ProtectKernelModules"
    "ProtectKernelTunables"
  ];

  # The only places that a preset of confinix' own shows for writing.
  writable = [
    "-/var/lib/postfix/queue/maildrop"
    "-/var/spool/postfix/maildrop"
  ];

  # What the drop-in of a service sets besides the mounts of its closure.
  problemOfSetting =
    name: service: setting: values:
    let
      adopt = service.adopt or false;
      stem = substring 0 (stringLength name - 8) name;
      root = substring 5 (-1) (head (service.confinement.RootDirectory or [ "" ]));
      isRoot =
        root == "confinement/${stem}"
        || root == "confinement/%n"
        || match "confinement/[a-zA-Z0-9:_.@-]+-[0-9a-f]{8}" root != null;
      # The instances of a template have one root, with a directory for each below it.
      made = if match ".*@" stem == null then root else "${root}/%I";
      definitions = attrValues (service.definitions or { });
      own = concatStringsSep " " (
        concatMap (setting: service.settings.${setting} or [ ]) [ "BindPaths" "BindReadOnlyPaths" ]
      );
      isOwn = value: value == "" || replaceStrings [ value ] [ "" ] own != own;
      isDefined =
        value: any (defined: any (bind: word bind == value || bind == value) defined.bindReadOnly) definitions;
      # Of the host's files that a preset of confinix' own shows, each only if the host has it.
      isBuiltIn = value: service.presets or [ ] != [ ] && substring 0 2 value == "-/";
      isSocket = value: value == "-/run/systemd/notify";
      isOutside =
        value:
        let
          inStore = match "-?(${storeRegex}/${baseName}).*" value;
        in
        inStore != null && !elem (head inStore) content.closures.${service.closure}.paths;
      allowed =
        if setting == "TemporaryFileSystem" then
          values == [ "${word storeDir}:ro" ]
        else if setting == "BindReadOnlyPaths" then
          !any (
            value:
            !(adopt && isOwn value)
            && (isOutside value || !(isDefined value || isBuiltIn value || isSocket value || isMapped definitions value))
          ) values
        else if setting == "BindPaths" then
          !any (value: !(adopt && isOwn value) && !elem value writable) values
        else if setting == "Environment" then
          !any (value: match "\"?[A-Za-z_][A-Za-z0-9_]*=.*" value == null) values
        else if adopt then
          false
        else if elem setting switches then
          values == [ "yes" ] || values == [ "no" ]
        else if setting == "RuntimeDirectory" then
          isRoot && values == [ made ]
        else if setting == "RootDirectory" then
          isRoot && values == [ "/run/${root}" ]
        else if setting == "ReadOnlyPaths" then
          values == [ "+/" ]
        else if setting == "InaccessiblePaths" then
          head values == "-+/run/${root}" && elem (tail values) [ [ ] [ "-+/tmp" "-+/var/tmp" ] ]
        else
          false;
    in
    if allowed then [ ] else [ "${setting}=${concatStringsSep " " (map toJSON values)}" ];

  # A bind with another target: each side is escaped by itself.
  isMapped =
    definitions: value:
    any (
      defined:
      any (
        bind:
        let
          parts = match "([^:]*):([^:]*)" bind;
        in
        parts != null && "${word (head parts)}:${word (elemAt parts 1)}" == value
      ) defined.bindReadOnly
    ) definitions;

  problemOfView =
    id: _:
    let
      texts = viewTexts id;
    in
    concatMap (
      path: if readFile (file path) == texts.${path} then [ ] else [ "${path} is not what confinix writes" ]
    ) (attrNames texts);

  # The units of a view, by their path in the bundle (src/confine/view_units.rs).
  viewTexts =
    id:
    let
      meta = metaOf id;
      place = placeOf id;
      life = ''
        StopWhenUnneeded=yes
        StartLimitIntervalSec=0
        X-StopOnRemoval=false
        DefaultDependencies=no
        Conflicts=umount.target
        Before=umount.target
      '';
      condition =
        path:
        let
          kind = if content.paths.${path} ? symlink then "ConditionPathIsSymbolicLink" else "ConditionPathExists";
        in
        "${kind}=${path}\n";
    in
    {
      "${units}/run-confinix-meta-${id}.mount" =
        "# Written by confinix: the names of the store paths in a closure.\n"
        + "[Unit]\nDescription=Names of closure ${id} (needs the kernel modules erofs and, before Linux 6.12 or util-linux 2.41, loop)\n"
        + life
        + "Requires=confinix-view@${id}.service\nAfter=confinix-view@${id}.service\nRequiresMountsFor=${storeDir}\n"
        + concatStringsSep "" (map condition content.closures.${id}.paths)
        + "\n[Mount]\nWhat=%Y/confinix-${id}.erofs\nWhere=${meta}\nType=erofs\n"
        + "Options=ro,nodev,nosuid,x-confinix=\"as,bind,mounts\"\n";
      "${units}/run-confinix-view-${id}.mount" =
        "# Written by confinix: the store paths of a closure, and no others.\n"
        + "[Unit]\nDescription=View of closure ${id}\n${life}RequiresMountsFor=${meta} ${storeDir}\n"
        + "ConditionPathIsMountPoint=${meta}\n\n[Mount]\nWhat=overlay\nWhere=${place}\nType=overlay\n"
        + "Options=ro,nodev,nosuid,metacopy=on,redirect_dir=follow,lowerdir=${meta}:${storeDir}\n";
      "${units}/run-confinix-.mount.d/zz-confinix.conf" =
        "# Written by confinix: a mount whose unit is gone goes too.\n[Unit]\nStopWhenUnneeded=yes\n";
      "${units}/confinix-view@.service" = ''
        # Written by confinix: makes the place of a view, and has views go whose bundle is gone.
        [Unit]
        Description=Place of view %i
        DefaultDependencies=no
        ConditionPathIsDirectory=|!/run/confinix/meta/%i
        ConditionPathExists=|!/run/systemd/system/run-confinix-.mount.d/zz-confinix.conf

        [Service]
        Type=oneshot
        ExecStart=systemd-tmpfiles --create -
        StandardInputText=d /run/confinix/meta/%i 0755
        StandardInputText=d /run/systemd/system/run-confinix-.mount.d 0755
        StandardInputText=f+ /run/systemd/system/run-confinix-.mount.d/zz-confinix.conf 0644 - - - [Unit]\\nStopWhenUnneeded=yes\\n
      '';
    };

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
builtins.seq (
  if viewed == { } || confinix != null then
    checked
  else
    builtins.trace "confinix: Nix can't look into the images of views in ${place}; give from-bundle.nix `confinix` to have them checked" checked
) (
  pkgs.runCommandLocal "confinix-bundle"
    {
      # Tens of thousands of paths would not fit into the environment.
      __structuredAttrs = true;
      bundle = withClosure source;
      confinix = if confinix == null then "" else "${confinix}/bin/confinix";
      outputChecks.out.allowedReferences = attrNames checked.paths;
    }
    # Nix copies a symlink as what it is, and evaluation follows it unseen.
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
