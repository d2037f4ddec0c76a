# The confinement options of a service, and what they add to its closure.
texts: settings: source:
{
  # Returns the definition of an attribute.
  service,
  # The same as in services.nix, for all services.
  include,
  presets,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    head
    isFloat
    isInt
    isList
    isString
    length
    listToAttrs
    mapAttrs
    match
    toJSON
    ;
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
    textAs
    unique
    withContext
    ;
  inherit (source) placeOf;

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
      throw "confinix: ${place} is ${if isString own then toJSON own else describe own}; expected true, false or \"path-without-systemd\"";

  pathOf =
    attr: included:
    let
      place = "${placeOf attr}: path";
      texts = packageTexts place (map binOf (checkList place ((service attr).path or [ ])));
      # The name of the package decides, as in src/source/units.rs.
      isSystemd =
        text: match ".*/[0-9a-z]{32}-systemd(-minimal)?(-[^a-zA-Z/][^/]*)?" text.text != null;
      leftOut = {
        text = "";
        context = { };
      };
    in
    # A package that is left out keeps its place, so that the indices of the others stay the same.
    map (text: if included == "path-without-systemd" && isSystemd text then leftOut else text) texts;

  # The PATH of an instance replaces that of its template.
  pathOfLineage =
    lineage: included:
    let
      own = filter (attr: (service attr).path or [ ] != [ ]) lineage;
    in
    if included == null || own == [ ] then [ ] else pathOf (elemAt own (length own - 1)) included;

  # If NixOS makes PATH from `path`, it is left out: `path` has an option of its own.
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
      observe = checkBool "${place}.observe" (confinement.observe or false);
      hide = imap (i: checkString "${place}.hide[${toString i}]") (
        checkList "${place}.hide" (confinement.hide or [ ])
      );
      presets = map presetOf (presetsOf attr);
      variables = if presetsOf attr == [ ] then [ ] else unique (concatMap variablesOf lineage);
    }
    // (
      if confinement.hideUnobserved or null == null then
        { }
      else
        { hideUnobserved = checkString "${place}.hideUnobserved" confinement.hideUnobserved; }
    )
    // (
      let
        runs = runsOf (source.unitName attr (service attr)) confinement;
      in
      if runs == [ ] then { } else { inherit runs; }
    )
    # Only the module has services that are confined by default.
    // (if source.isByDefault confinement then { byDefault = true; } else { });

  # What records tell of the files that runs of a unit touched, if its view leaves out executables.
  runsOf =
    unit: confinement:
    let
      hides = class: elem class (confinement.hide or [ ]);
      runOf =
        record:
        let
          recorded = record.${unit} or { };
          within = recorded.observation.within or { };
        in
        if recorded ? observation && recorded ? holdsFor then
          [
            {
              inherit (recorded.holdsFor) closure;
              inherit (recorded.observation) incomplete;
              binSh = recorded.observation.binSh or null;
              executed = within.executed or [ ];
              opened = within.opened or [ ];
            }
          ]
        else
          [ ];
    in
    if confinement.hideUnobserved or null != null || hides "programs" || hides "interpreters" then
      concatMap runOf source.records
    else
      [ ];

  presetOf =
    name:
    let
      inherit (source.presets) option packages;
      defined = checkSet option source.presets.defined;
      place = "${option}.${attrCode name}";
      definition = checkSet place (defined.${name} or { });
      unknown = filter (key: !elem key settings.preset) (attrNames definition);
    in
    if unknown != [ ] then
      throw "confinix: ${place}.${attrCode (head unknown)} is unknown; expected one of ${concatStringsSep ", " settings.preset}"
    else
      {
        inherit name;
        bindReadOnly = listText "a path" "${place}.bindReadOnly" (definition.bindReadOnly or [ ]);
        environment = mapAttrs (
          variable: x:
          if match "[a-zA-Z_][a-zA-Z0-9_]*" variable == null then
            throw "confinix: ${place}.environment.${attrCode variable} is not a variable name, so systemd would ignore it: use letters, digits and _, not starting with a digit"
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

  # Only names matter. A part of a value that merely looks like a name does no harm.
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
in
confinementOf
