# Checks values that become text. Errors name their place.
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    elemAt
    functionArgs
    genList
    getContext
    filter
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    match
    split
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;

  describe =
    x:
    {
      bool = "a Boolean";
      float = "a number";
      int = "a number";
      lambda = "a function";
      list = "a list";
      null = "null";
      path = "a path";
      set = "a set";
      string = "a string";
    }
    .${typeOf x} or "a ${typeOf x}";

  unexpected =
    place: x: expected:
    throw "confinix: ${place} is ${describe x}, but ${expected} is expected";

  check =
    test: expected: place: x:
    if test x then x else unexpected place x expected;

  checkSet = check isAttrs "a set";
  checkList = check isList "a list";
  checkBool = check isBool "true or false";
  checkString = check isString "a string";
  # What is written on one line of a unit file, where another one would be read as a setting.
  checkLine = check (x: isString x && length (split "\n" x) == 1) "a string of one line";

  # Whether "${x}" is valid.
  isText = x: isString x || isPath x || isAttrs x && (x ? outPath || x ? __toString);

  textAs =
    expected: place: x:
    if isText x then "${x}" else unexpected place x expected;

  withContext = s: {
    text = unsafeDiscardStringContext s;
    context = getContext s;
  };

  listText =
    expected: place: xs:
    imap (i: x: withContext (textAs expected "${place}[${toString i}]" x)) (checkList place xs);

  packageTexts = listText "a package or a string";

  namingPath =
    place: texts:
    imap (
      i: text:
      if match ".*${builtins.storeDir}/.*" (builtins.replaceStrings [ "\n" ] [ " " ] text.text) == null then
        throw "confinix: ${place}[${toString i}] is ${toJSON text.text}, which names no path in ${builtins.storeDir}"
      else
        text
    ) texts;

  imap = f: xs: genList (i: f i (elemAt xs i)) (length xs);

  flatten = x: if isList x then concatMap flatten x else [ x ];

  # A function whose arguments all have defaults stands for what it returns. Nix itself calls it only to select an attribute of that.
  called =
    x:
    let
      defaults = attrValues (functionArgs x);
    in
    if isFunction x && defaults != [ ] && all (isOptional: isOptional) defaults then x { } else x;

  # A value of a setting as NixOS writes it.
  valueText =
    place: x:
    if isBool x then
      (if x then "true" else "false")
    else if x == null then
      ""
    else if isInt x || isFloat x then
      toString x
    else
      textAs "a string, a number, true or false" place x;

  # The same for settings whose store paths do not matter.
  settingText = place: x: unsafeDiscardStringContext (valueText place x);

  # The assignments of each setting of a section, which `convert` makes of a place and a value.
  assignments =
    place: convert: section:
    let
      entriesOf =
        name: set:
        let
          # NixOS writes a null as an empty assignment.
          values = map (x: if x == null then "" else x) (flatten set);
          index = i: if isList set then "[${toString i}]" else "";
        in
        imap (i: convert "${place}.${name}${index i}") values;
      entries = mapAttrs entriesOf section;
    in
    removeAttrs entries (filter (name: entries.${name} == [ ]) (attrNames entries));

  # Settings that begin with X- are not for systemd. None of those left out is evaluated.
  without =
    names: section:
    removeAttrs section (attrNames names ++ filter (name: match "X-.*" name != null) (attrNames section));

  setOf =
    names:
    listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) names
    );

  unique = names: attrNames (setOf names);

  # The output that NixOS adds to PATH for a package (`lib.getBin`).
  binOf =
    package:
    if isAttrs package && !(package.outputSpecified or false) then
      package.bin or package.out or package
    else
      package;

  # An attribute name in the syntax of Nix.
  attrCode = attr: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" attr == null then toJSON attr else attr;
in
{
  inherit
    assignments
    attrCode
    binOf
    called
    checkBool
    checkLine
    checkList
    checkSet
    checkString
    describe
    flatten
    imap
    isText
    listText
    namingPath
    packageTexts
    setOf
    settingText
    textAs
    unique
    valueText
    withContext
    without
    ;
}
