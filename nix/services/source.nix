# Reads services from a NixOS configuration or from a plain set.
texts: settings: everyUnit: plainServices: startAt: users: user: given:
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
    fromJSON
    genList
    head
    isAttrs
    isList
    length
    mapAttrs
    match
    readFile
    ;
  inherit (texts)
    attrCode
    checkList
    checkString
    describe
    imap
    isText
    namingPath
    textAs
    withContext
    ;

  # `manager`: the directory of its units among those that systemd ships.
  fromNixOS = manager: config: {
    option = "systemd.services";
    # NixOS writes the unit files itself.
    set = null;
    records = recordsOf (config.security.confinix.rehearsals or [ ]);
    presets = {
      option = "security.confinix.presets";
      defined = config.security.confinix.presets or { };
      packages =
        let
          graphics = config.hardware.graphics or config.hardware.opengl or { };
          wrappers = config.security.wrappers or { };
        in
        {
          # The directory that /run/opengl-driver leads to contains links to these.
          opengl = if graphics ? package then [ graphics.package ] ++ graphics.extraPackages or [ ] else [ ];
          # /run/wrappers/bin/sendmail executes this.
          sendmail = if wrappers ? sendmail then [ "${wrappers.sendmail.source}" ] else [ ];
        };
    };
    globalVariables = attrNames (config.systemd.globalEnvironment or { });
    inherit (config.systemd) services;
    triggers = {
      sockets = config.systemd.sockets or { };
      timers = config.systemd.timers or { };
      paths = config.systemd.paths or { };
      option = kind: "systemd.${kind}";
      # The module system already refuses unknown options.
      complete =
        _: _: definition:
        definition;
      # NixOS has made timers of `startAt`.
      ofService = _: { };
    };
    packagesOption = "systemd.packages";
    packages = shippingUnits "systemd.packages" (config.systemd.packages or [ ]);
    upstream =
      unit:
      if config.systemd ? package && !elem unit (config.systemd.suppressedSystemUnits or [ ]) then
        withContext "${config.systemd.package}/example/systemd/${manager}"
      else
        null;
    isUser = false;
    # By attribute; nix/module/default-on.nix makes them.
    exceptions = config.security.confinix.default.exceptions or { };
    isDefaultOn = config.security.confinix.default.enable or false;
    isByDefault = confinement: confinement.enable or false && confinement.byDefault or false;
    stemOf = attr: attr;
    defaultUnitName = attr: "${attr}.service";
    unitName =
      attr: definition:
      checkString "${placeOf attr}: name" (definition.name or (source.defaultUnitName attr));
    mayRename = true;
    inherit templatesOf;
    # The module system already refuses unknown options, and other modules may declare more.
    checkOptions = _: confinement: confinement;
    # nixpkgs' module adds command lines, which need not contain a store path.
    checkPackages = _: texts: texts;
    unitText =
      attr: definition:
      let
        unit = source.unitName attr definition;
      in
      checkString "systemd.units.${attrCode unit}.text" (config.systemd.units.${unit}.text or null);
  };

  fromPlain =
    plain:
    let
      inherit (plainServices plain) complete sources stemOf;
      scheduled = startAt {
        services = if isAttrs plain.services then plain.services else { };
        timers = everyUnit.unitsOf plain "timers";
      };
    in
    {
      option = "services";
      records = recordsOf (checkList "rehearsals" (plain.rehearsals or [ ]));
      presets = {
        option = "presets";
        defined = plain.presets or { };
        packages = { };
      };
      globalVariables = [ ];
      services =
        if isAttrs plain.services then
          mapAttrs (
            attr: definition:
            if isAttrs definition then complete (placeOf attr) attr definition else definition
          ) plain.services
        else
          plain.services;
      triggers = {
        sockets = everyUnit.unitsOf plain "sockets";
        inherit (scheduled) timers ofService;
        paths = everyUnit.unitsOf plain "paths";
        option = kind: kind;
        complete = everyUnit.completeTrigger;
      };
      set = plain;
      packagesOption = "packages";
      packages = shippingUnits "packages" (plain.packages or [ ]);
      upstream = _: null;
      isUser = false;
      exceptions = { };
      isDefaultOn = false;
      isByDefault = _: false;
      inherit stemOf;
      defaultUnitName = attr: "${stemOf attr}.service";
      unitName =
        attr: definition:
        checkString "${placeOf attr}: name" (definition.name or (source.defaultUnitName attr));
      mayRename = any (definition: definition ? name) (attrValues plain.services);
      templatesOf =
        attr: concatMap (template: [ template "${template}.service" ]) (templatesOf (stemOf attr));
      inherit (ownChecks) checkOptions checkPackages;
      unitText =
        _: definition: concatStringsSep "\n" (stringsIn (removeAttrs definition sources));
    };

  # The checks of options that no module system declares.
  ownChecks = {
    checkOptions =
      place: confinement:
      let
        unknown = filter (option: !elem option settings.confinement) (attrNames confinement);
      in
      if unknown == [ ] then
        confinement
      else
        throw "confinix: ${place}.${attrCode (head unknown)} is unknown; expected one of ${concatStringsSep ", " settings.confinement}";
    checkPackages = namingPath;
  };

  # Returns a list with the attribute of an instance's template, or an empty list.
  templatesOf =
    attr:
    let
      template = match "([^@]+@).+" attr;
    in
    if template == null then [ ] else template;

  # Leaves out a bundle that is made from these very services; nothing but its mark is evaluated.
  shippingUnits =
    option: packages:
    filter (text: text != null) (
      imap (
        i: package:
        if package.isConfinixBundle or false then
          null
        else
          withContext (textAs "a package or a string" "${option}[${toString i}]" package)
      ) (checkList option packages)
    );

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

  # The services of records, each file read once.
  recordsOf = map (record: (fromJSON (readFile record)).services or { });

  value = texts.called given;

  isSystem = x: x ? config.systemd.services;
  isHome = x: users.isOfHome (x.config or x);

  fromConfiguration =
    config:
    if user || users.isOfHome config then
      users.asUser ownChecks "systemd.user.services" config.systemd.user.services (fromNixOS "user" (users.ofConfiguration config))
    else
      fromNixOS "system" config;

  source =
    if isSystem value || isHome value then
      fromConfiguration (value.config or value)
    else if value ? systemd.services then
      fromConfiguration value
    else if isAttrs value && length (attrNames value) == 1 && (isSystem (head (attrValues value)) || isHome (head (attrValues value))) then
      fromConfiguration (head (attrValues value)).config
    else if value ? userServices && (user || !value ? services) then
      users.asUser ownChecks "userServices" value.userServices (fromPlain (users.ofPlain value))
    else if user && value ? services then
      throw "confinix: this set has no services of users: put them into `userServices`"
    else if value ? services then
      fromPlain value // (if value ? userServices then { beside = "userServices"; } else { })
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
in
source // { inherit placeOf; }
