# Services of users in nix/module.nix.
if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "services of users in the NixOS module" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi

users="{
  systemd.services.web = { confinement.enable = true; serviceConfig.ExecStart = \"\${packages.server}/bin/shop-server\"; };
  systemd.user.services.sync = { confinement = { enable = true; binSh = null; }; serviceConfig.ExecStart = \"\${packages.ledger}/bin/sync\"; };
  systemd.user.services.open.serviceConfig.ExecStart = \"\${packages.ledger}/bin/open\";
}"
user_units() {
  local system user bundle
  system=$(build -A units -E "$(ours "$users")")
  user=$(build -A config.environment.etc.\"systemd/user\".source -E "$(ours "$users")")
  [ -e "$system/web.service.d/zz-confinement.conf" ]
  [ ! -e "$system/sync.service.d/zz-confinement.conf" ]
  [ -e "$user/sync.service" ]
  grep -qx 'RootDirectory=%t/confinement/sync' "$user/sync.service.d/zz-confinement.conf"
  same "what it sees" "$(grep -o '/nix/store/[^/]*-ledger[^/]*' "$user/sync.service" | sort -u)" \
    "$(sed -n 's|^Bind.*Paths=\(.*-ledger.*\)|\1|p' "$user/sync.service.d/zz-confinement.conf")"
  [ ! -e "$user/open.service.d/zz-confinement.conf" ]
  bundle=$(build -A config.security.confinix.userBundle -E "$(ours "$users")")
  "$confinix" --quiet verify "$bundle" >/dev/null
  same services sync.service "$(bundle_list "$bundle" 'attrNames b.services')"
  same "without users" null "$(evaluate -A config.security.confinix.userBundle -E "$(ours)")"
}
check "services of users are confined in units of user managers" user_units

user_default() {
  # It is for services of the system.
  local bundle
  bundle=$(build -A config.security.confinix.userBundle -E "$(ours "$users" '{ security.confinix.default.enable = true; }')")
  same services sync.service "$(bundle_list "$bundle" 'attrNames b.services')"
  same unconfined "" "$(bundle_list "$bundle" 'attrNames b.unconfined or { }')"
}
check "default.enable does not confine services of users" user_default

user_conflict() {
  local said
  said=$(failed "$(ours "$users" '{ systemd.user.services.sync.serviceConfig.RootDirectory = "/srv"; }')")
  grep -qF 'systemd.user.services.sync.serviceConfig.RootDirectory = lib.mkForce null;' <<<"$said" || { echo "$said"; return 1; }
}
check "a conflict names the option of users" user_conflict
