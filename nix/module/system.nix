# What the configuration shows about the system that runs the services: { kernel; storeReadOnly; storeStacked;
# restrictFileSystemAccess; }.
{
  config,
  lib,
  options,
}:
let
  inherit (lib) filter;

  # A container has the kernel and the store of its host. With system-manager, which knows nothing of either, the machine has them.
  isContainer = if options.boot ? isContainer then config.boot.isContainer else true;

  kernel = if isContainer then null else config.boot.kernelPackages.kernel.version;

  storeReadOnly =
    if isContainer then
      null
    else if options.boot ? nixStoreMountOpts then
      builtins.elem "ro" config.boot.nixStoreMountOpts
    else
      config.boot.readOnlyNixStore;

  # The next two are null unless there is a known obstacle, so that the derivation otherwise stays the same.
  storeStacked =
    let
      fileSystems = config.fileSystems or { };
      isAbove = path: place: place == "/" || place == path || lib.hasPrefix "${place}/" path;
      # Counts the overlays that are stacked at a path, among the file systems in `places`.
      depth =
        places: path:
        let
          above = builtins.sort (a: b: builtins.stringLength a > builtins.stringLength b) (
            filter (isAbove path) places
          );
          place = builtins.head above;
          fileSystem = fileSystems.${place};
          lower = fileSystem.overlay.lowerdir or null;
          others = filter (other: other != place) places;
        in
        if above == [ ] || fileSystem.fsType or null != "overlay" then
          0
        else
          1 + builtins.foldl' lib.max 0 (map (depth others) (if lower == null then [ ] else lower));
    in
    if depth (builtins.attrNames fileSystems) builtins.storeDir > 1 then true else null;

  restrictFileSystemAccess =
    let
      value = config.systemd.settings.Manager.RestrictFileSystemAccess or null;
      off = [
        null
        false
        ""
        "0"
        "no"
        "n"
        "false"
        "f"
        "off"
      ];
    in
    if builtins.elem value off then null else true;
in
{
  inherit
    kernel
    restrictFileSystemAccess
    storeReadOnly
    storeStacked
    ;
}
