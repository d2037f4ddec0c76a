# Audits a bundle in a derivation, which builds if nothing is denied, and otherwise fails with the findings.
#
#   checks.services = confinix.lib.mkCheck {
#     inherit pkgs;
#     bundle = self.nixosConfigurations.web.config.security.confinix.bundle;
#     policy.rule = [ { deny = [ "perl" ]; } ];
#   };
#
# Uses only builtins of Nix 2.8, unless confinix comes from `pkgs`.
{
  # Needed only if `confinix` is not given.
  pkgs ? throw "confinix: check.nix needs `pkgs`, or the package as `confinix`",
  # The package, for the machine that builds: a derivation, or a path with bin/confinix.
  confinix ? pkgs.buildPackages.callPackage ./package.nix { },
  # The bundle to audit, a derivation or a directory.
  bundle,
  # A confinix.toml, or its content as a set: { levels.<code>; rule = [ … ]; }. Dates are strings. null: only the rules that need
  # no policy.
  policy ? null,
  # The file of the baseline.
  baseline ? null,
  # Records that `confinix rehearse --record` wrote. A policy with `require-rehearsal` needs them.
  rehearsals ? [ ],
  # Evaluate the policy as of this date, such as "2026-12-31". null: the date of the build. Nix does not build again just because
  # time passes. A check that is meant to expire needs a date, which a flake can take from `self.lastModifiedDate`.
  today ? null,
  # A package with bin/systemd-analyze, for `max-exposure` in the policy. A build has none of its own, and can't check such a policy
  # without it. The levels depend on its version.
  systemd ? null,
  # Levels that override those of the policy: { <code> = "allow", "warn" or "deny"; }.
  levels ? { },
  # The system that builds the audit.
  system ? confinix.system,
  name ? "confinix-audit",
}:
let
  inherit (builtins)
    attrNames
    concatLists
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isString
    toFile
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;

  # A string of JSON is also one of TOML.
  toml =
    place: x:
    if isString x then
      toJSON (unsafeDiscardStringContext x)
    else if isInt x then
      toString x
    else if isBool x || isFloat x then
      toJSON x
    else if isList x then
      "[${concatStringsSep ", " (map (toml place) x)}]"
    else if isAttrs x then
      "{${concatStringsSep ", " (assignments place x)}}"
    else
      throw "confinix: ${place} of the policy contains a ${typeOf x}, which TOML does not have: remove it";

  assignments =
    place: set: map (key: "${toJSON key} = ${toml "${place}.${key}" set.${key}}") (attrNames set);

  policyFile =
    if isAttrs policy && !(policy ? outPath) then
      toFile "confinix.toml" "${concatStringsSep "\n" (assignments "policy" policy)}\n"
    else
      "${policy}";

  option =
    name: value:
    if value == null then
      [ ]
    else
      [
        name
        "${value}"
      ];
in
derivation {
  inherit name system;
  PATH = if systemd == null then "" else "${systemd}/bin";
  builder = "${confinix}/bin/confinix";
  args = [
    "--quiet"
    "audit"
    "${bundle}"
  ]
  ++ (
    if policy == null then
      [ "--no-policy" ]
    else
      [
        "--policy"
        policyFile
      ]
  )
  ++ option "--baseline" baseline
  ++ option "--today" today
  ++ concatLists (map (option "--rehearsal") rehearsals)
  ++ concatLists (
    map (code: [
      "--${levels.${code}}"
      code
    ]) (attrNames levels)
  )
  ++ [
    # For the build log.
    "--format"
    "human"
    # The output of the derivation.
    "--format"
    "json=${placeholder "out"}"
  ];
  # Copying the input over the network would take longer.
  preferLocalBuild = true;
  allowSubstitutes = false;
}
