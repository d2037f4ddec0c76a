# What packages say about themselves (licences, homepage, sources), for `confinix sbom`.
#
#   nix eval --json -f services.nix --apply "import ./nix/about.nix { names = [ \"openssl\" ]; }"
#
# The value is one that services.nix reads; of a set of hosts, `host` selects one. Packages are looked for
#   - in its package set (`pkgs` of a NixOS system or of a plain set), by the names in store paths,
#   - among confinement.packages, path and packages of a plain set,
#   - in buildInputs and propagatedBuildInputs of packages that were found.
#
# The result has every output of these packages, whether a service sees it or not:
#
#   [ { path = "/nix/store/…"; about = { homepage = "…"; licenses = [ { name = "…"; spdxId = "…"; } ]; sources = [ "…" ]; }; } ]
#
# Uses only builtins of Nix 2.8. A package that can't be evaluated is left out, as far as Nix lets a caller catch that.
{
  # The names of packages, as in store paths: "openssl", "python3.12-jinja2".
  names,
  # Of a set of hosts: the name of the one whose packages are looked for.
  host ? null,
}:
given:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    elemAt
    filter
    functionArgs
    genericClosure
    head
    isAttrs
    isFunction
    isList
    isString
    length
    match
    replaceStrings
    tryEval
    unsafeDiscardStringContext
    ;

  # Returns a list with the value, or an empty list if it can't be evaluated.
  caught =
    x:
    let
      tried = tryEval x;
    in
    if tried.success then [ tried.value ] else [ ];

  called =
    x:
    let
      defaults = attrValues (functionArgs x);
    in
    if isFunction x && defaults != [ ] && builtins.all (x: x) defaults then x { } else x;

  value = if host == null then called given else called (called given).${host};

  isSystem = x: isAttrs x && x ? config.systemd.services;

  source =
    if isAttrs value && !isSystem value && length (attrNames value) == 1 && isSystem (head (attrValues value)) then
      head (attrValues value)
    else
      value;

  pkgs = if isAttrs source && source ? pkgs && isAttrs source.pkgs then source.pkgs else { };

  isDerivation = x: isAttrs x && x.type or null == "derivation";

  # The package that a set may have under this name, in a list.
  at = set: name: filter isDerivation (caught (set.${name} or null));

  # The sets in which nixpkgs has packages with a prefix: python3.12-jinja2 is python312Packages.jinja2.
  prefixed =
    name:
    let
      python = match "python([0-9]+)\\.([0-9]+)-(.+)" name;
      perl = match "perl[0-9.]+-(.+)" name;
      within =
        set: attr:
        concatMap (found: at found attr) (filter isAttrs (caught (pkgs.${set} or null)));
    in
    (
      if python == null then
        [ ]
      else
        within "python${elemAt python 0}${elemAt python 1}Packages" (elemAt python 2)
    )
    ++ (
      if perl == null then [ ] else within "perlPackages" (replaceStrings [ "-" ] [ "" ] (elemAt perl 0))
    );

  named = concatMap (name: at pkgs name ++ prefixed name) names;

  # Nix evaluates only what is read, so a service's other options don't matter. In a NixOS configuration, `services` are others.
  isPlain = isAttrs source && !(source ? config || source ? systemd);

  ofServices =
    let
      services = source.services or { };
      lists =
        service:
        concatMap (list: list) (
          filter isList (caught (service.path or [ ]) ++ caught (service.confinement.packages or [ ]))
        );
    in
    if isPlain && isAttrs services then
      concatMap lists (filter isAttrs (concatMap caught (attrValues services)))
      ++ concatMap (list: list) (filter isList (caught (source.packages or [ ])))
    else
      [ ];

  # Packages, each with the path of its first output.
  entries =
    packages:
    concatMap (
      package:
      map (path: {
        key = unsafeDiscardStringContext path;
        inherit package;
      }) (filter isString (caught package.outPath))
    ) (filter isDerivation (concatMap caught packages));

  inputs =
    package:
    concatMap (list: list) (
      filter isList (caught (package.buildInputs or [ ]) ++ caught (package.propagatedBuildInputs or [ ]))
    );

  reached = genericClosure {
    startSet = entries (named ++ ofServices);
    operator = item: entries (inputs item.package);
  };

  texts = x: filter isString (if isList x then concatMap caught x else [ x ]);

  licenseOf =
    x:
    if isString x then
      [ { name = x; } ]
    else if isAttrs x then
      [
        (
          (if isString (x.fullName or null) then { name = x.fullName; } else { })
          // (if isString (x.spdxId or null) then { inherit (x) spdxId; } else { })
        )
      ]
    else
      [ ];

  sourceOf =
    x:
    if isAttrs x then
      texts (x.resolvedUrl or x.url or (if isList (x.urls or null) && x.urls != [ ] then head x.urls else null))
    else
      [ ];

  aboutOf =
    package:
    let
      meta = filter isAttrs (caught (package.meta or { }));
      # The first homepage of several.
      homepages = concatMap (meta: concatMap texts (caught (meta.homepage or null))) meta;
      licenses = concatMap (
        meta: concatMap (x: if isList x then concatMap caught x else [ x ]) (caught (meta.license or null))
      ) meta;
      sources = concatMap (x: concatMap sourceOf (if isList x then concatMap caught x else [ x ])) (
        caught (package.src or null) ++ caught (package.srcs or null)
      );
    in
    {
      homepage = if homepages == [ ] then null else unsafeDiscardStringContext (head homepages);
      licenses = concatMap licenseOf licenses;
      sources = map unsafeDiscardStringContext (concatMap caught sources);
    };

  outputsOf =
    package:
    let
      names = concatMap (list: list) (filter isList (caught (package.outputs or [ "out" ])));
      paths = concatMap (name: caught (package.${name}.outPath or package.outPath)) names;
    in
    map unsafeDiscardStringContext (filter isString paths);
in
concatMap (
  item:
  map (path: {
    inherit path;
    about = aboutOf item.package;
  }) (outputsOf item.package)
) reached
