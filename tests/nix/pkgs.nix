# The part of nixpkgs that nix/from-bundle.nix uses: runCommandLocal with structured attributes.
{
  bash ? "/bin/bash",
  system ? builtins.currentSystem or "x86_64-linux",
}:
{
  runCommandLocal =
    name: attrs: script:
    derivation (
      attrs
      // {
        inherit name system;
        builder = bash;
        PATH = "/run/current-system/sw/bin:/usr/bin:/bin";
        buildCommand = script;
        args = [
          "-euc"
          # Nix 2.8 puts the attributes into the build's directory, but sets no variable for it.
          ''. "''${NIX_ATTRS_SH_FILE:-.attrs.sh}"; out=''${outputs[out]}; export PATH; eval "$buildCommand"''
        ];
      }
    );
}
