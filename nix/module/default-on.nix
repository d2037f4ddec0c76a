# Which services security.confinix.default confines, and which it leaves out: { isConfined; exceptions; problems; }.
{
  lib,
  # The configuration of the system.
  nixos,
}:
let
  inherit (lib)
    any
    attrNames
    concatMap
    filter
    filterAttrs
    hasSuffix
    mapAttrs
    optional
    removeSuffix
    ;
  inherit (import ../services/settings.nix) exec;
  inherit (import ../services/texts.nix) attrCode;

  inherit (nixos.security.confinix.default) enable except;
  inherit (nixos.systemd) services;

  exceptOf = name: "security.confinix.default.except.${attrCode name}";
  serviceOf = attr: "systemd.services.${attrCode attr}";

  isBlank = text: builtins.match "[[:space:]]*" text != null;

  ## Names

  stemOf = attr: service: removeSuffix ".service" (service.name or attr);
  templateOf =
    stem:
    let
      parts = builtins.match "([^@]+@).+" stem;
    in
    if parts == null then null else builtins.head parts;
  # The names under which an exception may be: an instance has the exception of its template.
  namesOf =
    attr: stem:
    lib.unique ([ attr stem ] ++ optional (templateOf stem != null) (templateOf stem));

  ## Exceptions

  ownTable = concatMap (
    { reason, services }: map (pattern: { inherit reason pattern; }) services
  ) (import ./own-services.nix);
  isNot = entry: lib.hasPrefix "!" entry.pattern;
  parts = lib.partition (entry: builtins.match "[^*]*" entry.pattern != null) (
    filter (entry: !isNot entry) ownTable
  );
  exact = lib.listToAttrs (map (entry: lib.nameValuePair entry.pattern entry.reason) parts.right);
  globOf =
    pattern:
    let
      around = lib.splitString "*" pattern;
      begin = builtins.head around;
    in
    {
      inherit begin;
      end = if builtins.length around == 1 then null else lib.last around;
      atBegin = builtins.stringLength begin;
    };
  # By their first character, since each name is compared with them.
  globs = builtins.groupBy (glob: builtins.substring 0 1 glob.begin) (
    map (entry: globOf entry.pattern // { inherit (entry) reason; }) parts.wrong
  );
  others = map (entry: globOf (lib.removePrefix "!" entry.pattern)) (filter isNot ownTable);
  matches =
    name: glob:
    if glob.end == null then
      name == glob.begin
    else
      builtins.substring 0 glob.atBegin name == glob.begin
      && (glob.end == "" || hasSuffix glob.end name);
  ownReasons = concatMap (
    name:
    let
      found = filter (matches name) (
        globs.${builtins.substring 0 1 name} or [ ] ++ globs."" or [ ]
      );
    in
    if exact ? ${name} then
      [ exact.${name} ]
    else if found == [ ] || any (matches name) others then
      [ ]
    else
      map (glob: glob.reason) found
  );

  # Returns { reason; builtIn; isOwn; key; }, or null. `isOwn`: whether it is in own-services.nix, whoever excepts it. `service` is the definition of the attribute.
  exceptionOf =
    attr: service:
    let
      names = namesOf attr (stemOf attr service);
      user = filter (name: except ? ${name}) names;
      own = ownReasons names;
    in
    if user != [ ] then
      {
        key = builtins.head user;
        reason = except.${builtins.head user}.reason;
        builtIn = false;
        isOwn = own != [ ];
      }
    else if own != [ ] then
      {
        key = attr;
        reason = builtins.head own;
        builtIn = true;
        isOwn = true;
      }
    else
      null;

  # Of every service. It depends on nothing of a service but its name, so its settings may depend on whether it is confined.
  found = mapAttrs exceptionOf services;

  ## Commands

  hasLine = x: if builtins.isList x then any hasLine x else x != null && x != "";
  hasCommands =
    service: any (setting: hasLine (service.serviceConfig.${setting} or null)) exec;

  # A service without Exec lines may still have those of a unit that a package ships, which only the build of the bundle can tell.
  # An instance without any runs those of its template.
  mayRun =
    attr: service:
    hasCommands service
    || (
      let
        template = templateOf (stemOf attr service);
      in
      template == null || !services ? ${template}
    );
in
{
  # The default of confinement.enable.
  isConfined = attr: enable && found.${attr} == null;

  # The exceptions in force, by attribute: those of the configuration, and confinix's own for services that exist and are not confined.
  exceptions =
    let
      counts =
        attr: exception:
        exception != null
        && (
          !exception.builtIn
          ||
            enable
            && services.${attr}.enable
            && !services.${attr}.confinement.enable
            && mayRun attr services.${attr}
        );
    in
    mapAttrs (_: exception: { inherit (exception) builtIn isOwn reason; }) (filterAttrs counts found);

  # What is wrong with the exceptions, in messages.
  problems =
    let
      known = lib.unique (
        concatMap (attr: namesOf attr (stemOf attr services.${attr})) (attrNames services)
      );
      closest =
        name:
        let
          far = 1 + builtins.stringLength name / 3;
          near = filter (other: lib.strings.levenshteinAtMost far name other) known;
          distance = lib.strings.levenshtein name;
          sorted = builtins.sort (a: b: distance a < distance b) near;
        in
        if near == [ ] then "" else "; did you mean ${attrCode (builtins.head sorted)}?";
      ofException =
        name:
        optional (isBlank except.${name}.reason) ''
          ${exceptOf name} has no reason. Say why ${name} can't be confined:

            ${exceptOf name}.reason = "…";
        ''
        ++ optional (!services ? ${name} && !builtins.elem name known) ''
          ${exceptOf name} is for a service that does not exist${
            if hasSuffix ".service" name then
              ": drop .service from the name"
            else
              closest name
          }
          Correct the name, or remove the exception. If a package ships the unit, declare it:

            ${serviceOf name} = { };
        '';
      ofService =
        attr: service:
        let
          exception = found.${attr};
          place = exceptOf (if exception == null then attr else exception.key);
          inherit (service.confinement) byDefault definedIn;
          isEnabled = service.confinement.enable;
          is = "${serviceOf attr}.confinement";
          set = attrNames definedIn;
          others = filter (option: option != "enable") set;
          files = lib.unique (concatMap (option: definedIn.${option}) set);
          defined = "(defined in ${lib.concatStringsSep " and " files})";
        in
        if exception != null && !exception.builtIn then
          # An explicit `false` overrides options that a module sets.
          optional (isEnabled || enable && byDefault && others != [ ]) ''
            ${place} leaves ${attr} unconfined, but ${is} sets ${lib.concatStringsSep ", " set} ${defined}.
            Remove the exception or these options. If they are defaults for all services, set them with lib.mkDefault. If a module
            sets them:

              ${is}.enable = lib.mkForce false;
          ''
        else
          optional (enable && exception == null && !isEnabled && !byDefault) ''
            ${is}.enable is false ${defined}, but security.confinix.default.enable confines every service. Say why this one is not:

              ${place}.reason = "…";
          '';
    in
    if !enable && except == { } then
      [ ]
    else
      concatMap ofException (attrNames except)
      ++ lib.concatLists (lib.mapAttrsToList ofService (filterAttrs (_: service: service.enable) services));
}
