# The content of a unit: commands, settings, and how it is merged with the units that packages ship.
texts: settings: source:
{
  # All definitions by attribute, and a function that returns one of them.
  services,
  service,
  # Returns the unit name of an attribute.
  unitNameOf,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    filter
    head
    intersectAttrs
    isBool
    isFloat
    isInt
    isList
    mapAttrs
    match
    toJSON
    unsafeDiscardStringContext
    zipAttrsWith
    ;
  inherit (texts)
    checkSet
    flatten
    imap
    setOf
    textAs
    withContext
    ;
  inherit (source) placeOf;

  # Sets, so that those which a service has are found without a look at each.
  execSettings = setOf settings.exec;
  describedSettings = setOf settings.described;

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

  sectionOf = option: attr: checkSet "${placeOf attr}: ${option}" ((service attr).${option} or { });

  settingsOf =
    option: take: convert: attr:
    let
      place = "${placeOf attr}: ${option}";
      entriesOf =
        name: set:
        let
          # NixOS writes a null as an empty assignment.
          values = map (x: if x == null then "" else x) (flatten set);
          index = i: if isList set then "[${toString i}]" else "";
        in
        imap (i: convert "${place}.${name}${index i}") values;
      entries = mapAttrs entriesOf (take (sectionOf option attr));
    in
    removeAttrs entries (filter (name: entries.${name} == [ ]) (attrNames entries));

  # NixOS writes `environment` as assignments before those of serviceConfig. Only foresight needs them, so they are left out if they
  # can't be evaluated.
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

  execOf = settingsOf "serviceConfig" (intersectAttrs execSettings) execText;

  # Settings that begin with X- are not for systemd. None of those left out is evaluated.
  without =
    names: section:
    removeAttrs section (attrNames names ++ filter (name: match "X-.*" name != null) (attrNames section));

  allSettingsOf =
    attr:
    merged [
      (environmentSettings attr)
      (settingsOf "unitConfig" (without describedSettings) settingText attr)
      (settingsOf "serviceConfig" (without execSettings) settingText attr)
    ];

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
      # systemd refuses a second ExecStart=, so a unit with one and without a reset is no addition to systemd's own unit.
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
in
{
  inherit
    allSettingsOf
    execOf
    merged
    placementOf
    withTemplate
    ;
}
