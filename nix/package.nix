# The confinix command, for callPackage.
{
  lib,
  rustPlatform,
  stdenv,
  installShellFiles,
}:
let
  inherit (lib) fileset;
in
rustPlatform.buildRustPackage {
  pname = "confinix";
  inherit ((lib.importTOML ../Cargo.toml).package) version;

  # What cargo reads, so that nothing else makes a new package.
  src = fileset.toSource {
    root = ../.;
    fileset = fileset.unions [
      ../Cargo.lock
      ../Cargo.toml
      (fileset.fileFilter (file: file.hasExt "rs") ../benches)
      ../fixtures
      ../nix/services.nix
      ../nix/services
      ../src
      (fileset.maybeMissing ../tests/it)
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;

  # All but the test binary `it`: it builds and asks in a Nix store, and a build has none to write to.
  cargoTestFlags = [
    "--lib"
    "--bins"
  ];

  nativeBuildInputs = [ installShellFiles ];

  # They come out of the command itself, which has to run here for that.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    installShellCompletion --cmd confinix \
      --bash <($out/bin/confinix completions bash) \
      --fish <($out/bin/confinix completions fish) \
      --zsh <($out/bin/confinix completions zsh)
    $out/bin/confinix man manual
    installManPage manual/*
  '';

  meta = {
    description = "Confines systemd services to the Nix closures they need, and tells beforehand what will happen";
    license = lib.licenses.mit;
    mainProgram = "confinix";
    platforms = lib.platforms.linux;
  };
}
