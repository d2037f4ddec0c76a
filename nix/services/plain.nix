# Completes a service of a plain set as NixOS does: commands are made from scripts, and PATH from packages (nixpkgs'
# systemd-unit-options.nix and systemd-lib.nix). What NixOS would refuse is an error that names the option.
texts: everyUnit: plain:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    filter
    functionArgs
    head
    listToAttrs
    map
    match
    pathExists
    replaceStrings
    ;
  inherit (texts)
    attrCode
    binOf
    checkBool
    checkList
    checkSet
    checkString
    imap
    textAs
    ;
  inherit (everyUnit) ofEveryUnit unitConfigOf;
  stemOf = everyUnit.stemOfService;

  # The options that contain a script: the setting that runs it, the suffix of the script's name, and whether NixOS makes the
  # setting a list, to which serviceConfig may add.
  scripts = {
    preStart = {
      setting = "ExecStartPre";
      suffix = "pre-start";
      isList = true;
    };
    script = {
      setting = "ExecStart";
      suffix = "start";
      isList = false;
    };
    postStart = {
      setting = "ExecStartPost";
      suffix = "post-start";
      isList = true;
    };
    reload = {
      setting = "ExecReload";
      suffix = "reload";
      isList = false;
    };
    preStop = {
      setting = "ExecStop";
      suffix = "pre-stop";
      isList = false;
    };
    postStop = {
      setting = "ExecStopPost";
      suffix = "post-stop";
      isList = false;
    };
  };

  # The options that are read here or in services.nix.
  read = attrNames scripts ++ [
    "confinement"
    "enable"
    "enableDefaultPath"
    "enableStrictShellChecks"
    "environment"
    "name"
    "overrideStrategy"
    "path"
    "scriptArgs"
    "serviceConfig"
    "unitConfig"
  ];

  # The other options of services, none of which changes what the service runs or sees.
  harmless = ofEveryUnit ++ [
    "jobScripts"
    "notSocketActivated"
    "reloadIfChanged"
    "restartIfChanged"
    "startAt"
    "stopIfChanged"
  ];

  hasPkgs = plain.pkgs or null != null;
  pkgs = checkSet "pkgs" plain.pkgs;

  # Makes scripts as the given nixpkgs does, so that they are those of the unit; or else as nixpkgs 25.05 does.
  makeJobScript =
    let
      inherit ((import utils { inherit pkgs; inherit (pkgs) lib; config = { }; }).systemdUtils.lib) makeJobScript;
      utils = pkgs.path + "/nixos/lib/utils.nix";
    in
    if pkgs ? path && pkgs ? lib && pathExists utils then
      args:
      if functionArgs makeJobScript == { } then makeJobScript args.name args.text else makeJobScript args
    else
      ownJobScript;

  ownJobScript =
    {
      name,
      text,
      enableStrictShellChecks,
    }:
    let
      scriptName = replaceStrings [ "\\" "@" ] [ "-" "_" ] (replaceStrings [ "\\" ] [ "\\\\" ] name);
      script =
        if enableStrictShellChecks then
          pkgs.writeShellApplication {
            name = scriptName;
            inherit text;
          }
        else
          pkgs.writeShellScriptBin scriptName "set -e\n\n${text}\n";
      named = script.overrideAttrs (_: {
        name = "unit-script-${scriptName}";
      });
    in
    "${if script ? overrideAttrs then named else script}/bin/${scriptName}";
in
{
  inherit stemOf;

  # The options whose texts are not themselves part of the unit.
  sources = attrNames scripts ++ [
    "confinement"
    "path"
    "scriptArgs"
  ];

  # `place` is where the definition of a service is, for errors.
  complete =
    place: attr: definition:
    let
      fail = problem: throw "confinix: ${place}.${problem}";
      unitConfig = unitConfigOf place definition;

      unknown = filter (option: !elem option (read ++ harmless)) (attrNames definition);
      isSetting = match "[A-Z].*" (head unknown) != null;
      checked =
        if unknown == [ ] then
          builtins.seq defaultPath unitConfig
        else
          fail "${attrCode (head unknown)} is unknown: ${
            if isSetting then
              "put settings of the unit in serviceConfig or unitConfig"
            else
              "remove it, or write it as a setting in serviceConfig; the supported options of NixOS are ${concatStringsSep ", " (read ++ harmless)}"
          }";

      ## Scripts

      textOf = option: checkString "${place}.${option}" (definition.${option} or "");
      # In an evaluated NixOS configuration, scripts are already commands.
      present =
        let
          given = filter (option: textOf option != "") (attrNames scripts);
        in
        if given != [ ] && definition.jobScripts or [ ] != [ ] then [ ] else given;

      jobScript =
        option:
        let
          inherit (scripts.${option}) setting suffix;
          name = "${stemOf attr}-${suffix}";
        in
        if hasPkgs then
          makeJobScript {
            inherit name;
            text = textOf option;
            enableStrictShellChecks = checkBool "${place}.enableStrictShellChecks" (
              definition.enableStrictShellChecks or false
            );
          }
        else
          fail "${option} is a script, and NixOS makes it a program with packages that this set does not have: add them as `pkgs` beside `services` ({ inherit pkgs; services = …; }), or set serviceConfig.${setting} = \"\${pkgs.writeShellScript \"${name}\" ''…''}\" instead";

      own = checkSet "${place}.serviceConfig" (definition.serviceConfig or { });

      commandOf =
        option:
        let
          inherit (scripts.${option}) setting isList;
          command = jobScript option;
          arguments = checkString "${place}.scriptArgs" (definition.scriptArgs or "");
        in
        {
          name = setting;
          value =
            if isList && !(own ? ${setting}) then
              [ command ]
            else if isList && builtins.isList own.${setting} then
              [ command ] ++ own.${setting}
            else if isList then
              fail "serviceConfig.${setting} must be a list if ${option} is set: write [ … ] around it"
            else if own ? ${setting} then
              fail "${option} and serviceConfig.${setting} are both set, which NixOS refuses: remove one of them"
            else if option == "script" then
              "${command} ${arguments}"
            else
              command;
        };

      ## PATH

      environment = checkSet "${place}.environment" (definition.environment or { });
      ownPath = checkList "${place}.path" (definition.path or [ ]);
      hasDefault = checkBool "${place}.enableDefaultPath" (definition.enableDefaultPath or hasPkgs);
      defaultPath =
        # A PATH that is set already includes the default.
        if !hasDefault || environment ? PATH then
          [ ]
        else if !hasPkgs then
          fail "enableDefaultPath puts packages on PATH that this set does not have: add them as `pkgs` beside `services` ({ inherit pkgs; services = …; }), or list them in path"
        else
          [
            pkgs.coreutils
            pkgs.findutils
            pkgs.gnugrep
            pkgs.gnused
            pkgs.systemd
          ];
      path = ownPath ++ defaultPath;
      search = dir: concatStringsSep ":" (
        imap (
          i: package: "${textAs "a package or a string" "${place}.path[${toString i}]" (binOf package)}/${dir}"
        ) path
      );
    in
    definition
    // {
      serviceConfig = builtins.seq checked (own // listToAttrs (map commandOf present));
      inherit unitConfig;
      inherit path;
      # If PATH is set, the unit has that value.
      environment =
        if environment ? PATH || path == [ ] then
          environment
        else
          environment // { PATH = "${search "bin"}:${search "sbin"}"; };
    };
}
