# confinix without flakes: `import ./confinix/nix { inherit pkgs; }`.
{
  pkgs ? import <nixpkgs> { },
}:
rec {
  # The command.
  confinix = pkgs.callPackage ./package.nix { };

  # The NixOS module, for `imports`.
  module = ./module.nix;

  # { } or { select; all; }: a NixOS configuration, or a plain set of services, to its services value.
  services = import ./services.nix;

  # { services; … }: a services value to its bundle, built in one derivation.
  bundle = args: import ./bundle.nix ({ inherit pkgs; } // args);

  # A bundle that the command wrote, to a derivation.
  fromBundle = directory: import ./from-bundle.nix { inherit pkgs confinix; bundle = directory; };

  # { bundle; policy; … }: an audit as a derivation, which fails where something is denied.
  mkCheck = args: import ./check.nix ({ inherit pkgs confinix; } // args);

  # What `nix flake check` builds.
  checks = import ../tests/nix/checks.nix { inherit pkgs confinix; };
}
