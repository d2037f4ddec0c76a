# The settings that the services value treats specially, and the options of confinement and of presets.
{
  # As in module/service.nix.
  confinement = [
    "enable"
    "packages"
    "binSh"
    "mode"
    "fullUnit"
    "strategy"
    "includePath"
    "includeEnvironment"
    "presets"
    "adopt"
    "observe"
    "hide"
    "hideUnobserved"
  ];

  # The options of a preset, as in module/options.nix.
  preset = [
    "bindReadOnly"
    "environment"
    "packages"
  ];

  # The command lines, which keep their contexts.
  exec = [
    "ExecCondition"
    "ExecStartPre"
    "ExecStart"
    "ExecStartPost"
    "ExecReload"
    "ExecReloadPost"
    "ExecStop"
    "ExecStopPost"
  ];

  # The settings of unitConfig that are for people.
  described = [
    "Description"
    "Documentation"
    "SourcePath"
  ];
}
