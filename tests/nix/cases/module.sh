# nix/module.nix with NixOS's own systemd modules, against nixpkgs' confinement module.

if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "the NixOS module" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi
services=$here/nixos/services.nix
unconfined="{ lib, ... }: { options.systemd.services = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { options.confinement = lib.mkOption { type = lib.types.raw; }; }); }; }"

echo "        (nixpkgs $(cat "$nixpkgs/lib/.version"))"

options_of() {
  evaluate --json -E "with builtins; let t = ($1); in mapAttrs (name: o: {
      type = o.type.description;
      default = if name == \"binSh\" then o.defaultText.text else o.default;
    }) (intersectAttrs { enable = 0; fullUnit = 0; packages = 0; binSh = 0; mode = 0; }
      (t.options.systemd.services.type.getSubOptions [ ]).confinement)"
}
same_options() {
  local of_theirs of_ours
  of_theirs=$(options_of "$(theirs)")
  of_ours=$(options_of "$(ours)")
  same options "$of_theirs" "$of_ours"
}
check "the options of nixpkgs' module, with their types and defaults" same_options

no_assertion() { same assertions '[]' "$(failed "$(ours $services)")"; }
check "a configuration written for nixpkgs' module evaluates as it is" no_assertion

# The strategy bind for all services, set as an option of each.
all_bound="({ lib, ... }: { options.systemd.services = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { confinement.strategy = \"bind\"; }); }; })"
our_units=$(build -A units -E "$(ours $services)") || { check "the units build" cat "$work/log" /nonexistent; return; }
their_units=$(build -A units -E "$(theirs $services)") || { check "nixpkgs' units build" cat "$work/log" /nonexistent; return; }

# merged UNITS UNIT: the [Service] section as systemd merges it, one sorted line per value: the unit or its template, then all
# drop-ins by file name. An instance's own drop-ins hide the template's.
# Booleans have one form; SELF replaces the root, which each module names differently.
merged() {
  local main template
  template=$(sed 's/@.*[.]service/@.service/' <<<"$2")
  main=$1/$2
  [ -e "$main" ] || main=$1/$template
  {
    cat "$main"
    for directory in "$1/$template.d" "$1/$2.d"; do
      [ ! -d "$directory" ] || find -L "$directory" -name '*.conf' -printf '%f %p\n'
    done | awk '{ path[$1] = $2 } END { for (name in path) print name, path[name] }' | LC_ALL=C sort |
      while read -r _ path; do cat "$path"; done
  } | awk -v lists=' ReadOnlyPaths ReadWritePaths InaccessiblePaths BindPaths BindReadOnlyPaths RuntimeDirectory Environment ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecReloadPost ExecStop ExecStopPost ' '
    /^\[/ { in_service = $0 == "[Service]"; next }
    !in_service || !/=/ { next }
    {
      key = $0; sub(/=.*/, "", key)
      value = substr($0, length(key) + 2)
      if (value ~ /^(true|on|1)$/) value = "yes"
      if (value ~ /^(false|off|0)$/) value = "no"
      if (value == "") { delete count[key]; next }
      if (index(lists, " " key " ")) values[key, count[key]++] = value
      else { values[key, 0] = value; count[key] = 1 }
    }
    END { for (key in count) for (i = 0; i < count[key]; i++) print key "=" values[key, i] }
  ' | sed -E '/^(RuntimeDirectory|RootDirectory|InaccessiblePaths)=/s#confinement/[^ ]+#confinement/SELF#' | sorted
}
equal_units() {
  local unit units=0
  for unit in cart catalogue mail search search-index till@ web scripted own-settings chroot-own-settings 'odd:name\x2d'; do
    same "$unit" "$(merged "$their_units" "$unit.service")" \
      "$(merged "$our_units" "$unit.service" | grep -vE '^(Environment=RUNTIME_DIRECTORY=|TemporaryFileSystem=/nix/store:ro$)' |
        sed 's|^BindPaths=/nix/store|BindReadOnlyPaths=/nix/store|' | sorted)"
    units=$((units + 1))
  done
  [ $units = 11 ]
}
check "systemd merges both modules' files to the same units" equal_units

# What benches/start times for nixpkgs: the binds that its module writes for all kinds of store paths, in its own wording.
bound=$(build -A units -E "$(ours $services "$all_bound")")
equal_binds() {
  local unit lines units=0
  for unit in $(cd "$their_units" && ls -d ./*.d/confinement.conf | cut -d / -f 2); do
    case ${unit%.d} in
      # See the next case, and the one of masked services.
      backup.service | letters.service | till@front.service | masked.service) continue ;;
    esac
    lines=$(grep ^Bind "$their_units/$unit/confinement.conf" | sorted)
    same "$unit" "$lines" "$(grep '^Bind.*/nix/store' "$bound/$unit/zz-confinement.conf" | sorted)"
    units=$((units + 1))
  done
  [ $units = 11 ] || { echo "$units units"; return 1; }
}
check "the strategy bind has the mount lines that nixpkgs' module writes, path by path" equal_binds

paths() { sed -n 's/^Bind[a-zA-Z]*Paths=\(.*:\)\?\(\/nix\)/\2/p' | sorted; }
missing() { comm -23 <(merged "$our_units" "$1" | paths) <(merged "$their_units" "$1" | paths) | sed 's/[^-]*-//' | sorted | paste -sd ' '; }
extra() { comm -13 <(merged "$our_units" "$1" | paths) <(merged "$their_units" "$1" | paths) | sed 's/[^-]*-//' | sorted | paste -sd ' '; }
differences() {
  # nixpkgs' module does not read the units that packages ship,
  same backup "archiver-5.0 shop.db" "$(missing backup.service)"
  # nor the template's commands for an instance, whose file hides the template's.
  same till@front "catalogue-3.2 catalogue-3.2-bin" "$(missing till@front.service)"
  # In nixpkgs, fullUnit includes the unit's own derivation.
  same letters "unit-letters.service" "$(extra letters.service)"
  same letters "" "$(missing letters.service)"
  # In nixpkgs, the root is in $RUNTIME_DIRECTORY.
  same own-settings "Environment=RUNTIME_DIRECTORY=/run/own-settings" \
    "$(merged "$our_units" own-settings.service | grep RUNTIME_DIRECTORY)"
}
check "they differ from nixpkgs' where they are said to" differences

# A unit that a package ships and the drop-in that NixOS adds form one unit.
adds() {
  local units
  units=$(build -A units -E "$(ours "{
    systemd.packages = [ packages.backupUnits ];
    systemd.services.backup = { confinement.enable = true; serviceConfig.ExecStartPre = \"\${packages.ledger}/bin/check\"; };
  }")")
  [ -e "$units/backup.service.d/overrides.conf" ]
  same "what its commands name" \
    "$(merged "$units" backup.service | sed -nE 's|^Exec[a-zA-Z]*=-?(/nix/store/[^/]*).*|\1|p' | sorted)" \
    "$(sed -nE 's#^BindPaths=(/nix/store/[^/]*-(archiver|ledger)-.*)#\1#p' "$units/backup.service.d/zz-confinement.conf" | sorted)"
}
check "a service that adds to the unit of a package has the closure of both" adds

instances() {
  grep -qx 'RootDirectory=/run/confinement/till@' "$our_units/till@.service.d/zz-confinement.conf"
  grep -qx 'RootDirectory=/run/confinement/%n' "$our_units/till@front.service.d/zz-confinement.conf"
  grep -q '/bin/sh$' "$our_units/till@front.service.d/zz-confinement.conf"
}
inherits() {
  # NixOS's store is a read-only mount.
  grep -q '^BindPaths=/nix/store/.*-shop-server' "$our_units/web.service.d/zz-confinement.conf"
}
check "the strategy is chosen for what the configuration says of the system" inherits

check "an instance has a root of its own and a complete drop-in" instances

masked() {
  same masked /dev/null "$(readlink -f "$our_units/masked.service")"
  [ ! -e "$our_units/masked.service.d" ]
}
check "a masked service is left alone" masked

bundle_of() {
  local bundle
  bundle=$(build -A config.security.confinix.bundle -E "$(ours $services)")
  "$confinix" --quiet verify "$bundle" >/dev/null
  same references "$(bundle_list "$bundle" 'attrNames b.paths' | sorted)" "$(nix-store --query --references "$bundle" | sorted)"
  instantiate --eval --strict --json -E "$prelude let t = $(ours $services); in services t" >"$work/module.json"
  "$confinix" --quiet bundle --services "$work/module.json" "${options[@]:0:3}" --output "$work/module" \
    --target-kernel 6.12 --store-read-only yes >/dev/null
  diff -r "$work/module" "$bundle"
}
check "security.confinix.bundle is what the command makes of the configuration" bundle_of

drv_of() { instantiate -A units -E "$1"; }
none() {
  same "no package is added" "$(drv_of "$(nixos none)")" "$(drv_of "$(ours)")"
  same bundle null "$(evaluate -A config.security.confinix.bundle -E "$(ours)")"
}
check "nothing is added where no service is confined" none

many() {
  echo "({ pkgs, ... }: { systemd.services = listToAttrs (genList (i: {
    name = \"s\${toString i}\";
    value = { serviceConfig.ExecStart = \"\${packages.server}/bin/shop-server \${toString i}\"; ${1-} };
  }) 10); })"
}
one_more() {
  local before after
  before=$(drvs "$(drv_of "$(nixos none "$(many)")")" | wc -l)
  after=$(drvs "$(drv_of "$(ours "$(many 'confinement = { enable = true; binSh = null; };')")")" | wc -l)
  same "derivations" $((before + 1)) "$after"
}
check "ten confined services are one derivation more" one_more

no_import_module() { instantiate --option allow-import-from-derivation false -A units -E "$(ours $services)"; }
check "nothing is built to evaluate the module" no_import_module

with_presets() {
  local units
  units=$(build -A units -E "$(ours "{
    security.confinix.presets.mail = { bindReadOnly = [ \"-/run/mail\" ]; packages = [ packages.stationery ]; };
    systemd.globalEnvironment.SSL_CERT_FILE = \"/of/all\";
    systemd.services.web = {
      confinement = { enable = true; presets = [ \"tls\" \"opengl\" \"mail\" ]; includePath = \"path-without-systemd\"; };
      path = [ packages.ledger ];
      serviceConfig.ExecStart = \"/x\";
    };
  }")")
  same "what the presets show" "-/etc/pki/tls/certs/ca-bundle.crt -/etc/ssl/certs/ca-bundle.crt -/etc/ssl/certs/ca-certificates.crt -/run/mail -/run/opengl-driver -/run/opengl-driver-32" \
    "$(sed -n 's/^BindReadOnlyPaths=\(-.*\)/\1/p' "$units/web.service.d/zz-confinement.conf" | paste -sd ' ')"
  ! grep SSL_CERT_FILE=/etc "$units/web.service.d/zz-confinement.conf" | grep -v NIX_
  grep -q -- "-ledger" "$units/web.service.d/zz-confinement.conf"
  ! grep -- "-systemd-" "$units/web.service.d/zz-confinement.conf"
}
check "presets and path in a configuration" with_presets
# The wrapper only executes the program that it wraps.
sendmail() {
  local units
  units=$(build -A units -E "$(ours "({ lib, ... }: {
    options.security.wrappers = lib.mkOption { };
    config.security.wrappers.sendmail.source = \"\${packages.ledger}/bin/sendmail\";
    config.systemd.services.web = {
      confinement = { enable = true; presets = [ \"sendmail\" ]; };
      serviceConfig.ExecStart = \"/x\";
    };
  })")")
  grep -q -- "-ledger" "$units/web.service.d/zz-confinement.conf"
  grep -q "^BindPaths=-/var/lib/postfix/queue/maildrop" "$units/web.service.d/zz-confinement.conf"
}
check "the host's sendmail joins the closure" sendmail
disconnected() {
  local units
  units=$(build -A units -E "$(ours "{ systemd.services.web = { confinement.enable = true; serviceConfig = { ExecStart = \"/x\"; PrivateTmp = \"disconnected\"; }; }; }")")
  ! grep -q 'InaccessiblePaths=.*/tmp\|^PrivateTmp' "$units/web.service.d/zz-confinement.conf"
}
check "PrivateTmp=disconnected counts" disconnected

# With all of NixOS and its real packages, which are evaluated but not built.
# audited POLICY: what the system's build has to build for the policy
audited() { build -E "builtins.head ($(ours "$services" "{ security.confinix.policy = $1; }")).config.system.checks"; }
check "security.confinix.policy lets a system build that it allows" \
  audited '{ levels = { shell-present = "warn"; setting-defeats-confinement = "warn"; closure-writable = "warn"; command-missing = "warn"; }; rule = [ { max-paths = 100; } ]; }'
check "security.confinix.policy fails the build of one that it does not" refuses 'the policy allows 0 store paths' \
  audited '{ rule = [ { max-paths = 0; } ]; }'
no_check() { same checks 0 "$(evaluate -E "builtins.length ($(ours $services)).config.system.checks")"; }
check "without a policy there is no audit" no_check

whole() {
  same "derivations" "1 bundle, 1 more" "$(string "with builtins;
    let
      system = machine: (import $nixpkgs/nixos/lib/eval-config.nix {
        system = currentSystem;
        modules = [
          machine
          ({ pkgs, ... }: {
            boot.isContainer = true;
            system.stateVersion = \"26.05\";
            systemd.services.hello.serviceConfig.ExecStart = \"\${pkgs.hello}/bin/hello\";
          })
        ];
      }).config;
      without = system { };
      with' = system {
        imports = [ $project/nix/module.nix ];
        systemd.services.hello.confinement.enable = true;
      };
      more = length with'.systemd.packages - length without.systemd.packages;
    in deepSeq with'.environment.etc.\"systemd/system\".source.drvPath
      \"\${if with'.security.confinix.bundle.name == \"confinix-bundle\" then \"1 bundle\" else \"no bundle\"}, \${toString more} more\"")"
}
if [ "$(evaluate -E 'builtins.compareVersions builtins.nixVersion "2.18" >= 0')" != true ]; then
  skip "all of NixOS evaluates with the module" "nixpkgs asks for Nix 2.18 or newer"
elif [ ! -e "$nixpkgs/nixos/lib/eval-config.nix" ]; then
  skip "all of NixOS evaluates with the module" "the checkout does not have all of NixOS"
else
  check "all of NixOS evaluates with the module" whole
fi
