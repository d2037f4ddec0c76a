# nix/home-manager.nix, with home-manager's own module of units if CONFINIX_HOME_MANAGER names a checkout.
if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "the home-manager module" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi
home_manager=${CONFINIX_HOME_MANAGER:+\"$(realpath -e "$CONFINIX_HOME_MANAGER")\"}

# home MODULE…: an expression for a configuration
home() {
  echo "$prelude import $here/home {
    nixpkgs = \"$nixpkgs\"; homeManager = ${home_manager:-null};
    confinix = { outPath = confinix; };
    modules = [ $* ];
  }"
}

sync="{
  systemd.user.services.sync = {
    Unit.Description = \"Sync\";
    Service.ExecStart = \"\${packages.server}/bin/shop-server\";
    X-Confinement = { enable = true; packages = [ packages.fax ]; };
  };
  systemd.user.services.\"open@\".Service.ExecStart = \"\${packages.ledger}/bin/open\";
}"

home_units() {
  local files drop_in
  files=$(build -A files -E "$(home "$sync")")/systemd/user
  drop_in=$files/sync.service.d/zz-confinement.conf
  grep -qx 'RootDirectory=%t/confinement/sync' "$drop_in"
  grep -q '^Bind.*=/nix/store/[^/]*-server' "$drop_in"
  grep -q '^Bind.*=/nix/store/[^/]*-fax' "$drop_in"
  same "the section of the unit" "$(printf '%s\n' '[X-Confinement]' enable=true | sorted)" \
    "$(sed -n '/^\[X-/,/^$/{/^packages=.*-fax/d;/./p}' "$files/sync.service" | sorted)"
  same "files of others" "open@.service sync.service sync.service.d" "$(ls "$files" | sorted | tr '\n' ' ' | sed 's/ $//')"
  same "a unit that is not confined" "" "$(grep -i confinement "$files/open@.service")"
}
check "home-manager links a drop-in beside the unit of a confined service, and of no other" home_units

home_bundle() {
  local bundle own
  bundle=$(build -A config.security.confinix.bundle -E "$(home "$sync")")
  "$confinix" --quiet verify "$bundle" >/dev/null
  same "without services" null "$(evaluate -A config.security.confinix.bundle -E "$(home)")"
  # The command makes the same of the configuration.
  echo "{ config = { inherit (($(home "$sync")).config) systemd; }; }" >own.nix
  "$confinix" --quiet bundle -f own.nix -o own
  same bundle "$(cat own/bundle.json)" "$(cat "$bundle/bundle.json")"
  same "where it is configured" home-manager "$(jq -r .source "$bundle/bundle.json")"
  # A target with a bundle of its own is that bundle.
  home "$sync" >home.nix
  "$confinix" show -f home.nix --json | grep -q '"sync.service"'
}
check "home-manager's bundle is that of the command" home_bundle

unit_with() { cat "$(build -A files -E "$(home "$sync" "$1")")/systemd/user/sync.service"; }
home_restart() {
  local before
  before=$(unit_with '{ }')
  same "another service" "$before" "$(unit_with '{ systemd.user.services.other = { Service.ExecStart = "/x"; X-Confinement.enable = true; }; }')"
  [ "$before" != "$(unit_with '{ security.confinix.presets.own.bindReadOnly = [ "/srv" ]; }')" ]
  [ "$before" != "$(unit_with '{ security.confinix.package = { outPath = packages.fax; type = "derivation"; }; }' 2>&1)" ]
}
check "a unit changes, and so the service restarts, when its drop-in may have changed" home_restart

home_presets() {
  local drop_in
  drop_in=$(build -A files -E "$(home "$sync" '{
    security.confinix.presets.own.bindReadOnly = [ "/srv/own" ];
    systemd.user.services.sync.X-Confinement = { presets = [ "own" "tls" ]; strategy = "inherit"; };
  }')")/systemd/user/sync.service.d/zz-confinement.conf
  grep -qx 'BindReadOnlyPaths=.*/srv/own' "$drop_in"
  refuses 'X-Confinement' evaluate -A files -E "$(home "$sync" '{ systemd.user.services.sync.X-Confinement.presets = [ "owm" ]; }')"
  refuses 'X-Confinement' evaluate -A files -E "$(home "$sync" '{ systemd.user.services.sync.X-Confinement.strategy = "image"; }')"
  refuses 'X-Confinement.packges' evaluate -A files -E "$(home "$sync" '{ systemd.user.services.sync.X-Confinement.packges = [ ]; }')"
}
check "home-manager's module checks presets, strategies and names of options" home_presets

home_policy() {
  local audited generation
  generation() { echo "with ($(home "$sync" "$1")); derivation { name = \"generation\"; system = builtins.currentSystem; builder = \"/bin/bash\"; args = [ \"-c\" \"\${builder}\n: > \$out\" ]; }"; }
  same "without a policy" '""' "$(evaluate -A builder -E "$(home "$sync")")"
  audited=$(build -E "$(generation '{ security.confinix.policy.rule = [ { max-paths = 100; } ]; }')")
  same "references" "" "$(nix-store --query --references "$audited")"
  refuses 'sync.service' build -E "$(generation '{ security.confinix.policy.rule = [ { deny = [ "fax" ]; } ]; }')"
}
check "a policy that denies something fails the build of the generation" home_policy
