# The units of a view, and whether those of a bundle are the same byte for byte.
{
  # The content of bundle.json.
  content,
  # Returns the file of this name in the bundle.
  file,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    lessThan
    readFile
    sort
    storeDir
    ;
  inherit (import ./places.nix)
    imageOf
    metaOf
    placeOf
    units
    ;

  viewFiles = id: sort lessThan ([ (imageOf id) ] ++ attrNames (viewTexts id));

  problemOfView =
    id: _:
    let
      texts = viewTexts id;
    in
    concatMap (
      path: if readFile (file path) == texts.${path} then [ ] else [ "${path} is not what confinix writes" ]
    ) (attrNames texts);

  # The units of a view, by their path in the bundle (src/confine/view_units.rs).
  viewTexts =
    id:
    let
      meta = metaOf id;
      place = placeOf id;
      life = ''
        StopWhenUnneeded=yes
        StartLimitIntervalSec=0
        X-StopOnRemoval=false
        DefaultDependencies=no
        Conflicts=umount.target
        Before=umount.target
      '';
      condition =
        path:
        let
          kind = if content.paths.${path} ? symlink then "ConditionPathIsSymbolicLink" else "ConditionPathExists";
        in
        "${kind}=${path}\n";
    in
    {
      "${units}/run-confinix-meta-${id}.mount" =
        "# Written by confinix: the names of the store paths in a closure.\n"
        + "[Unit]\nDescription=Names of closure ${id} (needs the kernel modules erofs and, before Linux 6.12 or util-linux 2.41, loop)\n"
        + life
        + "Requires=confinix-view@${id}.service\nAfter=confinix-view@${id}.service\nRequiresMountsFor=${storeDir}\n"
        + concatStringsSep "" (map condition content.closures.${id}.paths)
        + "\n[Mount]\nWhat=%Y/confinix-${id}.erofs\nWhere=${meta}\nType=erofs\n"
        + "Options=ro,nodev,nosuid,x-confinix=\"as,bind,mounts\"\n";
      "${units}/run-confinix-view-${id}.mount" =
        "# Written by confinix: the store paths of a closure, and no others.\n"
        + "[Unit]\nDescription=View of closure ${id}\n${life}RequiresMountsFor=${meta} ${storeDir}\n"
        + "ConditionPathIsMountPoint=${meta}\n\n[Mount]\nWhat=overlay\nWhere=${place}\nType=overlay\n"
        + "Options=ro,nodev,nosuid,metacopy=on,redirect_dir=follow,lowerdir=${meta}:${storeDir}\n";
      "${units}/run-confinix-.mount.d/zz-confinix.conf" =
        "# Written by confinix: a mount whose unit is gone goes too.\n[Unit]\nStopWhenUnneeded=yes\n";
      "${units}/confinix-view@.service" = ''
        # Written by confinix: makes the place of a view, and has views go whose bundle is gone.
        [Unit]
        Description=Place of view %i
        DefaultDependencies=no
        ConditionPathIsDirectory=|!/run/confinix/meta/%i
        ConditionPathExists=|!/run/systemd/system/run-confinix-.mount.d/zz-confinix.conf

        [Service]
        Type=oneshot
        ExecStart=systemd-tmpfiles --create -
        StandardInputText=d /run/confinix/meta/%i 0755
        StandardInputText=d /run/systemd/system/run-confinix-.mount.d 0755
        StandardInputText=f+ /run/systemd/system/run-confinix-.mount.d/zz-confinix.conf 0644 - - - [Unit]\\nStopWhenUnneeded=yes\\n
      '';
    };
in
{
  inherit problemOfView viewFiles;
}
