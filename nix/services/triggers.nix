# The sockets, timers and paths that start services, as NixOS writes their units (nixpkgs' systemd-lib.nix).
texts: settings: everyUnit: source:
{
  # Returns the definition of a service.
  service,
  # Returns the unit name of the attribute of a service.
  unitNameOf,
}:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    filter
    groupBy
    listToAttrs
    map
    zipAttrsWith
    ;
  inherit (texts)
    assignments
    attrCode
    checkBool
    checkList
    checkSet
    checkString
    setOf
    settingText
    without
    ;
  inherit (everyUnit) startedBy stemOf;

  kinds = { inherit (everyUnit.types) paths sockets timers; };

  described = setOf settings.described;

  triggerOf =
    option: attr: definition:
    let
      inherit (kinds.${option}) suffix lists;
      place = "${source.triggers.option option}.${attrCode attr}";
      sectionOf = part: checkSet "${place}.${part}" (definition.${part} or { });
      name = checkString "${place}.name" (definition.name or "${stemOf option attr}.${suffix}");
      section = sectionOf kinds.${option}.section;
      assigned = part: assignments "${place}.${part}" settingText;
    in
    {
      inherit name;
      target = startedBy place option name section;
      value = zipAttrsWith (_: concatLists) (
        [
          (assigned "unitConfig" (without described (sectionOf "unitConfig")))
          (assigned kinds.${option}.section (without { } section))
        ]
        ++ map (
          list: assigned list { ${lists.${list}} = checkList "${place}.${list}" (definition.${list} or [ ]); }
        ) (attrNames lists)
      );
    };

  triggersOf =
    option:
    let
      place = source.triggers.option option;
      defined = checkSet place source.triggers.${option};
    in
    concatMap (
      attr:
      let
        own = "${place}.${attrCode attr}";
        definition = source.triggers.complete own kinds.${option} (checkSet own defined.${attr});
      in
      if checkBool "${own}.enable" (definition.enable or true) then
        [ (triggerOf option attr definition) ]
      else
        [ ]
    ) (attrNames defined);

  byTarget = groupBy (trigger: trigger.target) (concatMap triggersOf (attrNames kinds));

  # The timer that NixOS makes of `startAt`, in a plain set.
  calendarOf =
    attr:
    let
      made = source.triggers.ofService attr;
    in
    filter (trigger: trigger.target == unitNameOf attr) (
      map (name: triggerOf "timers" name (source.triggers.complete name kinds.timers made.${name})) (attrNames made)
    );
in
# Returns the units that start the service of an attribute, by name, each with its settings.
attr: listToAttrs (calendarOf attr ++ byTarget.${unitNameOf attr} or [ ])
