# The values of options that confinix has too (src/service/mode.rs, src/service/strategy.rs).
{
  modes = [
    "full-apivfs"
    "chroot-only"
  ];

  strategies = [
    "auto"
    "bind"
    "inherit"
    "image"
  ];
}
