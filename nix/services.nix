# Any NixOS configuration, or a plain set of services, to the services value that confinix reads.
#
#   nix eval --json -f fixtures/shop --apply "import ./nix/services.nix { }"
#
# The value is one of
#   - a NixOS system (config.systemd.services), or a set of exactly one NixOS system,
#   - a NixOS configuration (systemd.services),
#   - { services.<name> = { serviceConfig.Exec… ; confinement = { … }; … }; packages ? [ ]; pkgs ? null; presets ? { }; },
#     in the shape of systemd.services and systemd.packages. It is read as NixOS makes units of it (services/plain.nix); `pkgs` is
#     what scripts and the default PATH take. <name> may end in .service,
#   - a function to one of these, if all its arguments have defaults.
#
# The result, in which a TEXT is { text; context; } because JSON drops the context of strings. A store path in it is a root where
# both hold it. (In what the tool records of unit files, a TEXT is { text; }, and every store path in it is a root.)
#
#   {
#     version = 2;
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
#       unitPackages = [ TEXT ];              # packages that may ship the unit, or drop-ins for it
#       # How it is merged with what packages ship, where there are any; each if it is not the default.
#       placement = {
#         dropIn = "shipped";   # when NixOS makes a drop-in of all this: where a package ships the unit,
#                               # "always", or "found": where there is the unit or its template
#         aliases = [ "other.service" ];
#         template = { exec; settings; isDropIn; };   # of an instance: exec and settings as above, which
#                                                     # begin with them unless dropIn is "shipped"
#         upstream = TEXT;      # systemd's own units, if the unit may be one of them
#       };
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
    groupBy
    head
    intersectAttrs
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isString
    length
    listToAttrs
    mapAttrs
    match
    toJSON
    unsafeDiscardStringContext
    zipAttrsWith
    ;

  texts = import ./services/texts.nix;
  inherit (texts)
    attrCode
    binOf
    checkBool
    checkList
    checkSet
    checkString
    describe
    flatten
    imap
    listText
    packageTexts
    setOf
    textAs
    unique
    withContext
    ;

  source = import ./services/source.nix texts (import ./services/plain.nix texts) given;
  inherit (source) defaultUnitName placeOf;

  settings = import ./services/settings.nix;
  # As sets, so that those a service has are found without asking for each.
  execSettings = setOf settings.exec;
  listedSettings = setOf settings.listed;

  presetOptions = [
    "bindReadOnly"
    "environment"
    "packages"
  ];

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
        attr: matches (source.stemOf attr) || matches (defaultUnitName attr) && matches (unitNameOf attr)
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
      templates = filter (template: services ? ${template}) (source.templatesOf attr);
    in
    if templates != [ ] && ((service attr).overrideStrategy or "asDropin") == "asDropin" then
      [
        (head templates)
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
          variable: x:
          if match "[a-zA-Z_][a-zA-Z0-9_]*" variable == null then
            throw "confinix: ${place}.environment.${attrCode variable} is not the name of a variable, so that systemd would ignore it: take letters, digits and _, and no digit first"
          else
            withContext (textAs "a string" "${place}.environment.${attrCode variable}" x)
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

  execOf = settingsOf execSettings execText;

  allSettingsOf =
    attr:
    merged [
      (environmentSettings attr)
      (settingsOf listedSettings settingText attr)
    ];

  # Any package may ship a drop-in for any unit, so none can be left out unseen, whatever the service
  # has itself; they are part of the system anyway.
  unitPackages = builtins.addErrorContext "while looking for packages that ship units of services in ${source.packagesOption}" source.packages;

  placementOf =
    attr:
    let
      definition = service attr;
      strategy = definition.overrideStrategy or null;
      templates = source.templatesOf attr;
      template = filter (template: services ? ${template}) templates;
      exec = execOf attr;
      resets = filter (lines: (head lines).text == "") (attrValues exec);
      dropIn =
        if strategy == "asDropin" then
          "always"
        else if strategy == null && templates != [ ] then
          "found"
        else
          "shipped";
      # systemd refuses a second ExecStart=, so that one without a reset is no addition to systemd's own.
      upstream =
        if dropIn == "always" || !exec ? ExecStart || resets != [ ] then
          source.upstream (unitNameOf attr)
        else
          null;
      aliases = filter (name: match ".*[.]service" name != null) (definition.aliases or [ ]);
      optional = name: isDefault: value: if isDefault then { } else { ${name} = value; };
    in
    optional "dropIn" (dropIn == "shipped") dropIn
    // optional "aliases" (aliases == [ ]) aliases
    // optional "upstream" (upstream == null) upstream
    // optional "template" (template == [ ]) {
      exec = execOf (head template);
      settings = allSettingsOf (head template);
      isDropIn = (service (head template)).overrideStrategy or null == "asDropin";
    };

  serviceValue =
    attr:
    let
      lineage = withTemplate attr;
      placement = placementOf attr;
    in
    {
      exec = merged (map execOf lineage);
      settings = merged (map allSettingsOf lineage);
      confinement = confinementOf attr lineage;
      inherit unitPackages;
    }
    // (if placement == { } || unitPackages == [ ] && !placement ? upstream then { } else { inherit placement; });

  onlyOne =
    unit: attrs:
    if length attrs == 1 then
      head attrs
    else
      throw "confinix: ${concatStringsSep " and " (map placeOf attrs)} are both named ${unit}";
in
{
  version = 2;
  inherit (builtins) storeDir;
  services = mapAttrs (unit: attrs: serviceValue (onlyOne unit attrs)) (groupBy unitNameOf taken);
}
