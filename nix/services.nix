# Any NixOS configuration, or a plain set of services, to the services value that confinix reads.
#
#   nix eval --json -f fixtures/shop --apply "($(cat nix/services.nix)) { }"
#
# The value is one of
#   - a NixOS system (config.systemd.services), or a set of exactly one NixOS system,
#   - a NixOS configuration (systemd.services),
#   - { services.<name> = { serviceConfig.Exec… ; confinement = { … }; … }; packages ? [ ]; },
#     in the shape of systemd.services and systemd.packages,
#   - a function to one of these, if all its arguments have defaults.
#
# The result, in which a TEXT is { text; context; } because JSON drops the context of strings:
#
#   {
#     version = 1;
#     storeDir = "/nix/store";
#     services."web.service" = {
#       exec.ExecStart = [ TEXT ];            # the Exec settings that are set, resets ("") included
#       settings.PrivateTmp = [ "true" ];     # the listed settings that are set, as NixOS writes them
#       confinement = {
#         mode; packages = [ TEXT ]; binSh = TEXT or null; fullUnit = TEXT or null; strategy; adopt;
#         path = [ TEXT ]; environment.FOO = TEXT;   # empty unless they are to join the closure
#         presets = [ { name; bindReadOnly = [ TEXT ]; environment.FOO = TEXT; packages = [ TEXT ]; } ];
#         variables = [ "FOO" ];   # with presets: the variables that the unit sets itself
#       };
#       unitPackages = [ TEXT ];              # packages that may ship the unit, if it runs nothing here
#     };
#   }
#
# It stays lazy: a service that is not taken is asked for confinement.enable at most, and one that
# is taken for nothing but what appears above. Only builtins of Nix 2.8, since it is evaluated where
# there may be no nixpkgs.
{
  # POSIX regexes, each for a whole unit name or attribute name: take what one of them matches,
  # confined or not. null: take by confinement.enable.
  select ? null,
  # Without select: take every service, whatever confinement.enable says.
  all ? false,
  # What of every service joins its closure, besides what it asks for itself: any of "path",
  # "path-without-systemd" and "environment".
  include ? [ ],
  # The presets that every service has, besides those that it asks for itself.
  presets ? [ ],
}:
given:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    functionArgs
    genList
    getContext
    groupBy
    head
    intersectAttrs
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    match
    toJSON
    typeOf
    unsafeDiscardStringContext
    zipAttrsWith
    ;

  execSettings = setOf [
    "ExecCondition"
    "ExecStartPre"
    "ExecStart"
    "ExecStartPost"
    "ExecReload"
    "ExecReloadPost"
    "ExecStop"
    "ExecStopPost"
  ];

  # Those by which the tool decides what its drop-in may set.
  listedSettings = setOf [
    "RootDirectory"
    "RootImage"
    "RootDirectoryStartOnly"
    "RuntimeDirectory"
    "MountAPIVFS"
    "PrivateDevices"
    "PrivateTmp"
    "PrivateUsers"
    "PrivateMounts"
    "ProtectControlGroups"
    "ProtectKernelModules"
    "ProtectKernelTunables"
    "ProtectSystem"
    "ProtectHome"
    "ReadOnlyPaths"
    "ReadWritePaths"
    "InaccessiblePaths"
    "TemporaryFileSystem"
    "BindPaths"
    "BindReadOnlyPaths"
    "DynamicUser"
    "Type"
    "NotifyAccess"
    # Those of which an audit or `confinix enter` speaks (src/audit/foresight, src/inspect/exposure, src/enter/limits.rs).
    "AmbientCapabilities"
    "AppArmorProfile"
    "BusName"
    "CPUQuota"
    "CacheDirectory"
    "CapabilityBoundingSet"
    "ConfigurationDirectory"
    "Delegate"
    "DeviceAllow"
    "DevicePolicy"
    "Environment"
    "EnvironmentFile"
    "ExecPaths"
    "ExecSearchPath"
    "ExtensionDirectories"
    "ExtensionImages"
    "Group"
    "IPAddressAllow"
    "IPAddressDeny"
    "IPEgressFilterPath"
    "IPIngressFilterPath"
    "ImportCredential"
    "KeyringMode"
    "LimitCORE"
    "LimitMEMLOCK"
    "LimitNOFILE"
    "LimitNPROC"
    "LoadCredential"
    "LoadCredentialEncrypted"
    "LockPersonality"
    "LogsDirectory"
    "MemoryDenyWriteExecute"
    "MemoryHigh"
    "MemoryMax"
    "MountImages"
    "NetworkNamespacePath"
    "Nice"
    "NoExecPaths"
    "NoNewPrivileges"
    "OOMScoreAdjust"
    "PIDFile"
    "PassEnvironment"
    "PrivateIPC"
    "PrivateNetwork"
    "ProcSubset"
    "ProtectClock"
    "ProtectHostname"
    "ProtectKernelLogs"
    "ProtectProc"
    "RemoveIPC"
    "RestrictAddressFamilies"
    "RestrictFileSystems"
    "RestrictNamespaces"
    "RestrictNetworkInterfaces"
    "RestrictRealtime"
    "RestrictSUIDSGID"
    "SELinuxContext"
    "SecureBits"
    "SetCredential"
    "SetCredentialEncrypted"
    "Slice"
    "SmackProcessLabel"
    "SocketBindAllow"
    "SocketBindDeny"
    "StateDirectory"
    "SuccessExitStatus"
    "SupplementaryGroups"
    "SystemCallArchitectures"
    "SystemCallFilter"
    "TasksMax"
    "UMask"
    "UnsetEnvironment"
    "User"
    "WorkingDirectory"
  ];

  confinementOptions = [
    "enable"
    "packages"
    "binSh"
    "mode"
    "fullUnit"
    "strategy"
    "includePath"
    "includeEnvironment"
    "presets"
    "adopt"
  ];

  presetOptions = [
    "bindReadOnly"
    "environment"
    "packages"
  ];

  ## Errors and types

  describe =
    x:
    {
      bool = "a Boolean";
      float = "a number";
      int = "a number";
      lambda = "a function";
      list = "a list";
      null = "null";
      path = "a path";
      set = "a set";
      string = "a string";
    }
    .${typeOf x} or "a ${typeOf x}";

  unexpected =
    place: x: expected:
    throw "confinix: ${place} is ${describe x}, but ${expected} is expected";

  check =
    test: expected: place: x:
    if test x then x else unexpected place x expected;

  checkSet = check isAttrs "a set";
  checkList = check isList "a list";
  checkBool = check isBool "true or false";
  checkString = check isString "a string";

  # What "${x}" accepts.
  isText = x: isString x || isPath x || isAttrs x && (x ? outPath || x ? __toString);

  textAs =
    expected: place: x:
    if isText x then "${x}" else unexpected place x expected;

  withContext = s: {
    text = unsafeDiscardStringContext s;
    context = getContext s;
  };

  listText =
    expected: place: xs:
    imap (i: x: withContext (textAs expected "${place}[${toString i}]" x)) (checkList place xs);

  packageTexts = listText "a package or a string";

  namingPath =
    place: texts:
    imap (
      i: text:
      if match ".*${builtins.storeDir}/.*" (builtins.replaceStrings [ "\n" ] [ " " ] text.text) == null then
        throw "confinix: ${place}[${toString i}] is ${toJSON text.text}, which names no path in ${builtins.storeDir}"
      else
        text
    ) texts;

  imap = f: xs: genList (i: f i (elemAt xs i)) (length xs);

  flatten = x: if isList x then concatMap flatten x else [ x ];

  setOf =
    names:
    listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) names
    );

  unique = names: attrNames (setOf names);

  # An attribute name as Nix code would write it.
  attrCode = attr: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" attr == null then toJSON attr else attr;

  ## Where services come from

  fromNixOS = config: {
    option = "systemd.services";
    presets = {
      option = "security.confinix.presets";
      defined = config.security.confinix.presets or { };
      packages =
        let
          graphics = config.hardware.graphics or config.hardware.opengl or { };
          wrappers = config.security.wrappers or { };
        in
        {
          # What /run/opengl-driver leads to holds links to these.
          opengl = if graphics ? package then [ graphics.package ] ++ graphics.extraPackages or [ ] else [ ];
          # What /run/wrappers/bin/sendmail executes.
          sendmail = if wrappers ? sendmail then [ "${wrappers.sendmail.source}" ] else [ ];
        };
    };
    globalVariables = attrNames (config.systemd.globalEnvironment or { });
    inherit (config.systemd) services;
    packages = packageTexts "systemd.packages" (config.systemd.packages or [ ]);
    unitName =
      attr: definition:
      checkString "${placeOf attr}: name" (definition.name or (defaultUnitName attr));
    mayRename = true;
    # The module system has refused unknown options already, and other modules may declare more.
    checkOptions = _: confinement: confinement;
    # nixpkgs' module puts command lines there, which need not name any.
    checkPackages = _: texts: texts;
    unitText =
      attr: definition:
      let
        unit = source.unitName attr definition;
      in
      checkString "systemd.units.${attrCode unit}.text" (config.systemd.units.${unit}.text or null);
  };

  fromPlain = plain: {
    option = "services";
    presets = {
      option = "presets";
      defined = plain.presets or { };
      packages = { };
    };
    globalVariables = [ ];
    inherit (plain) services;
    packages = packageTexts "packages" (plain.packages or [ ]);
    unitName = attr: _: defaultUnitName attr;
    mayRename = false;
    checkOptions =
      place: confinement:
      let
        unknown = filter (option: !elem option confinementOptions) (attrNames confinement);
      in
      if unknown == [ ] then
        confinement
      else
        throw "confinix: ${place}.${attrCode (head unknown)} is unknown; there are ${concatStringsSep ", " confinementOptions}";
    checkPackages = namingPath;
    unitText =
      _: definition: concatStringsSep "\n" (stringsIn (removeAttrs definition [ "confinement" ]));
  };

  stringsIn =
    x:
    if isText x then
      [ "${x}" ]
    else if isAttrs x then
      concatMap stringsIn (attrValues x)
    else if isList x then
      concatMap stringsIn x
    else
      [ ];

  # Nix calls such functions by itself only where an attribute is taken out of what they yield.
  value =
    let
      defaults = attrValues (functionArgs given);
    in
    if isFunction given && defaults != [ ] && builtins.all (x: x) defaults then given { } else given;

  defaultUnitName = attr: "${attr}.service";

  isSystem = x: x ? config.systemd.services;

  source =
    if isSystem value then
      fromNixOS value.config
    else if value ? systemd.services then
      fromNixOS value
    else if isAttrs value && length (attrNames value) == 1 && isSystem (head (attrValues value)) then
      fromNixOS (head (attrValues value)).config
    else if value ? services then
      fromPlain value
    else
      throw "confinix: expected a NixOS system (config.systemd.services), a NixOS configuration (systemd.services), a set of exactly one NixOS system or a plain set { services = { … }; }, but found ${found}";

  found =
    let
      names = map attrCode (attrNames value);
      shown = genList (elemAt names) (if length names > 10 then 10 else length names);
    in
    if !isAttrs value then
      describe value
    else if names == [ ] then
      "an empty set"
    else
      "a set of ${concatStringsSep ", " shown}${if shown == names then "" else ", …"}; if these are NixOS systems, name one of them";

  placeOf = attr: "${source.option}.${attrCode attr}";

  services = checkSet source.option source.services;

  service = attr: checkSet (placeOf attr) services.${attr};

  unitNameOf = attr: source.unitName attr (service attr);

  ## Which services are taken

  isEnabled =
    attr:
    let
      place = "${placeOf attr}: confinement";
      confinement = checkSet place ((service attr).confinement or { });
    in
    checkBool "${place}.enable" (confinement.enable or false) && !isMasked attr;

  # A unit that NixOS links to /dev/null runs nothing.
  isMasked = attr: !(checkBool "${placeOf attr}.enable" ((service attr).enable or true));

  # A unit that NixOS has renamed is found by that name only where no attribute answers to the
  # regex: looking would evaluate the name of every service.
  selectedBy =
    regex:
    let
      matches = name: match regex name != null;
      byAttr = filter (
        attr: matches attr || matches (defaultUnitName attr) && matches (unitNameOf attr)
      ) (attrNames services);
    in
    if byAttr == [ ] && source.mayRename then
      filter (attr: matches (unitNameOf attr)) (attrNames services)
    else
      byAttr;

  taken =
    if select != null then
      unique (concatMap selectedBy select)
    else if all then
      filter (attr: !isMasked attr) (attrNames services)
    else
      filter isEnabled (attrNames services);

  ## One service

  # systemd reads an instance on top of its template, unless the instance is a unit file of its own.
  withTemplate =
    attr:
    let
      template = match "([^@]+@).+" attr;
    in
    if
      template != null
      && services ? ${head template}
      && ((service attr).overrideStrategy or "asDropin") == "asDropin"
    then
      [
        (head template)
        attr
      ]
    else
      [ attr ];

  execText = place: x: withContext (textAs "a command line" place x);

  settingText =
    place: x:
    if isBool x then
      (if x then "true" else "false")
    else if isInt x || isFloat x then
      toString x
    else
      unsafeDiscardStringContext (textAs "a string, a number, true or false" place x);

  settingsOf =
    names: convert: attr:
    let
      place = "${placeOf attr}: serviceConfig";
      serviceConfig = checkSet place ((service attr).serviceConfig or { });
      entriesOf =
        name: set:
        let
          # NixOS writes a null as an empty assignment.
          values = map (x: if x == null then "" else x) (flatten set);
          index = i: if isList set then "[${toString i}]" else "";
        in
        imap (i: convert "${place}.${name}${index i}") values;
      entries = mapAttrs entriesOf (intersectAttrs names serviceConfig);
    in
    removeAttrs entries (filter (name: entries.${name} == [ ]) (attrNames entries));

  # NixOS writes `environment` as assignments before those of serviceConfig. Only foresight asks for them, so what can't be
  # evaluated is left out.
  environmentSettings =
    attr:
    let
      place = "${placeOf attr}: environment";
      environment = checkSet place ((service attr).environment or { });
      names = filter (name: environment.${name} != null) (attrNames environment);
      assignments = map (
        name: toJSON "${name}=${settingText "${place}.${name}" environment.${name}}"
      ) names;
      evaluated = builtins.tryEval (builtins.deepSeq assignments assignments);
    in
    if evaluated.success && evaluated.value != [ ] then { Environment = evaluated.value; } else { };

  merged = zipAttrsWith (_: concatLists);

  # "path", "path-without-systemd" or null.
  pathIncluded =
    place: own:
    if own == true || elem "path" include then
      "path"
    else if own == "path-without-systemd" || elem own [ false null ] && elem "path-without-systemd" include then
      "path-without-systemd"
    else if elem own [ false null ] then
      null
    else
      throw "confinix: ${place} is ${if isString own then toJSON own else describe own}; there are true, false and \"path-without-systemd\"";

  # What NixOS puts on the PATH of a package (`lib.getBin`).
  binOf =
    package:
    if isAttrs package && !(package.outputSpecified or false) then
      package.bin or package.out or package
    else
      package;

  pathOf =
    attr: included:
    let
      place = "${placeOf attr}: path";
      texts = packageTexts place (map binOf (checkList place ((service attr).path or [ ])));
      isSystemd = text: match ".*/[0-9a-z]{32}-systemd(-minimal)?-[0-9][^/]*" text.text != null;
      leftOut = {
        text = "";
        context = { };
      };
    in
    # Its place stays, for the others' indices.
    map (text: if included == "path-without-systemd" && isSystemd text then leftOut else text) texts;

  # An instance's PATH takes the place of its template's.
  pathOfLineage =
    lineage: included:
    let
      own = filter (attr: (service attr).path or [ ] != [ ]) lineage;
    in
    if included == null || own == [ ] then [ ] else pathOf (elemAt own (length own - 1)) included;

  # PATH is what NixOS makes of `path`, which is asked for by itself.
  environmentOf =
    attr:
    let
      place = "${placeOf attr}: environment";
      environment = checkSet place ((service attr).environment or { });
      variables = filter (
        variable:
        environment.${variable} != null && !(variable == "PATH" && (service attr).path or [ ] != [ ])
      ) (attrNames environment);
    in
    listToAttrs (
      map (variable: {
        name = variable;
        value = withContext (
          textAs "a string, a number or a package" "${place}.${attrCode variable}" (
            let
              x = environment.${variable};
            in
            if isInt x || isFloat x then toString x else x
          )
        );
      }) variables
    );

  confinementOf =
    attr: lineage:
    let
      place = "${placeOf attr}: confinement";
      confinement = source.checkOptions place (checkSet place ((service attr).confinement or { }));
      binSh = confinement.binSh or null;
    in
    {
      mode = checkString "${place}.mode" (confinement.mode or "full-apivfs");
      packages = source.checkPackages "${place}.packages" (
        packageTexts "${place}.packages" (confinement.packages or [ ])
      );
      binSh =
        if binSh == null then null else withContext (textAs "a path or null" "${place}.binSh" binSh);
      fullUnit =
        if checkBool "${place}.fullUnit" (confinement.fullUnit or false) then
          withContext (concatStringsSep "\n" (map (a: source.unitText a (service a)) lineage))
        else
          null;
      strategy =
        if confinement.strategy or null == null then
          null
        else
          checkString "${place}.strategy" confinement.strategy;
      path = pathOfLineage lineage (
        pathIncluded "${place}.includePath" (confinement.includePath or false)
      );
      environment =
        if
          checkBool "${place}.includeEnvironment" (confinement.includeEnvironment or false)
          || elem "environment" include
        then
          foldl' (found: a: found // environmentOf a) { } lineage
        else
          { };
      adopt = checkBool "${place}.adopt" (confinement.adopt or false);
      presets = map presetOf (presetsOf attr);
      variables = if presetsOf attr == [ ] then [ ] else unique (concatMap variablesOf lineage);
    };

  presetOf =
    name:
    let
      inherit (source.presets) option packages;
      defined = checkSet option source.presets.defined;
      place = "${option}.${attrCode name}";
      definition = checkSet place (defined.${name} or { });
      unknown = filter (key: !elem key presetOptions) (attrNames definition);
    in
    if unknown != [ ] then
      throw "confinix: ${place}.${attrCode (head unknown)} is unknown; there are ${concatStringsSep ", " presetOptions}"
    else
      {
        inherit name;
        bindReadOnly = listText "a path" "${place}.bindReadOnly" (definition.bindReadOnly or [ ]);
        environment = mapAttrs (
          variable: x: withContext (textAs "a string" "${place}.environment.${attrCode variable}" x)
        ) (checkSet "${place}.environment" (definition.environment or { }));
        packages = packageTexts "${place}.packages" (
          checkList "${place}.packages" (definition.packages or [ ]) ++ packages.${name} or [ ]
        );
      };

  presetsOf =
    attr:
    let
      place = "${placeOf attr}: confinement.presets";
      own = imap (i: checkString "${place}[${toString i}]") (
        checkList place ((service attr).confinement.presets or [ ])
      );
    in
    own ++ filter (name: !elem name own) presets;

  # The names alone; some that only look like one in a value do no harm.
  variablesOf =
    attr:
    let
      inherit (service attr) serviceConfig environment;
      assigned = concatMap (
        x: map head (filter isList (builtins.split "([a-zA-Z_][a-zA-Z0-9_]*)=" "${x}"))
      ) (filter isString (flatten [ (serviceConfig.Environment or [ ]) ]));
    in
    (if (service attr) ? environment then attrNames environment else [ ])
    ++ (if (service attr) ? serviceConfig then assigned else [ ])
    ++ source.globalVariables;

  serviceValue =
    attr:
    let
      lineage = withTemplate attr;
      exec = merged (map (settingsOf execSettings execText) lineage);
      commands = filter (line: line.text != "") (concatLists (attrValues exec));
    in
    {
      inherit exec;
      settings = merged (
        concatMap (a: [
          (environmentSettings a)
          (settingsOf listedSettings settingText a)
        ]) lineage
      );
      confinement = confinementOf attr lineage;
      unitPackages = if commands == [ ] then source.packages else [ ];
    };

  onlyOne =
    unit: attrs:
    if length attrs == 1 then
      head attrs
    else
      throw "confinix: ${concatStringsSep " and " (map placeOf attrs)} are both named ${unit}";
in
{
  version = 1;
  inherit (builtins) storeDir;
  services = mapAttrs (unit: attrs: serviceValue (onlyOne unit attrs)) (groupBy unitNameOf taken);
}
