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
    mapAttrs
    match
    toJSON
    unsafeDiscardStringContext
    zipAttrsWith
    ;
  inherit (texts)
    assignments
    checkSet
    setOf
    settingText
    textAs
    withContext
    without
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

  sectionOf = option: attr: checkSet "${placeOf attr}: ${option}" ((service attr).${option} or { });

  settingsOf =
    option: take: convert: attr:
    assignments "${placeOf attr}: ${option}" convert (take (sectionOf option attr));

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
