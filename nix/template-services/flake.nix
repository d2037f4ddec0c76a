{
  description = "Confined services for a machine without NixOS";

  # confinix check .#services
  # sudo confinix install .#services

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    {
      services = import ./services.nix { pkgs = nixpkgs.legacyPackages.x86_64-linux; };
    };
}
