# What `confinix migrate` writes, as a module of a NixOS configuration.

if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "the module that confinix migrate writes" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi
mkdir -p migrate
cp /bin/true migrate/tool
cat >migrate/services.nix <<'NIX'
let tool = builtins.path { path = ./tool; name = "tool"; }; in
{
  bus.serviceConfig = { ExecStart = "${tool}"; Type = "dbus"; BusName = "org.example.Bus"; User = "bus"; };
  root.serviceConfig = { ExecStart = "${tool}"; Type = "dbus"; BusName = "org.example.Root"; };
}
NIX
echo '{ services = import ./services.nix; }' >migrate/plain.nix
migrated_module() {
  # What the tool itself lacks, as /bin/true lacks its libraries, is not what this is about.
  (cd migrate && printf '[levels]\nlibrary-missing = "allow"\ninterpreter-missing = "allow"\n' >confinix.toml &&
    "$confinix" migrate --quiet -f plain.nix -o confined.nix)
  local configuration
  configuration=$(ours "{ systemd.services = import $work/migrate/services.nix; }" "$work/migrate/confined.nix")
  same assertions '[]' "$(failed "$configuration")"
  same "the service that is confined" '{"enable":true,"presets":["dbus"]}' \
    "$(evaluate --json -E "let c = ($configuration).config.systemd.services.bus.confinement; in { inherit (c) enable presets; }")"
  same "the reason of the other" true \
    "$(evaluate --json -E "let r = ($configuration).config.security.confinix.default.except.root.reason; in builtins.match \"it runs as root.*\" r != null")"
}
check "confinix migrate writes a module that evaluates and confines" migrated_module
