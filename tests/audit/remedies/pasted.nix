# The services of ./services.nix with the pasted remedies, as confinix reads them from a NixOS configuration.
{
  paste,
  pasted,
  edit ? "",
}:
let
  inherit (builtins) concatStringsSep mapAttrs;
  pkgs = import ./pkgs.nix;
  services = import paste {
    inherit pkgs;
    pasted = import pasted;
    services = mapAttrs (
      _: service:
      service
      // {
        confinement = {
          enable = true;
        }
        // service.confinement or { };
      }
    ) (import ./services.nix { inherit pkgs edit; });
  };
  # NixOS's translation of `path`.
  directories = sub: map (package: "${package}/${sub}");
  finish =
    service:
    if service.isNixOs or false then
      removeAttrs service [ "isNixOs" ]
      // {
        environment.PATH = concatStringsSep ":" (
          directories "bin" service.path ++ directories "sbin" service.path
        );
      }
    else
      service;
in
{
  services = mapAttrs (_: finish) services;
}
