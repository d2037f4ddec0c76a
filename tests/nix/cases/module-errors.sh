# What nix/module.nix refuses: settings that conflict with confinement, with the lines to paste, and values of options.
if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "what the NixOS module refuses" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi

# conflict NAME SETTINGS TEXT [PASTE]: an assertion that prints TEXT, and that PASTE resolves
conflict() {
  check "conflict: $1" conflict_case "$2" "$3" "${4-}"
}
conflict_case() {
  local base="{ _file = \"base.nix\"; systemd.services.tor = { confinement.enable = true; serviceConfig = { ExecStart = \"\${packages.server}/bin/shop-server\"; }; }; }"
  local own="{ _file = \"tor.nix\"; systemd.services.tor = { $1 }; }"
  local said
  said=$(evaluate --json -A failed -E "$(ours "$base" "$own")")
  while read -r phrase; do
    grep -qF -- "$phrase" <<<"$said" || { printf 'it did not say: %s\n%s\n' "$phrase" "$said"; return 1; }
  done <<<"$2"
  [ -n "$3" ] || return 0
  grep -qF -- "${3//\"/\\\"}" <<<"$said" || { printf 'it did not propose: %s\n%s\n' "$3" "$said"; return 1; }
  local fixed="({ lib, ... }: { $3 })"
  same "after the proposal" '[]' "$(evaluate --json -A failed -E "$(ours "$base" "$own" "$fixed")")"
  build -A config.security.confinix.bundle -E "$(ours "$base" "$own" "$fixed")" >/dev/null
}
conflict "RootDirectory" 'serviceConfig.RootDirectory = "/run/tor";' 'RootDirectory is \"/run/tor\" (defined in tor.nix)' \
  'systemd.services.tor.serviceConfig.RootDirectory = lib.mkForce null;'
conflict "RootDirectory, which stays with adopt" 'serviceConfig = { RootDirectory = "/run/tor"; BindReadOnlyPaths = [ storeDir "/etc" ]; };' 'RootDirectory is \"/run/tor\" (defined in tor.nix)' \
  'systemd.services.tor.confinement.adopt = true;'
conflict "RootImage" 'serviceConfig.RootImage = "/srv/root.img";' 'RootImage is \"/srv/root.img\" (defined in tor.nix)' \
  'systemd.services.tor.serviceConfig.RootImage = lib.mkForce null;'
conflict "RootDirectoryStartOnly" 'serviceConfig.RootDirectoryStartOnly = true;' 'defined in tor.nix' \
  'systemd.services.tor.serviceConfig.RootDirectoryStartOnly = lib.mkForce false;'
conflict "a tmpfs over the root" 'serviceConfig.TemporaryFileSystem = "/:ro";' 'TemporaryFileSystem is \"/:ro\" (defined in tor.nix)' \
  'systemd.services.tor.serviceConfig.TemporaryFileSystem = lib.mkForce [ ];'
conflict "the whole store" 'serviceConfig.BindReadOnlyPaths = [ storeDir "/etc/hosts" "-/nix" ];' 'is \"/nix/store\" \"-/nix\" (defined in tor.nix)' \
  'systemd.services.tor.serviceConfig.BindReadOnlyPaths = lib.mkForce [ "/etc/hosts" ];'
conflict "the whole host" 'serviceConfig.BindPaths = "/";' 'BindPaths is \"/\" (defined in tor.nix)' \
  'systemd.services.tor.serviceConfig.BindPaths = lib.mkForce [ ];'
conflict "a string without a store path in packages" 'confinement.packages = [ "hello" ];' \
  'systemd.services.tor.confinement.packages holds \"hello\"'

# wrong NAME SETTINGS TEXT: an evaluation error
wrong() {
  check "refused: $1" refuses "$3" build -A units -E \
    "$(ours "{ systemd.services.web = { confinement.enable = true; serviceConfig.ExecStart = \"\${packages.server}/bin/shop-server\"; $2 }; }")"
}
wrong "an unknown mode" 'confinement.mode = "jail";' 'systemd.services.web.confinement.mode'
wrong "an unknown preset" 'confinement.presets = [ "dsn" ];' 'systemd.services.web.confinement.presets'
wrong "an unknown way to include path" 'confinement.includePath = "all";' 'systemd.services.web.confinement.includePath'
wrong "an unknown strategy" 'confinement.strategy = "magic";' 'systemd.services.web.confinement.strategy'
wrong "a package that is none" 'confinement.packages = [ 7 ];' 'systemd.services.web.confinement.packages'
wrong "a /bin/sh that does not exist" 'confinement.binSh = "${packages.server}/bin/sh";' 'cannot confine web.service
which does not exist'
check "refused: a unit that exists nowhere" refuses "gone.service has no Exec line" \
  build -A units -E "$(ours "{ systemd.services.gone.confinement.enable = true; }")"
check "refused: two services of one name" refuses "are both named web.service" build -A units -E \
  "$(ours "{ systemd.services = let s = { name = (import \"$nixpkgs/lib\").mkForce \"web.service\"; confinement.enable = true; serviceConfig.ExecStart = \"/x\"; }; in { a = s; b = s; }; }")"
