# The options that every unit of NixOS has, in a plain set (nixpkgs' systemd-unit-options.nix).
texts:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    filter
    head
    isAttrs
    isBool
    listToAttrs
    map
    match
    ;
  inherit (texts)
    attrCode
    checkSet
    checkString
    describe
    ;

  # The options that NixOS writes to unitConfig, each with its setting.
  ofUnit = {
    after = "After";
    before = "Before";
    bindsTo = "BindsTo";
    conflicts = "Conflicts";
    onFailure = "OnFailure";
    onSuccess = "OnSuccess";
    partOf = "PartOf";
    requires = "Requires";
    requisite = "Requisite";
    startLimitBurst = "StartLimitBurst";
    startLimitIntervalSec = "StartLimitIntervalSec";
    upholds = "Upholds";
    wants = "Wants";
  };

  # The other options of every unit of NixOS, none of which changes what it does.
  ofEveryUnit = attrNames ofUnit ++ [
    "aliases"
    "description"
    "documentation"
    "reloadTriggers"
    "requiredBy"
    "restartTriggers"
    "upheldBy"
    "wantedBy"
  ];

  # What the options for relations to other units make of unitConfig.
  unitConfigOf =
    place: definition:
    let
      given = filter (option: definition.${option} or [ ] != [ ]) (attrNames ofUnit);
      related = map (option: {
        name = ofUnit.${option};
        # NixOS writes a list of units on one line.
        value = toString definition.${option};
      }) given;
    in
    listToAttrs related // checkSet "${place}.unitConfig" (definition.unitConfig or { });

  # The types of units besides services, by their option: the suffix of their names; the header of their own section and the option
  # with its settings; options that become such settings; and the setting that names the service that they start.
  types = {
    paths = {
      suffix = "path";
      header = "Path";
      section = "pathConfig";
      lists = { };
      target = "Unit";
    };
    slices = {
      suffix = "slice";
      header = "Slice";
      section = "sliceConfig";
      lists = { };
      target = null;
    };
    sockets = {
      suffix = "socket";
      header = "Socket";
      section = "socketConfig";
      lists = {
        listenStreams = "ListenStream";
        listenDatagrams = "ListenDatagram";
      };
      target = "Service";
    };
    # A target has no section of its own.
    targets = {
      suffix = "target";
      header = null;
      section = "unitConfig";
      lists = { };
      target = null;
    };
    timers = {
      suffix = "timer";
      header = "Timer";
      section = "timerConfig";
      lists = { };
      target = "Unit";
    };
  };

  # The name of a unit of this type without its suffix.
  stemOf =
    type: name:
    let
      stem = match "(.+)[.]${types.${type}.suffix}" name;
    in
    if stem == null then name else head stem;

  # The name of a service without its suffix.
  stemOfService =
    attr:
    let
      stem = match "(.+)[.]service" attr;
    in
    if stem == null then attr else head stem;

  # systemd's words for true (`parse_boolean`).
  isTrue =
    x:
    if isBool x then
      x
    else
      elem "${toString x}" [
        "1"
        "yes"
        "y"
        "true"
        "t"
        "on"
      ];
in
{
  inherit
    ofEveryUnit
    stemOf
    stemOfService
    types
    unitConfigOf
    ;

  # The units of a type in a plain set.
  unitsOf =
    plain: type:
    let
      given = plain.${type} or { };
    in
    if isAttrs given && given.type or null != "derivation" then
      given
    else
      throw "confinix: ${type} is ${
        if isAttrs given then "a derivation" else describe given
      }, but a set is expected: beside `services`, confinix reads units there, as in NixOS's systemd.${type}; give it another name if it is something else";

  # The service that the unit `name` of a type starts, by the settings in its own section.
  startedBy =
    place: type: name: section:
    let
      inherit (types.${type}) target;
      stem = stemOf type name;
    in
    if section ? ${target} then
      checkString "${place}.${types.${type}.section}.${target}" section.${target}
    else if type == "sockets" && isTrue (section.Accept or false) then
      "${stem}@.service"
    else
      "${stem}.service";

  # Completes a socket, timer or path. `kind` is one of `types`.
  completeTrigger =
    place: kind: definition:
    let
      known =
        ofEveryUnit
        ++ attrNames kind.lists
        ++ [
          kind.section
          "enable"
          "name"
          "overrideStrategy"
          "unitConfig"
        ];
      unknown = filter (option: !elem option known) (attrNames definition);
    in
    if unknown == [ ] then
      definition // { unitConfig = unitConfigOf place definition; }
    else
      throw "confinix: ${place}.${attrCode (head unknown)} is unknown: write settings in ${kind.section} or unitConfig; the supported options of NixOS are ${concatStringsSep ", " known}";
}
