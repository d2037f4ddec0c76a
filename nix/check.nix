# An audit as a derivation: it builds where nothing is denied, and else fails with the findings.
#
#   checks.services = confinix.lib.mkCheck {
#     inherit pkgs;
#     bundle = self.nixosConfigurations.web.config.security.confinix.bundle;
#     policy.rule = [ { deny = [ "perl" ]; } ];
#   };
#
# Only builtins of Nix 2.8, unless confinix is to come from `pkgs`.
{
  # Of use only where `confinix` is not given.
  pkgs ? throw "confinix: check.nix needs `pkgs`, or the package as `confinix`",
  # The package, for the machine that builds: a derivation, or a path with bin/confinix.
  confinix ? pkgs.buildPackages.callPackage ./package.nix { },
  # What is audited: a bundle, a derivation or a directory.
  bundle,
  # A confinix.toml, or what stands in one as a set: { levels.<code>; rule = [ … ]; }. Dates are
  # strings. null: the rules that need no policy.
  policy ? null,
  # The baseline, a file.
  baseline ? null,
  # The day that `until` in the policy is measured by, as "2026-12-31". null: that of the build.
  # Nix builds nothing again merely because days pass: a flake knows
  # `self.lastModifiedDate`, and a check that is to expire needs such a date.
  today ? null,
  # What has bin/systemd-analyze, for `max-exposure` in the policy: a build has none of its own, and without one such a policy
  # can't be checked. The levels depend on its version.
  systemd ? null,
  # Levels that count more than the policy's: { <code> = "allow", "warn" or "deny"; }.
  levels ? { },
  # What builds it.
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

  # TOML reads the strings of JSON.
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
    # What is built.
    "--format"
    "json=${placeholder "out"}"
  ];
  # Copying what it reads over the network would take longer.
  preferLocalBuild = true;
  allowSubstitutes = false;
}
