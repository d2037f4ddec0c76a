# The unit files of a plain set, as NixOS writes them (nixpkgs' systemd-lib.nix). [Install] has what NixOS makes links of, for
# `systemctl enable`.
texts: everyUnit: unitText: source:
{
  # Returns the definition of an attribute, completed.
  service,
  services,
  # Returns the unit name of an attribute.
  unitNameOf,
  # Returns the attributes of a template and its instance, or only the attribute.
  withTemplate,
  # The attributes of the services that are taken.
  taken,
  # Whether a unit is linked to /dev/null.
  isMasked,
  # Returns the commands of an attribute itself.
  execOf,
}:
let
  inherit (builtins)
    any
    attrNames
    concatMap
    elem
    filter
    head
    length
    map
    match
    toJSON
    tryEval
    zipAttrsWith
    ;
  inherit (texts)
    attrCode
    checkBool
    checkList
    checkSet
    checkString
    valueText
    withContext
    ;
  inherit (everyUnit) startedBy stemOf types;
  inherit (source) placeOf set;
  inherit (unitText)
    concat
    headText
    install
    lines
    section
    ;

  ## Services

  serviceText =
    attr:
    let
      place = placeOf attr;
      definition = service attr;
      environment = checkSet "${place}.environment" (definition.environment or { });
      assignments = map (
        name: "Environment=${toJSON "${name}=${valueText "${place}.environment.${attrCode name}" environment.${name}}"}\n"
      ) (filter (name: environment.${name} != null) (attrNames environment));
      is = option: default: checkBool "${place}.${option}" (definition.${option} or default);
      hints =
        (
          if is "reloadIfChanged" false then
            "X-ReloadIfChanged=true\n"
          else if !is "restartIfChanged" true then
            "X-RestartIfChanged=false\n"
          else
            ""
        )
        + (if !is "stopIfChanged" true then "X-StopIfChanged=false\n" else "")
        + (if is "notSocketActivated" false then "X-NotSocketActivated=true\n" else "");
    in
    headText place definition
    + "\n[Service]\n"
    + concat assignments
    + hints
    + section "${place}.serviceConfig" definition.serviceConfig
    + install place definition;

  # An instance adds to its template.
  filesOf =
    attr:
    let
      lineage = withTemplate attr;
      file = name: text: {
        inherit name;
        value = withContext text;
      };
    in
    if length lineage == 1 then
      [ (file (unitNameOf attr) (serviceText attr)) ]
    else
      (if elem (head lineage) written then [ ] else filesOf (head lineage))
      ++ [ (file "${unitNameOf attr}.d/overrides.conf" (serviceText attr)) ];

  # With a template come its instances, if they run what it runs: they have its drop-in.
  written =
    taken
    ++ filter (
      attr:
      let
        lineage = withTemplate attr;
      in
      length lineage > 1 && !elem attr taken
      && !isMasked attr
      && execOf attr == { }
    ) (filter (attr: any (template: elem template taken) (source.templatesOf attr)) (attrNames services));

  takenNames = map unitNameOf taken;

  ## Units of other types

  definitionsOf =
    type:
    if type == "timers" then
      zipAttrsWith (_: head) (map source.triggers.ofService taken) // source.triggers.timers
    else
      everyUnit.unitsOf set type;

  checkName =
    kind: place: name:
    if match ".+[.]${kind.suffix}" (checkString place name) != null then
      name
    else
      throw "confinix: ${place} is ${toJSON name}, which does not end in .${kind.suffix}";

  otherUnit =
    type: attr: given:
    let
      kind = types.${type};
      place = "${type}.${attrCode attr}";
      definition = everyUnit.completeTrigger place kind (checkSet place given);
      config = checkSet "${place}.${kind.section}" (definition.${kind.section} or { });
      name = checkName kind "${place}.name" (definition.name or "${stemOf type attr}.${kind.suffix}");
      listed = concat (
        map (
          option: lines place kind.lists.${option} (checkList "${place}.${option}" (definition.${option} or [ ]))
        ) [ "listenStreams" "listenDatagrams" ]
      );
      own =
        if kind.header == null then
          ""
        else
          "\n[${kind.header}]\n"
          + section "${place}.${kind.section}" config
          + (if kind.lists == { } then "" else listed);
    in
    {
      inherit name;
      isMasked = !checkBool "${place}.enable" (definition.enable or true);
      # What starts a service is taken with it.
      isTaken = kind.target == null || isTaken (startedBy place type name config);
      value = withContext (headText place definition + own + install place definition);
    };

  isTaken =
    unit:
    let
      template = match "([^@]+@).+[.]service" unit;
    in
    elem unit takenNames || template != null && elem "${head template}.service" takenNames;

  others = filter (unit: !unit.isMasked) (
    concatMap (
      type:
      let
        definitions = definitionsOf type;
      in
      map (attr: otherUnit type attr definitions.${attr}) (attrNames definitions)
    ) (attrNames types)
  );

  # Attributes of NixOS whose units are left out.
  notWritten = filter (name: set ? ${name}) [
    "automounts"
    "mounts"
    "user"
    "userServices"
  ];

  units = builtins.mapAttrs (
    name: files:
    if length files == 1 then
      (head files).value
    else
      throw "confinix: two units have the name ${name}: give one of them another"
  ) (builtins.groupBy (file: file.name) (concatMap filesOf written ++ filter (unit: unit.isTaken) others));

  nameOf =
    attr:
    let
      named = tryEval (unitNameOf attr);
    in
    if named.success then named.value else "${attr}.service";
in
{
  # By their path in a directory of units.
  inherit units;

  # The names of units that are not among them. A service that is left out may not evaluate.
  leftOut = filter (unit: !units ? ${unit}) (
    map nameOf (
      filter (attr: !elem attr written && !(tryEval (isMasked attr)).value) (attrNames services)
    )
    ++ map (unit: unit.name) (filter (unit: !unit.isTaken) others)
    ++ notWritten
  );
}
