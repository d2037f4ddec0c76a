# Texts of unit files, as NixOS writes them (nixpkgs' systemd-lib.nix). A `place` is where something is defined, for errors.
texts:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    hashString
    isPath
    map
    ;
  inherit (texts)
    checkLine
    checkList
    checkSet
    flatten
    valueText
    ;
in
rec {
  concat = concatStringsSep "";

  lines = place: name: x: concat (map (x: "${name}=${valueText "${place}.${name}" x}\n") (flatten x));

  section =
    place: set: concat (map (name: lines place name set.${name}) (attrNames (checkSet place set)));

  # A hash is enough: only that it changes matters.
  triggers =
    definition: option: setting:
    let
      list = definition.${option} or [ ];
      text = toString (map (x: if isPath x then "${x}" else x) (flatten list));
    in
    if list == [ ] then "" else "${setting}=${hashString "sha256" text}\n";

  described =
    place: definition:
    let
      description = checkLine "${place}.description" (definition.description or "");
      documentation = map (checkLine "${place}.documentation") (
        checkList "${place}.documentation" (definition.documentation or [ ])
      );
    in
    (if description == "" then { } else { Description = description; })
    // (if documentation == [ ] then { } else { Documentation = toString documentation; });

  # The section [Unit] of a definition that is completed.
  headText =
    place: definition:
    "[Unit]\n"
    + section "${place}.unitConfig" (described place definition // definition.unitConfig)
    + triggers definition "restartTriggers" "X-Restart-Triggers"
    + triggers definition "reloadTriggers" "X-Reload-Triggers";

  # The section [Install], if it has anything.
  install =
    place: definition:
    let
      line =
        { option, setting }:
        let
          units = map (checkLine "${place}.${option}") (
            checkList "${place}.${option}" (definition.${option} or [ ])
          );
        in
        if units == [ ] then "" else "${setting}=${concatStringsSep " " units}\n";
      text = concat (map line installed);
    in
    if text == "" then "" else "\n[Install]\n${text}";
  # The options that make it.
  installed = [
    {
      option = "aliases";
      setting = "Alias";
    }
    {
      option = "requiredBy";
      setting = "RequiredBy";
    }
    {
      option = "upheldBy";
      setting = "UpheldBy";
    }
    {
      option = "wantedBy";
      setting = "WantedBy";
    }
  ];
}
