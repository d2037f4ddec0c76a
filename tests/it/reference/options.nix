# The options of the modules, with their descriptions, as JSON has them:
# { nixos = [ { name; type; default; example; description; } ]; home = […]; }. `lib` has what the module's declarations use of nixpkgs' lib, so that this needs no nixpkgs.
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    filter
    isAttrs
    isBool
    isList
    isString
    listToAttrs
    match
    toJSON
    ;

  lib = {
    inherit filter;
    inherit (builtins) mapAttrs;
    mapAttrs' = _: _: { };
    mkIf = _: _: { };
    filterAttrs =
      keep: set:
      listToAttrs (
        map (name: {
          inherit name;
          value = set.${name};
        }) (filter (name: keep name set.${name}) (attrNames set))
      );
    concatMapStringsSep =
      between: f: list:
      concatStringsSep between (map f list);
    literalExpression = code: { inherit code; };
    mkOption = option: option // { isOption = true; };
    mkDefault = _: { priority = 1000; };
    mkOptionDefault = _: { priority = 1500; };
    types =
      let
        named = name: { inherit name; };
        of = name: type: {
          name = "${name} of ${type.name}";
          options = type.options or null;
        };
      in
      {
        bool = named "boolean";
        str = named "string";
        path = named "path";
        raw = named "raw value";
        package = named "package";
        anything = named "anything";
        listOf = of "list";
        attrsOf = of "attribute set";
        nullOr = type: named "null or ${type.name}";
        either = one: other: named "${one.name} or ${other.name}";
        enum = values: named "one of ${concatStringsSep ", " (map toJSON values)}";
        submodule =
          module:
          {
            name = "submodule";
          }
          // builtins.intersectAttrs { options = null; } (
            if isAttrs module then module else module { config = { }; }
          );
      };
  };

  ## Values as Nix code

  code =
    value:
    if value ? code then
      value.code
    else if isList value then
      if value == [ ] then "[ ]" else "[ ${concatStringsSep " " (map code value)} ]"
    else if isAttrs value then
      if value == { } then
        "{ }"
      else
        "{ ${concatStringsSep " " (map (name: "${name} = ${code value.${name}};") (attrNames value))} }"
    else if isString value then
      toJSON value
    else if isBool value then
      if value then "true" else "false"
    else
      toJSON value;

  isOption = x: x.isOption or false;
  isPlain = name: match "[A-Za-z<>*.-]+" name != null;

  document =
    name: option:
    assert isPlain name;
    if option.internal or false then
      [ ]
    else
      [
        {
          inherit name;
          inherit (option) description;
          type = option.type.name;
          default =
            if option ? defaultText then
              code option.defaultText
            else if option ? default then
              code option.default
            else
              null;
          example = if option ? example then code option.example else null;
          readOnly = option.readOnly or false;
        }
      ]
      ++ (
        let
          options = option.type.options or null;
          at = if option.type.name == "submodule" then name else "${name}.<name>";
        in
        if options == null then [ ] else all at options
      );

  all =
    name: options:
    concatLists (
      map (
        attr:
        let
          at = "${name}.${attr}";
        in
        if isOption options.${attr} then document at options.${attr} else all at options.${attr}
      ) (attrNames options)
    );

  nixos = {
    environment.binsh = null;
    security.confinix.presets = { };
  };
  ofService =
    (import ../../../nix/module/service.nix {
      inherit lib nixos;
      defaultOn.isConfined = _: false;
    } {
      name = "";
      config = { };
      options = { };
    }).options;

  pkgs.buildPackages = { };

  home =
    (import ../../../nix/home-manager.nix {
      inherit lib pkgs;
      config.security.confinix.presets = { };
    }).options;
in
{
  nixos = concatMap (part: all part.name part.options) [
    {
      name = "systemd.services.<name>";
      options = ofService;
    }
    {
      name = "security.confinix";
      options = import ../../../nix/module/options.nix { inherit lib pkgs; };
    }
  ];
  home = concatMap (part: all part.name part.options) [
    {
      name = "systemd.user.services.<name>";
      options = home.systemd.user.services.type.options;
    }
    {
      name = "security.confinix";
      options = home.security.confinix;
    }
  ];
}
