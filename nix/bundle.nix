# Builds the bundle of a services value, in one derivation for all services.
#
#   systemd.packages = [
#     (import ./nix/bundle.nix {
#       inherit pkgs;
#       services = import ./nix/services.nix { } config;
#     })
#   ];
#
# There is no import from derivation, and no Nix inside the build: Nix passes the graph of all closure roots to the derivation,
# whose builder is confinix. It writes byte for byte what `confinix bundle` writes for the same services. The output refers to the
# paths of the closures that its files name, and to no others.
#
# Uses only builtins of Nix 2.8, unless confinix comes from `pkgs`.
{
  # Needed only if `confinix` is not given.
  pkgs ? throw "confinix: bundle.nix needs `pkgs`, or the package as `confinix`",
  # The package, for the machine that builds: a derivation, or a path with bin/confinix.
  confinix ? pkgs.buildPackages.callPackage ./package.nix { },
  # The result of nix/services.nix.
  services,
  # The strategy of services that don't set one: "auto", "bind",
  # "inherit" or "image".
  strategy ? "auto",
  # What is known about the target machine, for "auto": the version of its kernel, whether its store is a read-only mount, whether
  # its store is an overlay over another, and whether its systemd sets RestrictFileSystemAccess=. null: not known.
  kernel ? null,
  storeReadOnly ? null,
  storeStacked ? null,
  restrictFileSystemAccess ? null,
  # The system that builds the bundle.
  system ? confinix.system,
  name ? "confinix-bundle",
}:
let
  inherit (builtins)
    any
    appendContext
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    groupBy
    isAttrs
    mapAttrs
    storeDir
    toJSON
    ;

  fail = problem: throw "confinix: ${problem}";

  ## The value

  checked =
    if !isAttrs services || !services ? services || !services ? version then
      fail "`services` is not a services value: pass the result of nix/services.nix"
    else if services.version or null != 2 then
      fail "the services value has the version ${toJSON (services.version or null)}, not 2: use nix/services.nix and nix/bundle.nix from the same release"
    else if services.storeDir or null != storeDir then
      fail "the services value is for the store ${toJSON (services.storeDir or null)}, but this is ${storeDir}"
    else if !elem strategy strategies then
      fail "the strategy is ${toJSON strategy}; expected one of ${concatStringsSep ", " strategies}"
    else if services.services == { } then
      fail "there is no service to confine: set systemd.services.<name>.confinement.enable"
    else
      mapAttrs checkService services.services;

  # confinix checks more. Without these checks, the mistakes would only fail the build.
  checkService =
    unit: service:
    let
      inherit (service.confinement) mode;
      own = service.confinement.strategy or null;
    in
    if !isUnitName unit then
      fail "${toJSON unit} is not the name of a service unit: systemd allows letters, digits and :-_.\\@ in it, at most 253, and no dot at the beginning"
    else if !elem mode modes then
      fail "${unit}: confinement.mode is ${toJSON mode}; expected ${concatStringsSep " or " modes}"
    else if any (class: !elem class hideClasses) (service.confinement.hide or [ ]) then
      fail "${unit}: confinement.hide is ${toJSON service.confinement.hide}; expected some of ${concatStringsSep ", " hideClasses}"
    else if own != null && !elem own strategies then
      fail "${unit}: confinement.strategy is ${toJSON own}; expected one of ${concatStringsSep ", " strategies}"
    else
      service;

  inherit (import ./choices.nix)
    hideClasses
    isUnitName
    modes
    strategies
    ;

  ## Closure roots

  # A service with `of` applied to every TEXT whose paths confinix may look up in the graph. The programs of a shipped unit are in
  # the closure of its package.
  mapTexts =
    of: service:
    service
    // {
      exec = mapAttrs (_: map of) service.exec;
      confinement = service.confinement // {
        packages = map of service.confinement.packages;
        binSh = ofOrNull of service.confinement.binSh;
        fullUnit = ofOrNull of service.confinement.fullUnit;
        path = map of (service.confinement.path or [ ]);
        environment = mapAttrs (_: of) (service.confinement.environment or { });
        presets = map (presetTexts of) (service.confinement.presets or [ ]);
      };
      unitPackages = map of (service.unitPackages or [ ]);
    }
    // (
      if service ? placement then { placement = placementTexts of service.placement; } else { }
    );

  placementTexts =
    of: placement:
    placement
    // (if placement ? upstream then { upstream = of placement.upstream; } else { })
    // (
      if placement ? template then
        {
          template = placement.template // {
            exec = mapAttrs (_: map of) placement.template.exec;
          };
        }
      else
        { }
    );

  presetTexts =
    of: preset:
    preset
    // {
      bindReadOnly = map of preset.bindReadOnly;
      environment = mapAttrs (_: of) preset.environment;
      packages = map of preset.packages;
    };

  ofOrNull = of: text: if text == null then null else of text;

  textsOf =
    {
      exec,
      confinement,
      unitPackages,
      placement ? { },
      ...
    }:
    concatLists (attrValues exec ++ attrValues (placement.template.exec or { }))
    ++ confinement.packages
    ++ confinement.path
    ++ attrValues confinement.environment
    ++ concatMap (
      preset: preset.bindReadOnly ++ attrValues preset.environment ++ preset.packages
    ) confinement.presets
    ++ unitPackages
    ++ filter (text: text != null) [
      (placement.upstream or null)
      confinement.binSh
      confinement.fullUnit
    ];

  # The services with the roots of every TEXT, which are searched only once.
  searched = mapAttrs (_: mapTexts (import ./bundle/roots.nix { inherit outputPath; })) checked;

  inherit (import ./bundle/outputs.nix (concatMap textsOf (attrValues checked))) outputPath;

  found = concatMap textsOf (attrValues searched);

  roots =
    let
      byPath = groupBy (root: root.path) (concatMap (text: text.roots) found);
      input = path: roots: foldl' appendContext path (map (root: root.context) roots);
    in
    builtins.addErrorContext "while looking for the paths that services name in the store" (
      attrValues (mapAttrs input byPath) ++ concatMap (text: text.lists) found
    );

  ## The input of confinix

  given = mapAttrs (_: mapTexts (text: text.given)) searched;

  option =
    name: value: show:
    if value == null then
      [ ]
    else
      [
        name
        (show value)
      ];

  yesOrNo = answer: if answer then "yes" else "no";
in
derivation {
  inherit name system;
  builder = "${confinix}/bin/confinix";
  args = [
    # No progress in the build log; errors are still printed.
    "--quiet"
    "bundle"
    "--attrs"
    # Every Nix puts it in the working directory of the build.
    ".attrs.json"
    "--output"
    (placeholder "out")
    "--strategy"
    strategy
  ]
  ++ option "--target-kernel" kernel (x: x)
  ++ option "--store-read-only" storeReadOnly yesOrNo
  ++ option "--store-stacked" storeStacked yesOrNo
  ++ option "--restrict-file-system-access" restrictFileSystemAccess yesOrNo;
  __structuredAttrs = true;
  exportReferencesGraph.closure = roots;
  services = {
    inherit (services) version;
    inherit storeDir;
    services = given;
  }
  // builtins.intersectAttrs {
    declared = null;
    source = null;
    unconfined = null;
    user = null;
  } services;
  # Reading one file and writing a few takes less time than a copy over the network.
  preferLocalBuild = true;
  allowSubstitutes = false;
}
// {
  # nix/services.nix ignores this package when it looks for units, because the package is made from its result.
  isConfinixBundle = true;
}
