# The confinix command, for callPackage.
{
  lib,
  rustPlatform,
  stdenv,
  installShellFiles,
  # The commit, which `confinix --version` prints.
  commit ? null,
}:
let
  inherit (lib) fileset;
in
rustPlatform.buildRustPackage {
  pname = "confinix";
  inherit ((lib.importTOML ../Cargo.toml).package) version;

  # Only the files that cargo reads, so that other changes don't rebuild the package.
  src = fileset.toSource {
    root = ../.;
    fileset = fileset.unions [
      ../Cargo.lock
      ../Cargo.toml
      ../build.rs
      (fileset.fileFilter (file: file.hasExt "rs") ../benches)
      ../fixtures
      ../nix/about.nix
      ../nix/module/own-services.nix
      ../nix/services.nix
      ../nix/services
      ../src
      (fileset.maybeMissing ../tests/it)
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;

  env.CONFINIX_COMMIT = if commit == null then "" else commit;

  # All but the test binary `it`: it needs a Nix store that it can write to, which a build does not have.
  cargoTestFlags = [
    "--lib"
    "--bins"
  ];

  nativeBuildInputs = [ installShellFiles ];

  # The command itself makes these, so it must be able to run on the building machine.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    installShellCompletion --cmd confinix \
      --bash <($out/bin/confinix completions bash) \
      --fish <($out/bin/confinix completions fish) \
      --zsh <($out/bin/confinix completions zsh)
    $out/bin/confinix man manual
    installManPage manual/*
  '';

  meta = {
    description = "Confines systemd services to the Nix closures they need, and reports before deployment what will fail";
    license = lib.licenses.mit;
    mainProgram = "confinix";
    platforms = lib.platforms.linux;
  };
}
