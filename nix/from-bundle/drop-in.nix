# Checks, line by line, whether the drop-in of a service is what confinix writes.
{
  # The content of bundle.json.
  content,
  # Returns the file of this name in the bundle.
  file,
}:
let
  inherit (builtins)
    any
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    genList
    groupBy
    head
    isString
    length
    mapAttrs
    match
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    ;
  inherit (import ./places.nix)
    baseName
    dropInOf
    ownViewOf
    storeRegex
    viewIdOf
    viewOf
    word
    ;
  inherit (import ../choices.nix) meansOf;

  # Where the manager makes directories of services.
  runtime = if content.user or false then "%t" else "/run";

  # Where a symlink leads, if that is in this closure; otherwise null.
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
    name: service:
    let
      inherit (content.closures.${service.closure}) paths;
      view = (if service.observe or false then ownViewOf name else viewOf) (viewIdOf service);
      setting = if meansOf.${service.strategy}.isReadOnly then "BindReadOnlyPaths" else "BindPaths";
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
    if meansOf.${service.strategy}.isView then
      "BindReadOnlyPaths=${view}:${word storeDir}\n"
    else
      concatStringsSep "" (map line paths);

  problemOfDropIn =
    name: service:
    let
      path = dropInOf content name;
      text = readFile (file path);
      end = closureLines name service;
      size = stringLength text - stringLength end;
      lines = filter isString (split "\n" (substring 0 size text));
      start = [
        "# Written by confinix. Edits are lost when the bundle is made again."
      ]
      ++ (
        if meansOf.${service.strategy}.isView then
          [
            "[Unit]"
            "Wants=confinix-view.target"
            "Requires=confinix-view.service"
            "After=confinix-view.service confinix-view.target"
            ""
          ]
        else
          [ ]
      )
      ++ [ "[Service]" ];
      settings = genList (i: elemAt lines (i + length start)) (length lines - length start - 1);
      assignments = map (match "([A-Za-z]+)=(.*)") settings;
      valuesOf = pairs: mapAttrs (_: map (pair: elemAt pair 1)) (groupBy head pairs);
      # An empty assignment to one of these resets both, and is kept as one to the first (src/service/settings.rs).
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
      differs "it does not begin like a drop-in"
    else if elem null assignments then
      differs "${toJSON (head (filter (line: match "([A-Za-z]+)=(.*)" line == null) settings))} is not a setting"
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

  # The only places that built-in presets make writable.
  writable = [
    "-/var/lib/postfix/queue/maildrop"
    "-/var/spool/postfix/maildrop"
  ];

  # Checks what the drop-in of a service sets, except for the mounts of its closure.
  problemOfSetting =
    name: service: setting: values:
    let
      adopt = service.adopt or false;
      stem = substring 0 (stringLength name - 8) name;
      root = substring (stringLength runtime + 1) (-1) (head (service.confinement.RootDirectory or [ "" ]));
      isRoot =
        root == "confinement/${stem}"
        || root == "confinement/%n"
        || match "confinement/[a-zA-Z0-9:_.@-]+-[0-9a-f]{8}" root != null;
      # The instances of a template share one root, with a directory for each below it.
      made = if match ".*@" stem == null then root else "${root}/%I";
      definitions = attrValues (service.definitions or { });
      own = concatStringsSep " " (
        concatMap (setting: service.settings.${setting} or [ ]) [ "BindPaths" "BindReadOnlyPaths" ]
      );
      isOwn = value: value == "" || replaceStrings [ value ] [ "" ] own != own;
      isDefined =
        value: any (defined: any (bind: word bind == value || bind == value) defined.bindReadOnly) definitions;
      # A built-in preset shows files of the host, each only if the host has it.
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
          isRoot && values == [ "${runtime}/${root}" ]
        else if setting == "ReadOnlyPaths" then
          values == [ "+/" ]
        else if setting == "InaccessiblePaths" then
          head values == "-+${runtime}/${root}" && elem (tail values) [ [ ] [ "-+/tmp" "-+/var/tmp" ] ]
        else
          false;
    in
    if allowed then [ ] else [ "${setting}=${concatStringsSep " " (map toJSON values)}" ];

  # Whether this is a bind with another target: each side is escaped separately.
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
in
problemOfDropIn
