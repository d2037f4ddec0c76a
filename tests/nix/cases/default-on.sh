# security.confinix.default in nix/module.nix: what is confined, what is not and why, and what is refused.
if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "services that are confined by default" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi

# A configuration in which everything is confined by default, with other definitions.
on="{ security.confinix.default.enable = true; }"
run='serviceConfig.ExecStart = "${packages.server}/bin/shop-server";'
some="{ systemd.services = {
  web = { $run };
  mail = { $run };
  idle = { description = \"runs nothing\"; };
  off = { enable = false; $run };
  nix-daemon = { $run };
  docker-web = { $run };
  docker-registry = { $run };
  \"getty@\" = { $run };
  \"getty@tty1\" = { overrideStrategy = \"asDropin\"; $run };
  \"till@\" = { $run };
  \"till@one\" = { overrideStrategy = \"asDropin\"; environment.FRONT = \"1\"; };
  \"till@two\" = { overrideStrategy = \"asDropin\"; serviceConfig.ExecStartPre = \"\${packages.ledger}/bin/check\"; };
}; }"
bundle_of_default() { build -A config.security.confinix.bundle -E "$(ours "$on" "$@")"; }
confined_in() { bundle_list "$1" 'attrNames b.services' | grep -v '^systemd-' | paste -sd ' '; }
unconfined_in() { bundle_list "$1" 'map (name: "${name} ${b.unconfined.${name}.by or "configuration"}") (attrNames b.unconfined or { })' | paste -sd ,; }

default_case() {
  local bundle
  bundle=$(bundle_of_default "$some" '{ security.confinix.default.except.mail.reason = "reads the mail of every user"; }')
  "$confinix" --quiet verify "$bundle" >/dev/null
  same confined "docker-registry.service till@.service till@two.service web.service" "$(confined_in "$bundle")"
  same unconfined "docker-web.service confinix,getty@.service confinix,getty@tty1.service confinix,mail.service configuration,nix-daemon.service confinix" \
    "$(unconfined_in "$bundle")"
  same reason "reads the mail of every user" "$(bundle_list "$bundle" '[ b.unconfined."mail.service".reason ]')"
  # The drop-in of a template confines its instances that have no command of their own.
  local units
  units=$(build -A units -E "$(ours "$on" "$some")")
  [ -e "$units/till@.service.d/zz-confinement.conf" ]
  [ ! -e "$units/till@one.service.d/zz-confinement.conf" ]
  same "what people are told" "mail configuration reads the mail of every user" \
    "$("$confinix" show "$bundle" | awk '$1 == "mail" && $2 == "configuration" { $1 = $1; print }')"
  "$confinix" show "$bundle" | grep -qx "5 services are not confined"
}
check "every service with commands is confined, except those with a reason" default_case

off_case() {
  same bundle null "$(evaluate -A config.security.confinix.bundle -E "$(ours "$some" '{ security.confinix.default.except.mail.reason = "x"; }')")"
  local bundle
  bundle=$(build -A config.security.confinix.bundle -E "$(ours "$some" '{
    security.confinix.default.except.mail.reason = "x";
    systemd.services.web.confinement.enable = true;
  }')")
  same confined web.service "$(confined_in "$bundle")"
  same unconfined "mail.service configuration" "$(unconfined_in "$bundle")"
}
check "without default.enable, exceptions only document" off_case

overridden() {
  local bundle
  bundle=$(bundle_of_default "$some" '({ lib, ... }: {
    systemd.services.nix-daemon.confinement.enable = true;
    security.confinix.default.except."getty@".reason = "mine";
    # Options that a module sets, where the exception overrides them.
    systemd.services.mail.confinement = { enable = lib.mkForce false; packages = [ packages.ledger ]; };
    security.confinix.default.except.mail.reason = "x";
  })')
  same confined "docker-registry.service nix-daemon.service till@.service till@two.service web.service" "$(confined_in "$bundle")"
  same unconfined "docker-web.service confinix,getty@.service configuration,getty@tty1.service configuration,mail.service configuration" "$(unconfined_in "$bundle")"
}
check "the configuration overrides the exceptions of confinix" overridden

# A module that `confinix migrate` writes.
migrated() {
  local module='{
    security.confinix.default.except."mail".reason = "runs as root and reaches the system bus";
    systemd.services.web.confinement = { enable = true; presets = [ "dns" ]; };
  }'
  same assertions '[]' "$(failed "$(ours "$some" "$module")")"
  same assertions '[]' "$(failed "$(ours "$on" "$some" "$module")")"
}
check "a module with exceptions and options evaluates with and without default.enable" migrated

# Packages: a unit that a package ships is confined if the configuration declares it, and otherwise reported.
shipped_case() {
  local bundle
  bundle=$(bundle_of_default '{ systemd.packages = [ packages.backupUnits ]; systemd.services.web = { '"$run"' }; }')
  same unconfined "backup.service package" "$(unconfined_in "$bundle" | tr , '\n' | grep backup)"
  "$confinix" audit --no-policy --no-foresight "$bundle" | grep -q 'undeclared-service: backup.service is not confined'
  bundle=$(bundle_of_default '{ systemd.packages = [ packages.backupUnits ]; systemd.services.backup = { }; systemd.services.idle = { }; }')
  same confined backup.service "$(confined_in "$bundle")"
  same unconfined "" "$(unconfined_in "$bundle" | tr , '\n' | grep backup || true)"
}
check "units that packages ship are confined if they are declared" shipped_case

unneeded_case() {
  local bundle said
  bundle=$(bundle_of_default "$some" '{
    systemd.services.host.serviceConfig.ExecStart = "/run/wrappers/bin/x";
    security.confinix.default.except = { off.reason = "x"; host.reason = "x"; idle.reason = "x"; mail.reason = "x"; };
  }')
  said=$("$confinix" audit --no-policy --no-foresight "$bundle" || true)
  same findings "host idle off" "$(sed -n 's/.*unneeded-exception: security.confinix.default.except.\([a-z]*\) .*/\1/p' <<<"$said" | sort | paste -sd ' ')"
}
check "an exception for what would not be confined is a finding" unneeded_case

no_recursion() {
  # Settings that depend on other services, on their confinement and on that of the service itself.
  same assertions '[]' "$(failed "$(ours "$on" "$some" '({ config, lib, ... }: {
    security.confinix.default.except = lib.mkIf config.systemd.services.web.enable { mail.reason = "x"; };
    systemd.services = {
      web.serviceConfig = lib.mkIf config.systemd.services.web.confinement.enable { StateDirectory = "web"; };
      first = { '"$run"' after = lib.mkIf config.systemd.services.second.confinement.enable [ "second.service" ]; };
      second.serviceConfig.ExecStart = "/x ${config.systemd.services.first.serviceConfig.ExecStart}";
      third.serviceConfig.ExecStart = "/x ${toString (attrNames config.systemd.services)}";
    };
  })')")"
}
check "settings may depend on what is confined" no_recursion

nothing_runs() {
  local bundle
  bundle=$(bundle_of_default '{ systemd.services.idle = { }; }')
  same confined "" "$(confined_in "$bundle")"
}
check "a system in which nothing runs has an empty bundle" nothing_runs

# refused_default NAME DEFINITIONS TEXT
refused_default() { check "refused: $1" refused_case "$3" "$2"; }
refused_case() {
  local said phrase
  said=$(failed "$(ours "$on" "$some" "$2")" 2>&1) || { echo "$said"; return 1; }
  while read -r phrase; do
    grep -qF -- "$phrase" <<<"$said" || { printf 'it did not say: %s\n%s\n' "$phrase" "$said"; return 1; }
  done <<<"$1"
}
refused_default "an exception without a reason" '{ security.confinix.default.except.mail = { }; }' 'security.confinix.default.except.mail has no reason'
refused_default "an exception with a blank reason" '{ security.confinix.default.except.mail.reason = " \n"; }' 'security.confinix.default.except.mail has no reason'
refused_default "an exception for no service" '{ security.confinix.default.except.mial.reason = "x"; }' 'for a service that does not exist; did you mean mail?'
refused_default "an exception with .service" '{ security.confinix.default.except."mail.service".reason = "x"; }' 'drop .service from the name'
refused_default "a service that is silently unconfined" '{ systemd.services.mail.confinement.enable = false; }' 'systemd.services.mail.confinement.enable is false
security.confinix.default.except.mail.reason'
refused_default "options of a service that is excepted" \
  '{ _file = "mail.nix"; config.security.confinix.default.except.mail.reason = "x"; config.systemd.services.mail.confinement.presets = [ "dns" ]; }' \
  'leaves mail unconfined, but systemd.services.mail.confinement sets presets (defined in mail.nix)'
refused_default "a service that is both confined and excepted" \
  '{ security.confinix.default.except.mail.reason = "x"; systemd.services.mail.confinement.enable = true; }' \
  'leaves mail unconfined, but systemd.services.mail.confinement sets enable'
tolerated() {
  same assertions '[]' "$(failed "$(ours "$on" "$some" '({ lib, ... }: {
    security.confinix.default.except.mail.reason = "x";
    systemd.services = lib.genAttrs [ "mail" "web" ] (_: { confinement.includePath = lib.mkDefault true; });
  })')")"
}
check "defaults for all services are no options of one that is excepted" tolerated
# What a message proposes works.
conflict_by_default() {
  local said fixed
  said=$(failed "$(ours "$on" '{ systemd.services.tor = { '"$run"' serviceConfig.RootDirectory = "/run/tor"; }; }')")
  fixed=$(grep -o 'security.confinix.default.except.tor.reason = [^;]*;' <<<"$said" | sed 's/\\"/"/g')
  [ "$fixed" ] || { echo "$said"; return 1; }
  same assertions '[]' "$(failed "$(ours "$on" '{ systemd.services.tor = { '"$run"' serviceConfig.RootDirectory = "/run/tor"; }; }' "{ $fixed }")")"
}
check "a service with a root directory of its own can be excepted as the message proposes" conflict_by_default
