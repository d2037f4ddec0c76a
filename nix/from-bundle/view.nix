# The units of views, and whether those of a bundle are the same byte for byte.
{
  # The content of bundle.json.
  content,
  # Returns the file of this name in the bundle.
  file,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    concatStringsSep
    filter
    genList
    hashFile
    lessThan
    listToAttrs
    readFile
    sort
    storeDir
    substring
    ;
  inherit (import ./places.nix)
    imageOf
    listOf
    tokenOf
    units
    ;
  inherit (import ../choices.nix) meansOf;

  viewFiles =
    id:
    sort lessThan (
      [
        (imageOf id)
        (listOf id)
      ]
      ++ attrNames (viewTexts id)
    );

  problemsOfViews =
    let
      id = content.view.image;
      texts = viewTexts id // {
        ${listOf id} = concatStringsSep "" (map (path: "${path}\n") shown);
      };
    in
    (
      if substring 0 32 (hashFile "sha256" (file (imageOf id))) == id then
        [ ]
      else
        [ "${imageOf id} is not the image with this ID" ]
    )
    ++ concatMap (
      path: if readFile (file path) == texts.${path} then [ ] else [ "${path} is not what confinix writes" ]
    ) (attrNames texts);

  # The store paths that the views show, sorted.
  shown =
    let
      services = filter (service: meansOf.${service.strategy}.isView) (attrValues content.services);
      closures = attrNames (
        listToAttrs (
          map (service: {
            name = service.closure;
            value = true;
          }) services
        )
      );
    in
    attrNames (
      listToAttrs (
        concatMap (
          closure:
          map (name: {
            inherit name;
            value = true;
          }) content.closures.${closure}.paths
        ) closures
      )
    );

  # The units of the views of an image, by their path in the bundle (src/confine/view_units.rs).
  viewTexts =
    id:
    let
      meta = "/run/confinix/meta/${id}";
      viewText =
        what: description: source: place:
        "# Written by confinix: ${what}.\n"
        + "[Unit]\nDescription=${description}\n${life}RequiresMountsFor=${meta} ${storeDir}\n"
        + "\n[Mount]\nWhat=${source}\nWhere=/run/confinix/view/${place}\nType=overlay\n"
        + "Options=ro,nodev,nosuid,metacopy=on,redirect_dir=follow,lowerdir=${meta}:${storeDir}\n";
      life = ''
        StopWhenUnneeded=yes
        StartLimitIntervalSec=0
        X-StopOnRemoval=false
        DefaultDependencies=no
        Conflicts=umount.target
        Before=umount.target
      '';
      shutdown = ''
        X-StopOnRemoval=false
        DefaultDependencies=no
        Conflicts=shutdown.target
        Before=shutdown.target
      '';
      # Patterns that match all IDs of images but this one.
      others = genList (at: "${substring 0 at id}[!${substring at 1 id}]*") 8;
    in
    {
      "${units}/run-confinix-meta-${id}.mount" =
        "# Written by confinix: the names of the store paths in closures.\n"
        + "[Unit]\nDescription=Names of image ${id} (needs the kernel modules erofs and, before Linux 6.12 or util-linux 2.41, loop)\n"
        + life
        + "Requires=confinix-place@${id}.service\nAfter=confinix-place@${id}.service\nRequiresMountsFor=${storeDir}\n"
        + "\n[Mount]\nWhat=%Y/confinix-${id}.erofs\nWhere=${meta}\nType=erofs\n"
        + "Options=ro,nodev,nosuid,x-confinix=\"as,bind,mounts\"\n";
      "${units}/run-confinix-view-${id}.mount" =
        viewText "the store paths of closures, and no others" "Views of image ${id}" "overlay" id;
      "${units}/run-confinix-.mount.d/zz-confinix.conf" =
        "# Written by confinix: a mount whose unit is gone goes too.\n[Unit]\nStopWhenUnneeded=yes\n";
      "${units}/confinix-place@.service" = ''
        # Written by confinix: makes the place of an image, and has views go whose bundle is gone.
        [Unit]
        Description=Place of image %i
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
      "${units}/confinix-view@.service" =
        "# Written by confinix: makes the views of an image the current ones, and reports store paths that are missing.\n"
        + "[Unit]\nDescription=Link to the views of image %i\n${shutdown}StartLimitIntervalSec=0\nPartOf=confinix-view.target\n"
        + "Requires=run-confinix-view-%i.mount\nAfter=run-confinix-view-%i.mount\nWants=confinix-view.service\n\n"
        + "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=systemd-tmpfiles --create -\n"
        + "StandardInputText=L+ /run/confinix/views - - - - /run/confinix/view/%i/view\n"
        + "ExecStart=-/bin/sh -c 'while read -r path; do [ -e \"$$path\" ] || [ -L \"$$path\" ] || echo \"<3>$$path is missing: services that need it fail\"; done <\"$$0\"' %Y/confinix-%i.paths\n";
      "${units}/confinix-view.target" =
        "# Written by confinix: is active while services are that see a view.\n"
        + "[Unit]\nDescription=Services that see a view\n${shutdown}StopWhenUnneeded=yes\n"
        + "Upholds=confinix-view@${id}.service\nAfter=confinix-view@${id}.service\n";
      "${units}/confinix-view.service" =
        "# Written by confinix: has services wait for the current views, and releases the previous ones.\n"
        + "[Unit]\nDescription=Current views\nDefaultDependencies=no\nStartLimitIntervalSec=0\n"
        + "Requires=confinix-view@${id}.service run-confinix-view-${id}.mount\n"
        + "After=confinix-view@${id}.service run-confinix-view-${id}.mount\n"
        + concatStringsSep "" (
          map (other: "ConditionPathExistsGlob=|/run/confinix/view/${other}/view\n") others
        )
        + "\n[Service]\nType=oneshot\nLogLevelMax=notice\nExecStart=-systemctl stop --no-block"
        + concatStringsSep "" (map (other: " confinix-view@${other}.service") others)
        + "\n";
    }
    // listToAttrs (
      map (name: {
        name = "${units}/run-confinix-view-${id}.${tokenOf name}.mount";
        value =
          viewText
            "the same views on a file system of its own, so that what one service opens can be observed"
            "View of ${name} (image ${id})"
            "confinix-${tokenOf name}"
            "${id}.${tokenOf name}";
      }) withOwn
    )
    // (if withOwn == [ ] then { } else { "${units}/confinix-view@${id}.service.d/zz-own.conf" = ofOwn id; });

  # The services that have a view of their own.
  withOwn = filter (name: content.services.${name}.observe or false) (attrNames content.services);

  ofOwn =
    id:
    let
      each = text: map (name: text (tokenOf name)) withOwn;
      mounts = each (token: "run-confinix-view-${id}.${token}.mount");
      spaced = concatStringsSep " " mounts;
      kept = "/run/systemd/system/confinix-view@${id}.service.d";
    in
    "# Written by confinix: mounts the views that services have of their own.\n"
    + "[Unit]\nWants=${spaced}\nAfter=${spaced}\n\n"
    + "[Service]\nStandardInputText=d /run/confinix/own 0755\n"
    + concatStringsSep "" (
      each (
        token:
        "StandardInputText=L+ /run/confinix/own/${token} - - - - /run/confinix/view/${id}.${token}/view\n"
      )
    )
    + "StandardInputText=d ${kept} 0755\n"
    + "StandardInputText=f+ ${kept}/zz-kept.conf 0644 - - - [Unit]\\\\nWants=${spaced}\\\\n\n";
in
{
  inherit problemsOfViews viewFiles;
}
