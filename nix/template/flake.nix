{
  description = "A NixOS system with one confined service";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.confinix = {
    # The location of confinix.
    url = "git+file:///path/to/confinix";
    inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, confinix, ... }:
    let
      machine = nixpkgs.lib.nixosSystem {
        modules = [
          confinix.nixosModules.default
          ./configuration.nix
        ];
      };
    in
    {
      nixosConfigurations = { inherit machine; };

      # What its services see: `nix build .#bundle`, then `confinix show result`.
      packages.x86_64-linux.bundle = machine.config.security.confinix.bundle;
    };
}
