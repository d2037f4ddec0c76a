# Reads the services of user managers from a NixOS configuration, from a home-manager configuration, or from a plain set: returns what
# source.nix reads as services of the system.
let
  inherit (builtins)
    any
    attrNames
    attrValues
    intersectAttrs
    isAttrs
    isList
    listToAttrs
    map
    mapAttrs
    ;

  sections = {
    Unit = null;
    Service = null;
    Install = null;
  };

  # home-manager defines units by sections, and has no options of confinement: systemd ignores a section whose name begins with X-.
  isBySections = definition: isAttrs definition && intersectAttrs sections definition != { };
  # What NixOS has as options is in the section Install. Other settings of it are without effect on what a service sees.
  enabledBy =
    install:
    let
      options = intersectAttrs install {
        Alias = "aliases";
        RequiredBy = "requiredBy";
        UpheldBy = "upheldBy";
        WantedBy = "wantedBy";
      };
      toList = x: if isList x then x else [ x ];
    in
    listToAttrs (
      map (setting: {
        name = options.${setting};
        value = toList install.${setting};
      }) (attrNames options)
    );
  ofSections =
    definition:
    if isBySections definition then
      {
        unitConfig = definition.Unit or { };
        serviceConfig = definition.Service or { };
        confinement = definition.X-Confinement or { };
      }
      // enabledBy (definition.Install or { })
    else
      definition;
  ofAll = services: if isAttrs services then mapAttrs (_: ofSections) services else services;
in
{
  # Whether a configuration has services of a user and none of the system.
  isOfHome =
    config:
    config ? systemd.user.services
    && !(config ? systemd.services)
    && isAttrs config.systemd.user.services
    && any isBySections (attrValues config.systemd.user.services);

  ofConfiguration =
    config:
    intersectAttrs {
      hardware = null;
      security = null;
    } config
    // {
      systemd =
        intersectAttrs {
          globalEnvironment = null;
          package = null;
          packages = null;
        } config.systemd
        // {
          services = ofAll config.systemd.user.services;
          units = config.systemd.user.units or { };
          sockets = { };
          timers = { };
          paths = { };
        };
    };

  ofPlain =
    plain:
    removeAttrs plain [
      "userServices"
      "sockets"
      "timers"
      "paths"
      "targets"
      "slices"
    ]
    // {
      services = ofAll plain.userServices;
    };

  # What differs in the source. `option` has the services, and `given` are these as they are defined. `ownChecks`: those of options that
  # no module system declares.
  asUser =
    ownChecks: option: given: source:
    let
      areBySections = isAttrs given && any isBySections (attrValues given);
    in
    source
    // (if areBySections then ownChecks else { })
    // {
      inherit option;
      isUser = true;
      isBySections = areBySections;
      exceptions = { };
      isDefaultOn = false;
    };
}
