# Values and names that are also in the Rust code (src/service/mode.rs, src/service/strategy.rs, src/service/hide.rs, src/service/name.rs).
rec {
  modes = [
    "full-apivfs"
    "chroot-only"
  ];

  strategies = [ "auto" ] ++ map (means: means.name) strategyMeans;

  # The strategies that a bundle can have, like `Means` in src/service/strategy.rs.
  strategyMeans = [
    {
      name = "bind";
      description = "by a read-only bind mount for each store path, which works everywhere";
      isView = false;
      isReadOnly = true;
    }
    {
      name = "inherit";
      description = "by a quicker bind mount that is as read-only as the store itself";
      isView = false;
      isReadOnly = false;
    }
    {
      name = "image";
      description = "by one bind mount of a view of the store, which takes the same time however large the closure is";
      isView = true;
      isReadOnly = true;
    }
  ];

  # The classes of files that a view can leave out, like `HideClass` in src/service/hide.rs.
  hideClasses = [
    "docs"
    "headers"
    "interpreters"
    "locales"
    "programs"
    "static-libraries"
  ];

  # Whether this is the name of a service unit, by the rules of `UnitName`.
  isUnitName =
    name:
    builtins.stringLength name <= 253
    && builtins.match "[a-zA-Z0-9:_\\-][a-zA-Z0-9:_.\\@-]*[.]service" name != null;

  meansOf = builtins.listToAttrs (
    map (means: {
      inherit (means) name;
      value = means;
    }) strategyMeans
  );
}
