{
  description = "Run systemd services in private roots that contain only the Nix store paths they need";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      options = import ./nix/options.nix { inherit lib; };
      commit = self.shortRev or self.dirtyShortRev or null;
      forAllSystems =
        of:
        lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
        ] (system: of nixpkgs.legacyPackages.${system} self.packages.${system}.default);
    in
    {
      packages = forAllSystems (
        pkgs: _: {
          default = pkgs.callPackage ./nix/package.nix { inherit commit; };
          # One file without libraries, for machines without Nix.
          static = pkgs.pkgsStatic.callPackage ./nix/package.nix { inherit commit; };
          # The options of the modules as JSON, for manuals and searches.
          options = pkgs.linkFarm "confinix-options" (
            lib.mapAttrs (_: options: pkgs.writeText "options.json" (builtins.toJSON options)) {
              "share/doc/nixos/options.json" = options.nixos;
              "share/doc/home-manager/options.json" = options.home;
            }
          );
        }
      );

      apps = forAllSystems (
        _: confinix: {
          default = {
            type = "app";
            program = lib.getExe confinix;
            meta = { inherit (confinix.meta) description; };
          };
        }
      );

      overlays.default = final: _: {
        confinix = final.callPackage ./nix/package.nix { };
      };

      nixosModules.default = ./nix/module.nix;

      homeModules.default = ./nix/home-manager.nix;

      flakeModules.default = ./nix/flake-module.nix;

      # Documented in nix/default.nix. All but `services` take `pkgs` with the rest.
      lib = {
        services = import ./nix/services.nix;
        bundle = import ./nix/bundle.nix;
        fromBundle =
          args:
          import ./nix/from-bundle.nix (
            { confinix = args.pkgs.buildPackages.callPackage ./nix/package.nix { }; } // args
          );
        mkCheck = import ./nix/check.nix;
        mkRehearsal = import ./nix/rehearsal.nix;
        inherit options;
      };

      checks = forAllSystems (
        pkgs: confinix: import ./tests/nix/checks.nix { inherit pkgs confinix; }
      );

      devShells = forAllSystems (
        pkgs: confinix: {
          default = pkgs.mkShell {
            inputsFrom = [ confinix ];
            packages = with pkgs; [
              bubblewrap
              cargo-insta
              clippy
              nix
              nixfmt
              rust-analyzer
              rustfmt
              shellcheck
              strace
            ];
          };
        }
      );

      templates = {
        default = {
          path = ./nix/template;
          description = "A NixOS system with one confined service";
        };
        services = {
          path = ./nix/template-services;
          description = "Confined services for a machine without NixOS";
        };
      };
    };
}
