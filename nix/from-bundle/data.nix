# Checks the data of a bundle for consistency: closures with roots, files with services.
{
  # The content of bundle.json.
  content,
  # Returns the files of the views of an image, by its ID.
  viewFiles,
}:
let
  inherit (builtins)
    any
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    filter
    genericClosure
    groupBy
    hashString
    head
    listToAttrs
    mapAttrs
    match
    substring
    toJSON
    ;
  inherit (import ./places.nix)
    dropInOf
    isStorePath
    ;
  inherit (import ../choices.nix) isUnitName meansOf;

  says = problem: [ "bundle.json contains what no bundle does: ${problem}" ];
  unless = is: problem: if is then [ ] else says problem;

  problemOfPath =
    path: info:
    unless (isStorePath path) "${toJSON path} is not a store path"
    ++ concatMap (
      reference: unless (content.paths ? ${reference}) "${path} refers to ${toJSON reference}, which is missing"
    ) info.references;

  problemOfService =
    name: service:
    let
      shown = toJSON name;
      inherit (service) closure;
      reached = reachedBy service;
      hides = class: elem class (service.hide or [ ]);
    in
    if
      # systemd would apply the drop-in of a name that ends with a dash to other services too.
      !isUnitName name || match "[^@]*-(@.*)?[.]service" name != null
    then
      says "${shown} is not the name of a service that can be confined"
    else if !meansOf ? ${service.strategy} then
      says "${shown} has the strategy ${toJSON service.strategy}"
    else if (service.observe or false) && !meansOf.${service.strategy}.isView then
      says "${shown} has a view of its own, and the strategy ${toJSON service.strategy}"
    else if (service.hide or [ ]) != [ ] && !meansOf.${service.strategy}.isView then
      says "${shown} leaves out files, and has the strategy ${toJSON service.strategy}"
    else if hides "unobserved" && !service ? hideUnobserved then
      says "${shown} leaves out what no run touched, without a last day"
    else if service ? hideUnobserved && !meansOf.${service.strategy}.isView then
      says "${shown} is to leave out files, and has the strategy ${toJSON service.strategy}"
    else if service ? ran && !(hides "interpreters" || hides "programs" || hides "unobserved") then
      says "${shown} tells what ran, and leaves out no executables"
    else if (content.user or false) && (meansOf.${service.strategy}.isView || service.mode != "full-apivfs") then
      says "${shown} has what no service of a user has"
    else if service.dropIn.path != dropInOf content name then
      says "${shown} has its drop-in at ${toJSON service.dropIn.path}"
    else if !content.closures ? ${closure} then
      says "${shown} has the closure ${toJSON closure}, which is missing"
    else if any (root: !content.paths ? ${root.path}) service.roots then
      says "a closure root of ${shown} is missing"
    else
      unless (
        content.closures.${closure}.paths == attrNames reached
      ) "the closure of ${shown} is not what its roots reach";

  problemOfClosure =
    id: closure:
    let
      expected = substring 0 32 (
        hashString "sha256" (concatStringsSep "" (map (path: "${path}\n") closure.paths))
      );
    in
    if id != expected then
      says "the closure ${toJSON id} has the paths of ${expected}"
    else if !any (service: service.closure == id) (attrValues content.services) then
      says "no service has the closure ${id}"
    else
      [ ];

  problemsOfView =
    if content ? view != hasViews then
      says "it has views that no service sees, or none where a service sees one"
    else
      unless (
        !hasViews || map (file: file.path) content.view.files == viewFiles content.view.image
      ) "its views have other files than views have";

  # Whether a service sees its closure through a view.
  hasViews = any (service: meansOf.${service.strategy}.isView) (attrValues content.services);

  reaching =
    roots:
    listToAttrs (
      map
        (found: {
          name = found.key;
          value = true;
        })
        (genericClosure {
          startSet = map (path: { key = path; }) roots;
          operator = { key }: map (path: { key = path; }) content.paths.${key}.references;
        })
    );

  rootsOf = service: map (root: root.path) service.roots;
  # Many services have the same roots.
  reachedBy = service: reachedByRoots.${toJSON (rootsOf service)};
  reachedByRoots = mapAttrs (_: services: reaching (rootsOf (head services))) (
    groupBy (service: toJSON (rootsOf service)) (attrValues content.services)
  );
  allReached = reaching (concatMap rootsOf (attrValues content.services));

  problems =
    concatMap (path: problemOfPath path content.paths.${path}) (attrNames content.paths)
    ++ concatMap (name: problemOfService name content.services.${name}) (attrNames content.services)
    ++ concatMap (id: problemOfClosure id content.closures.${id}) (attrNames content.closures)
    ++ problemsOfView
    ++ concatMap (path: says "the path ${path} is not in any closure") (
      filter (path: !allReached ? ${path}) (attrNames content.paths)
    );
in
{
  inherit hasViews problems;
}
