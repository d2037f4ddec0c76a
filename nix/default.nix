# confinix without flakes: `import ./confinix/nix { inherit pkgs; }`.
{
  pkgs ? import <nixpkgs> { },
}:
rec {
  # The command.
  confinix = pkgs.callPackage ./package.nix { };

  # The NixOS module, for `imports`.
  module = ./module.nix;

  # The module for home-manager, for `imports`.
  homeModule = ./home-manager.nix;

  # The options of both, as data: { nixos; home; }.
  options = import ./options.nix { inherit (pkgs) lib; };

  # Takes { } or { select; all; … }, and then a NixOS configuration or a plain set of services. Returns the services value.
  services = import ./services.nix;

  # Takes { services; … } with a services value. Builds its bundle in one derivation.
  bundle = args: import ./bundle.nix ({ inherit pkgs; } // args);

  # Makes a derivation from a bundle that the command wrote.
  fromBundle = directory: import ./from-bundle.nix { inherit pkgs confinix; bundle = directory; };

  # Takes { bundle; policy; … }. Audits in a derivation, which fails if something is denied.
  mkCheck = args: import ./check.nix ({ inherit pkgs confinix; } // args);

  # Takes { modules; … } of a NixOS configuration. Rehearses its confined services in virtual machines, as a NixOS test.
  mkRehearsal = args: import ./rehearsal.nix ({ inherit pkgs; } // args);

  # What `nix flake check` builds.
  checks = import ../tests/nix/checks.nix { inherit pkgs confinix; };
}
