# Converts any NixOS configuration, or a plain set of services, to the services value that confinix reads.
#
#   nix eval --json -f fixtures/shop --apply "import ./nix/services.nix { }"
#
# The value is one of
#   - a NixOS system (config.systemd.services), or a set of exactly one NixOS system,
#   - a NixOS configuration (systemd.services),
#   - { services.<name> = { serviceConfig.Exec… ; confinement = { … }; … }; sockets ? { }; timers ? { }; paths ? { }; targets ? { };
#     slices ? { }; packages ? [ ]; pkgs ? null; presets ? { }; rehearsals ? [ ]; }, in the shape of systemd.services, systemd.sockets and so on.
#     services/plain.nix completes it as NixOS does; scripts and the default
#     PATH use packages of `pkgs`. <name> may end in .service,
#   - a home-manager configuration (systemd.user.services.<name> = { Unit; Service; X-Confinement = { enable; … }; }), or a plain set with
#     { userServices.<name> = …; } in this shape or in that of systemd.user.services,
#   - a set of hosts, each one of these: the result lists their names, { hosts = [ "web" ]; }, and `host` selects one,
#   - a function that returns one of these, if all its arguments have defaults.
#
# In the result, a TEXT is { text; context; }, because JSON drops the context of strings. A store path is a closure root if it is in
# both. (In a services value that confinix makes from unit files, a TEXT is { text; }, and every store path in it is a root.)
#
#   {
#     version = 2;
#     storeDir = "/nix/store";
#     services."web.service" = {
#       exec.ExecStart = [ TEXT ];            # the Exec settings that are set, resets ("") included
#       settings.PrivateTmp = [ "true" ];     # the settings of serviceConfig and unitConfig, as NixOS writes them
#       confinement = {
#         mode; packages = [ TEXT ]; binSh = TEXT or null; fullUnit = TEXT or null; strategy; adopt; observe; hide;
#         hideUnobserved = "2027-01-31";   # left out if it is not set
#         runs = [ { closure; executed; opened; binSh; incomplete; } ];   # of records, if executables are hidden; left out if there are none
#         path = [ TEXT ]; environment.FOO = TEXT;   # empty unless the closure includes them
#         byDefault = true;   # left out if no unit has Exec lines for it; false is left out
#         presets = [ { name; bindReadOnly = [ TEXT ]; environment.FOO = TEXT; packages = [ TEXT ]; } ];
#         variables = [ "FOO" ];   # with presets: the variables that the unit sets itself
#       };
#       triggeredBy."web.socket".ListenStream = [ "80" ];   # the units that start it, with their settings; left out if there are none
#       unitPackages = [ TEXT ];              # packages that may ship the unit, or drop-ins for it
#       # How it is merged with the units of packages, if there are any. Defaults are left out.
#       placement = {
#         dropIn = "shipped";   # when NixOS makes a drop-in of all this: if a package ships the unit (the
#                               # default), "always", or "found": if the unit or its template exists
#         aliases = [ "other.service" ];
#         template = { exec; settings; isDropIn; };   # of an instance: exec and settings as above, which
#                                                     # begin with them unless dropIn is "shipped"
#         upstream = TEXT;      # systemd's own units, if the unit may be one of them
#       };
#     };
#     # The services that are not confined, if the configuration says why (security.confinix.default). Left out if there are none.
#     unconfined."dbus.service" = {
#       reason = "…";
#       by = "confinix";              # who leaves it out; left out itself if the configuration does
#       unneeded = "no-store-path";   # why it would not be confined anyway, or need not be: "masked", "no-command" or
#                                     # "no-store-path"; left out if it would
#     };
#     user = true;   # whether user managers run the services; false is left out
#     source = "home-manager";   # if they are defined by sections; left out otherwise
#     # If the configuration confines every service: the names of all that it declares. Left out otherwise.
#     declared = [ "web.service" ];
#     inherit host;   # the name of the system, if the value is a set of one; left out otherwise
#     beside = "userServices";   # of a plain set: services of the other manager that are not read; left out if there are none
#     # With `units`, of a plain set:
#     units."web.service" = TEXT;             # unit files, by their path in a directory of units
#     leftOut = [ "other.service" ];          # the names of units of the set that are not among them
#   }
#
# The result is lazy: of a service that is not selected, at most confinement.enable is evaluated; of a selected service, only what
# is listed above. Uses only builtins of Nix 2.8, as there may be no nixpkgs where it is evaluated.
{
  # Whether to read the services of user managers: systemd.user.services or userServices. Of a value with no others, they are read anyway.
  user ? false,
  # POSIX regexes that must match a whole unit name or attribute name: select what any of them matches, confined or not. null:
  # select by confinement.enable.
  select ? null,
  # Without `select`: select every service, regardless of confinement.enable.
  all ? false,
  # What to add to every service's closure, besides what the service requests itself: any of "path", "path-without-systemd" and
  # "environment".
  include ? [ ],
  # The presets of every service, besides those that it requests itself.
  presets ? [ ],
  # Whether to add the unit files of a plain set: of the services that are selected, of what starts them, and targets and slices.
  units ? false,
  # Of a set of hosts: the name of the one to read.
  host ? null,
  # When the value is a set of hosts: "all" if it certainly is, "several" if it has several attributes, null if they look like hosts.
  hosts ? null,
  # Whether the bundle of a configuration that makes one itself is enough: the result is { bundle = TEXT; }.
  bundles ? false,
}:
whole:
let
  fleet = import ./services/hosts.nix texts users hosts whole;

  given = if host == null then whole else fleet.of host;

  ownBundle = if bundles then given.config.security.confinix.bundle or null else null;

  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    groupBy
    head
    length
    mapAttrs
    match
    ;

  texts = import ./services/texts.nix;
  inherit (texts)
    checkBool
    checkSet
    unique
    ;

  settings = import ./services/settings.nix;

  users = import ./services/user.nix;

  everyUnit = import ./services/every-unit.nix texts;

  source = import ./services/source.nix texts settings everyUnit (import ./services/plain.nix texts everyUnit) (import ./services/start-at.nix texts everyUnit) users user given;
  inherit (source) defaultUnitName placeOf;

  services = checkSet source.option source.services;

  service = attr: checkSet (placeOf attr) services.${attr};

  unitNameOf = attr: source.unitName attr (service attr);

  ## Which services are selected

  isEnabled =
    attr:
    let
      place = "${placeOf attr}: confinement";
      confinement = checkSet place ((service attr).confinement or { });
    in
    checkBool "${place}.enable" (confinement.enable or false) && !isMasked attr;

  # A unit that NixOS links to /dev/null runs nothing.
  isMasked = attr: !(checkBool "${placeOf attr}.enable" ((service attr).enable or true));

  # A unit that NixOS renamed is found by its new name only if no attribute matches the regex, because that search evaluates the
  # name of every service. The name of an instance that is no attribute selects its template.
  selectedBy =
    regex:
    let
      matchedBy =
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
      found = matchedBy regex;
      template = match "([^@]+@).+" regex;
    in
    if found == [ ] && template != null then matchedBy (head template) else found;

  taken =
    if select != null then
      unique (concatMap selectedBy select)
    else if all then
      filter (attr: !isMasked attr) (attrNames services)
    else
      filter (attr: isEnabled attr && !isOfTemplate attr) (attrNames services);

  # Whether an instance is confined only by default, and has the drop-in of its template, because it adds no command.
  isOfTemplate =
    attr:
    source.isByDefault (service attr).confinement
    && builtins.length (withTemplate attr) > 1
    && execOf attr == { };

  ## One service

  unit = import ./services/unit.nix texts settings source {
    inherit services service unitNameOf;
  };
  inherit (unit)
    allSettingsOf
    execOf
    merged
    placementOf
    withTemplate
    ;

  confinementOf = import ./services/confinement.nix texts settings source {
    inherit service include presets;
  };

  triggersOf = import ./services/triggers.nix texts settings everyUnit source {
    inherit service unitNameOf;
  };

  # Any package may ship a drop-in for any unit, so all packages count, whatever the service itself contains. They are part of the
  # system anyway.
  unitPackages = builtins.addErrorContext "while looking for packages that ship units of services in ${source.packagesOption}" source.packages;

  serviceValue =
    attr:
    let
      lineage = withTemplate attr;
      placement = placementOf attr;
      triggers = triggersOf attr;
    in
    {
      exec = merged (map execOf lineage);
      settings = merged (map allSettingsOf lineage);
      confinement = confinementOf attr lineage;
      inherit unitPackages;
    }
    // (if triggers == { } then { } else { triggeredBy = triggers; })
    // (if placement == { } || unitPackages == [ ] && !placement ? upstream then { } else { inherit placement; });

  files = import ./services/files.nix texts everyUnit (import ./services/unit-text.nix texts) source {
    inherit
      execOf
      isMasked
      service
      services
      taken
      unitNameOf
      withTemplate
      ;
  };

  onlyOne =
    unit: attrs:
    if length attrs == 1 then
      head attrs
    else
      throw "confinix: ${concatStringsSep " and " (map placeOf attrs)} are both named ${unit}";

  ## Exceptions

  # Services that are named in the request are confined, whatever the configuration says about others.
  excepted = if select != null || all then { } else source.exceptions;

  exceptionValue =
    attr:
    let
      exception = excepted.${attr};
      commands = concatMap (name: exec.${name}) (attrNames exec);
      exec = merged (map execOf (withTemplate attr));
      unneeded =
        if isMasked attr then
          "masked"
        # If a package ships the commands, confinix finds them.
        else if commands == [ ] then
          "no-command"
        else if builtins.all (text: text.context == { }) commands then
          "no-store-path"
        else
          null;
    in
    {
      inherit (exception) reason;
    }
    // (if exception.builtIn then { by = "confinix"; } else { })
    # Those of NixOS that have no command add to systemd's own units.
    // (if unneeded == null || exception.isOwn then { } else { inherit unneeded; });

  unconfined = mapAttrs (_: attrs: exceptionValue (head attrs)) (
    groupBy unitNameOf (filter (attr: services ? ${attr}) (attrNames excepted))
  );

  result = {
    version = 2;
    inherit (builtins) storeDir;
    services = mapAttrs (unit: attrs: serviceValue (onlyOne unit attrs)) (groupBy unitNameOf taken);
  }
  // (if source.isUser then { user = true; } else { })
  // (if source.isBySections or false then { source = "home-manager"; } else { })
  // (if unconfined == { } then { } else { inherit unconfined; })
  // (
    if select == null && !all && source.isDefaultOn then
      { declared = map unitNameOf (attrNames services); }
    else
      { }
  )
  // (if host == null && fleet.only != null then { host = fleet.only; } else { })
  // (if source ? beside then { inherit (source) beside; } else { })
  // (if units && source.set != null then { inherit (files) leftOut units; } else { });
in
if host == null && fleet.names != null then
  { hosts = fleet.names; }
else if ownBundle != null then
  { bundle = texts.withContext "${ownBundle}"; }
else
  result
