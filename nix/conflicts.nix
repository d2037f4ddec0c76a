# Finds settings in a service's serviceConfig that are incompatible with confinement. Returns a message for each, with the place of
# the definition and the lines to paste. confinix also refuses a root directory of the unit's own (`refuse_conflicts` in
# src/confine/settings.rs), but only when the system is built, and it leaves a bind of the whole store to an audit.
{
  lib,
  # The attribute name of the service, its serviceConfig, and the definitions that were merged into that.
  name,
  serviceConfig,
  definitions,
  # Whether the service keeps its own root directory. Then there are no conflicts.
  adopt ? false,
  # Whether it is confined by default, so that an exception needs a reason.
  isByDefault ? false,
  # The option with the services.
  option ? "systemd.services",
}:
let
  inherit (builtins) storeDir toJSON unsafeDiscardStringContext;
  inherit (import ./services/texts.nix) attrCode;
  inherit (lib)
    concatMap
    concatMapStringsSep
    concatStringsSep
    filter
    hasPrefix
    optional
    splitString
    ;

  service = "${option}.${attrCode name}";

  # All values of a setting. As in a unit file, an empty value removes those before it.
  valuesOf =
    setting:
    if serviceConfig ? ${setting} then
      builtins.foldl' (values: value: if value == "" then [ ] else values ++ [ value ]) [ ] (
        map text (filter (value: value != null) (lib.flatten serviceConfig.${setting}))
      )
    else
      [ ];
  text =
    value:
    if builtins.isBool value then
      lib.boolToString value
    else
      unsafeDiscardStringContext (toString value);

  definedIn =
    setting:
    let
      files = lib.unique (
        map (definition: toString definition.file) (
          filter (definition: builtins.isAttrs definition.value && definition.value ? ${setting}) definitions
        )
      );
    in
    if files == [ ] then "" else " (defined in ${concatStringsSep " and " files})";

  message =
    setting: values: why: paste:
    ''
      ${service}.serviceConfig.${setting} is ${concatMapStringsSep " " toJSON values}${definedIn setting}, ${why}.
      Remove it:

        ${service}.serviceConfig.${setting} = ${paste};

      or leave the service unconfined:

        ${
          if isByDefault then
            "security.confinix.default.except.${attrCode name}.reason = \"sets ${setting} itself\""
          else
            "${service}.confinement.enable = lib.mkForce false"
        };
    '';

  root =
    setting:
    let
      values = valuesOf setting;
    in
    optional (values != [ ]) (
      message setting values "but confinement sets the service's root directory" "lib.mkForce null"
      + (
        if setting == "RootDirectory" then
          ''

            or keep that root directory, in which the closure replaces the store:

              ${service}.confinement.adopt = true;
          ''
        else
          ""
      )
    );

  isTrue = value: builtins.elem (lib.toLower value) [ "1" "yes" "y" "true" "t" "on" ];

  startOnly =
    let
      values = valuesOf "RootDirectoryStartOnly";
    in
    optional (values != [ ] && isTrue (lib.last values)) (
      message "RootDirectoryStartOnly" values
        "but systemd would bind the closure over the host for the other commands"
        "lib.mkForce false"
    );

  # Checks a list of words `[-]PATH[:…]`: none of the paths may be at or above `place`.
  mounts =
    setting: place: why:
    let
      words = concatMap (value: filter (word: word != "") (splitString " " value)) (valuesOf setting);
      clashes = filter clash words;
      clash =
        word:
        let
          path = builtins.head (
            splitString ":" (lib.removePrefix "-" (builtins.replaceStrings [ "\"" "'" ] [ "" "" ] word))
          );
        in
        hasPrefix "/" path && hasPrefix (parts path) (parts place);
      parts = path: concatMapStringsSep "" (part: "/${part}/") (filter (part: part != "" && part != ".") (splitString "/" path));
    in
    optional (clashes != [ ]) (
      message setting clashes why
        "lib.mkForce [ ${concatMapStringsSep "" (word: "${toJSON word} ") (filter (word: !clash word) words)}]"
    );
in
if adopt then
  [ ]
else
root "RootDirectory"
++ root "RootImage"
++ startOnly
++ mounts "TemporaryFileSystem" "/" "which would hide the root directory that confinement sets"
++ concatMap (
  setting:
  mounts setting storeDir
    "which shows the service the whole store, but confinement shows only its closure"
) [
  "BindPaths"
  "BindReadOnlyPaths"
]
