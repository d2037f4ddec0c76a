# The few packages that NixOS's systemd modules use, built by the host's shell. With them, units can be built
# from a nixpkgs checkout on machines that can build nothing of nixpkgs.
{ nixpkgs, system }:
let
  lib = import "${toString nixpkgs}/lib";

  runCommand =
    name: attrs: script:
    derivation (
      {
        inherit name system;
        builder = "/bin/bash";
        args = [
          "-euc"
          ''
            shopt -s nullglob
            ${script}
            : # keeps the shell running to the end (fixtures/shop/build.nix)
          ''
        ];
        PATH = "/run/current-system/sw/bin:/usr/bin:/bin";
      }
      // attrs
    )
    // {
      inherit name;
      meta = { };
    };

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
    }:
    runCommand name
      {
        inherit text;
        passAsFile = [ "text" ];
      }
      ''
        mkdir -p "$(dirname "$out${destination}")"
        cp "$textPath" "$out${destination}"
        ${lib.optionalString executable ''chmod +x "$out${destination}"''}
      '';

  # A package whose content does not matter, only its store path.
  package =
    name:
    runCommand name { } ''
      mkdir -p "$out/bin"
      echo ${name} > "$out/bin/${name}"
    '';

  # Empty versions of every unit that a module may want from systemd's own.
  upstreamUnits =
    let
      text = builtins.readFile "${toString nixpkgs}/nixos/modules/system/boot/systemd.nix";
    in
    lib.concatMap (x: if builtins.isList x then [ (builtins.head x) ] else [ ]) (
      builtins.split "\"([a-z@-]+[.](service|target|socket|mount|path|slice|timer)([.]wants)?)\"" text
    );

  systemd =
    runCommand "systemd-0" { } ''
      mkdir -p "$out/bin" "$out/example/systemd/system"
      cd "$out/example/systemd/system"
      for unit in ${toString upstreamUnits}; do
        case $unit in
          *.wants) mkdir -p "$unit"; ln -s ../basic.target "$unit" ;;
          *) : > "$unit" ;;
        esac
      done
    ''
    // {
      util-linux = pkgs.util-linux;
      out = systemd;
    }
    // lib.genAttrs [
      "withBootloader"
      "withCryptsetup"
      "withEfi"
      "withHostnamed"
      "withImportd"
      "withLocaled"
      "withMachined"
      "withNspawn"
      "withPortabled"
      "withRepart"
      "withTimedated"
      "withTpm2Units"
      "withUtmp"
    ] (_: false);

  pkgs =
    lib.genAttrs [
      "coreutils"
      "findutils"
      "gnugrep"
      "gnused"
      "gnupgMinimal"
      "kmod"
      "util-linux"
    ] package
    // {
      inherit lib runCommand writeTextFile systemd;
      runCommandLocal = runCommand;
      buildPackages = pkgs;
      stdenv = {
        hostPlatform = lib.systems.elaborate system;
        buildPlatform = lib.systems.elaborate system;
      };
      formats = import "${toString nixpkgs}/pkgs/pkgs-lib/formats.nix" { inherit lib pkgs; };

      writeText = name: text: writeTextFile { inherit name text; };
      writeShellScriptBin =
        name: text:
        let
          script = writeTextFile {
            inherit name;
            executable = true;
            destination = "/bin/${name}";
            text = "#!${pkgs.runtimeShell}\n${text}\n";
          };
        in
        script
        // {
          meta.mainProgram = name;
          overrideAttrs = _: script // { meta.mainProgram = name; };
        };
      runtimeShell = "${pkgs.shell}/bin/sh";
      shell = runCommand "shell-1" { } ''
        mkdir -p "$out/bin"
        echo shell > "$out/bin/shell"
        ln -s shell "$out/bin/sh"
      '';

      # Like lndir(1) of X.Org: makes directories and links files, in one small process.
      lndir = writeTextFile {
        name = "lndir";
        executable = true;
        destination = "/bin/lndir";
        text = ''
          #!/bin/sh
          exec cp --recursive --symbolic-link "$1"/* "$2"
        '';
      };

      # nixpkgs' own version, with the host's jq.
      closureInfo = import "${toString nixpkgs}/pkgs/build-support/closure-info.nix" {
        stdenvNoCC.mkDerivation =
          attrs:
          derivation (
            removeAttrs attrs [ "nativeBuildInputs" ]
            // {
              inherit system;
              builder = "/bin/bash";
              PATH = "/run/current-system/sw/bin:/usr/bin:/bin";
              args = [
                "-euc"
                ''
                  . ./.attrs.sh
                  export PATH NIX_ATTRS_JSON_FILE="''${NIX_ATTRS_JSON_FILE:-.attrs.json}"
                  eval "$buildCommand"
                ''
              ];
            }
          );
        coreutils = null;
        jq = null;
      };
    };
in
pkgs
