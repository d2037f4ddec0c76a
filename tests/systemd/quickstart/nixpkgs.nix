# What the quickstarts use of nixpkgs. packages.nix beside this file names the store paths, made of this machine's programs.
{ }:
let
  packages = builtins.mapAttrs (_: builtins.storePath) (import ./packages.nix);
  inherit (packages) bash coreutils;

  written = name: file: isProgram: text: derivation {
    inherit name text;
    system = builtins.currentSystem;
    builder = "${bash}/bin/bash";
    PATH = "${coreutils}/bin";
    file = "${placeholder "out"}/${file}";
    # bash ends last: it would run the last command in its own place, and Nix kills a builder that closes its output before it ends, as
    # coreutils do.
    args = [
      "-euc"
      ''mkdir -p "''${file%/*}"; printf %s "$text" > "$file"; chmod ${if isProgram then "555" else "444"} "$file"; exit''
    ];
  };
in
packages
// {
  writeTextDir = name: written (baseNameOf name) name false;
  writeShellScriptBin =
    name: text: written name "bin/${name}" true "#!${bash}/bin/bash\n${text}";
}
