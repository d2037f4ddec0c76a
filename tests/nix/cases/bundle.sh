# nix/bundle.nix on the shop, which needs no nixpkgs.

shop_bundle=$(build -E "$prelude bundle (services shop)") || { cat "$work/log"; exit 1; }
"$confinix" --quiet bundle --file "$project/fixtures/shop" --output "$work/by-command" "${options[@]:0:3}" >/dev/null

bytes() { diff -r "$work/by-command" "$shop_bundle"; }
check "the command writes the same bytes" bytes

# The text of a service's commands and Nix alone determine the expected closure roots: a store path ends where it is
# valid.
expected_roots() {
  string "$prelude
    let
      service = (services shop).services.\"$1\";
      unit = \"\${packages.backupUnits}/lib/systemd/system/$1\";
      shipped = if pathExists unit then [ { text = readFile unit; } ] else [ ];
      binSh = service.confinement.binSh;
      fullUnit = service.confinement.fullUnit;
    in concatStringsSep \"\n\" (map (text: text.text) (
      concatLists (attrValues service.exec) ++ service.confinement.packages ++ shipped
      ++ (if binSh == null then [ ] else [ binSh ]) ++ (if fullUnit == null then [ ] else [ fullUnit ])))" |
    grep -oE '/nix/store/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+' | sorted |
    while read -r path; do
      while ! nix-store --check-validity "$path" 2>/dev/null; do path=${path%?}; done
      echo "$path"
    done | sorted
}
closures() {
  local service services expected shown recorded
  services=$(bundle_list "$shop_bundle" 'attrNames b.services')
  same services "backup cart catalogue letters mail search-index search till@ till@front web" \
    "$(sed 's/[.]service$//' <<<"$services" | paste -sd ' ')"
  for service in $services; do
    expected=$(nix-store --query --requisites $(expected_roots "$service") | sorted)
    recorded=$(bundle_list "$shop_bundle" "map (elemAt (attrNames b.paths)) b.closures.\${b.services.\"$service\".closure}.paths" | sorted)
    shown=$(sed -n 's/^BindReadOnlyPaths=\(.*:\)\?//p' "$shop_bundle/lib/systemd/system/$service.d/zz-confinement.conf" |
      grep -v '^/bin/sh$' | sorted)
    same "$service in bundle.json" "$expected" "$recorded"
    same "$service in its drop-in" "$expected" "$shown"
  done
}
check "every service sees the closure of what it runs" closures

references() {
  same references "$(bundle_list "$shop_bundle" 'attrNames b.paths' | sorted)" \
    "$(nix-store --query --references "$shop_bundle" | sorted)"
}
check "the output refers to the closures and to nothing else" references

one_derivation() {
  local with without
  with=$(drvs "$(instantiate -E "$prelude bundle (services shop)")")
  without=$(drvs $(instantiate -E "$prelude filter (x: x ? drvPath) (attrValues packages)" | sed 's/!.*//'))
  same "more than one derivation" 1 "$(comm -23 <(echo "$with") <(echo "$without") | wc -l)"
}
check "it is one derivation for all services" one_derivation

no_import() { instantiate --option allow-import-from-derivation false -E "$prelude bundle (services shop)"; }
check "nothing is built to evaluate it" no_import

pure() {
  mkdir "$work/flake"
  cp -r "$project/nix" "$project/fixtures/shop" "$work/confinix" "$work/flake"
  cat >"$work/flake/flake.nix" <<'NIX'
{
  outputs = { self }: {
    packages.x86_64-linux.default = self.bundle "x86_64-linux";
    packages.aarch64-linux.default = self.bundle "aarch64-linux";
    bundle = system: import ./nix/bundle.nix {
      confinix = ./confinix;
      inherit system;
      services = import ./nix/services.nix { } (import ./shop { inherit system; });
    };
  };
}
NIX
  nix_ build --no-write-lock-file --out-link "$work/pure" "path:$work/flake" 2>"$work/log"
  diff -r "$work/by-command" "$work/pure/"
}
check "it works in pure evaluation" pure

# Here the tool is linked to the host's libraries; in a package it is linked to the store's.
libraries=$(ldd "$confinix" | grep -o '/[^ ]*' | tr '\n' ' ' || true)
boxed() {
  build --option sandbox true --option sandbox-paths "$libraries" "$@"
}
sandboxed() {
  local out
  out=$(boxed -E "$prelude import $project/nix/bundle.nix {
    inherit confinix; system = currentSystem; services = services shop; name = \"sandboxed-$$\"; }")
  diff -r "$work/by-command" "$out"
}
# Programs in the sandbox do not see the host's /etc.
if boxed --option sandbox-fallback false -E "derivation {
    name = \"box-$$\"; system = builtins.currentSystem; builder = $work/confinix/bin/confinix;
    args = [ \"--version\" ]; }" >/dev/null || ! grep -qF 'sandbox' "$work/log" && grep -q 'failed to produce output' "$work/log"; then
  check "it builds in the sandbox" sandboxed
else
  skip "it builds in the sandbox" "this Nix can't make one here"
fi

strategies() {
  local strategy out
  for strategy in bind inherit image auto; do
    out=$(build -E "$prelude import $project/nix/bundle.nix {
      inherit confinix; system = currentSystem; services = services shop;
      strategy = \"$strategy\"; kernel = \"6.12.1\"; storeReadOnly = true; storeStacked = false; restrictFileSystemAccess = false; }")
    "$confinix" --quiet bundle --file "$project/fixtures/shop" "${options[@]:0:3}" --output "$work/$strategy" \
      --strategy "$strategy" --target-kernel 6.12 --store-read-only yes --store-stacked no --restrict-file-system-access no >/dev/null
    diff -r "$work/$strategy" "$out"
    same "references with $strategy" "$(nix-store --query --references "$shop_bundle" | sorted)" \
      "$(nix-store --query --references "$out" | sorted)"
  done
  grep -q '^BindPaths=/nix/store' "$work/auto/lib/systemd/system/web.service.d/zz-confinement.conf"
}
check "the same with each strategy, for a system that is described" strategies

names() {
  same roots "/nix/store/HASH-shop.db" "$(bundle_list "$shop_bundle" \
    'map (r: r.path) (filter (r: match ".*shop[.]db.*" r.path != null) b.services."web.service".roots)' |
    sed 's/[0-9a-z]\{32\}/HASH/')"
}
check "a name ends where the context says, not where the text could" names

# A path that is only text, beside one with a context whose name could be the start of the first.
given_text='given = {
  text.confinement = { enable = true; binSh = null; };
  text.serviceConfig.ExecStart = "${unsafeDiscardStringContext "${packages.server}"}/bin/shop-server ${packages.database}?mode=ro";
  nothing.confinement = { enable = true; binSh = null; };
  nothing.serviceConfig.ExecStart = "/run/wrappers/bin/true";
};'
text() {
  local out
  out=$(build -E "$(prelude_with "$given_text") bundle plain")
  instantiate --eval --strict --json -E "$(prelude_with "$given_text") plain" >"$work/text.json"
  "$confinix" --quiet bundle --services "$work/text.json" --output "$work/text" >/dev/null
  diff -r "$work/text" "$out"
  same "closure of nothing" "" "$(bundle_list "$out" 'b.closures.${b.services."nothing.service".closure}.paths')"
}
check "paths without context, and services without any path" text

stable() {
  local first second
  for note in first second; do
    printf -v "$note" %s "$(evaluate -E "$(prelude_with "given.web = {
        confinement.enable = true;
        serviceConfig.ExecStart = \"\${derivation {
          name = \"fixed\"; system = currentSystem; builder = \"/bin/sh\"; note = \"$note\";
          outputHash = \"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"; outputHashMode = \"flat\"; outputHashAlgo = \"sha256\";
        }}\";
      };") (bundle plain).outPath")"
  done
  same "output path" "$first" "$second"
}
check "another way to the same paths makes the same bundle" stable

from_bundle() {
  local out
  out=$(build -E "$prelude import $project/nix/from-bundle.nix {
    bundle = $work/by-command;
    pkgs.runCommandLocal = name: attrs: script: derivation (attrs // {
      inherit name; system = currentSystem; builder = \"/bin/bash\";
      args = [ \"-euc\" \". ./.attrs.sh; out=\\\${outputs[out]}; PATH=/run/current-system/sw/bin:/usr/bin:/bin; \${script}\n:\" ];
    }); }")
  diff -r "$work/by-command" "$out"
  same references "$(nix-store --query --references "$shop_bundle" | sorted)" \
    "$(nix-store --query --references "$out" | sorted)"
}
check "a bundle from the command becomes the same files and references" from_bundle

# path and environment are inputs of the build if they are included.
includes() {
  local with bundle
  with="given = { web = (web { includePath = \"path-without-systemd\"; includeEnvironment = true; }).web // {
    path = [ packages.ledger ]; environment.DB = \"\${packages.stationery}/x\"; }; };"
  bundle=$(build -E "$(prelude_with "$with") bundle plain")
  same roots "ExecStart[0] environment.DB path[0]" \
    "$(bundle_list "$bundle" 'map (root: root.origin) b.services."web.service".roots' | sorted | paste -sd ' ')"
}
check "path and environment join the closure where asked for" includes

# The store paths of presets are in the build's closure, for built-in presets and the user's.
presets() {
  local with bundle
  with="given = web { presets = [ \"dns\" \"mail\" ]; };"
  bundle=$(build -E "$(prelude_with "$with") bundle (services {
      services = given;
      presets.mail = { bindReadOnly = [ \"\${packages.ledger}:/etc/ledger\" ]; packages = [ packages.stationery ]; };
    })")
  same roots "ExecStart[0] presets.mail" \
    "$(bundle_list "$bundle" 'map (root: root.origin) b.services."web.service".roots' | sorted | paste -sd ' ')"
}
check "presets bring what they name" presets

# The build reads the units that a package ships and merges them with the service's additions.
merged_unit() {
  local with bundle
  with="given = { backup = { confinement = { enable = true; binSh = null; }; serviceConfig = {
    ExecStartPre = \"\${packages.ledger}/bin/check\"; ExecStart = [ \"\" \"\${packages.server}/bin/shop-server\" ]; }; }; };"
  bundle=$(build -E "$(prelude_with "$with") bundle plain")
  same roots "ExecStartPre[0] ExecStart[1] backup-units-5.0/lib/systemd/system/backup.service:ExecStartPre[0]" \
    "$(bundle_list "$bundle" 'map (root: root.origin) b.services."backup.service".roots' | paste -sd ' ')"
  same references "$(bundle_list "$bundle" 'attrNames b.paths' | sorted)" "$(nix-store --query --references "$bundle" | sorted)"
  "$confinix" --quiet bundle --impure --expr "$(prelude_with "$with") { services = given; packages = [ packages.backupUnits ]; }" \
    "${options[@]:0:3}" --output "$work/merged" >/dev/null
  diff -r "$work/merged" "$bundle"
}
check "a unit of a package and what is added to it make one unit" merged_unit

# As described at the head of nix/bundle.nix: the bundle is one of the packages that may ship units, and is not searched for them.
among_packages() {
  local with
  with="given = let
      config.systemd = {
        services.web = { confinement = { enable = true; binSh = null; }; serviceConfig.ExecStart = \"\${packages.server}/bin/shop-server\"; };
        packages = [ packages.backupUnits (bundle (services config)) ];
      };
    in config.systemd.packages;"
  same "packages" "backup-units-5.0 confinix-bundle" \
    "$(string "$(prelude_with "$with") concatStringsSep \" \" (map (p: p.name) given)")"
  build -E "$(prelude_with "$with") elemAt given 1" >/dev/null
}
check "a bundle is one of the packages whose units it is made from" among_packages

hidden() {
  local made
  mkdir -p "$work/hide/package/"{bin,share/doc/web}
  echo '#!/bin/sh' >"$work/hide/package/bin/web"
  echo manual >"$work/hide/package/share/doc/web/README"
  cat >"$work/hide/default.nix" <<'NIX'
{
  services.web = {
    confinement = { enable = true; hide = [ "headers" "docs" ]; };
    serviceConfig.ExecStart = "${builtins.path { path = ./package; name = "package"; }}/bin/web";
  };
}
NIX
  made=$(build -E "$prelude bundle (services (import $work/hide))")
  "$confinix" --quiet bundle --file "$work/hide" --output "$work/hidden" "${options[@]:0:3}" >/dev/null
  diff -r "$work/hidden" "$made"
  same "what is hidden" share "$(bundle_list "$made" 'concatMap (path: path.hidden.docs or [ ]) (attrValues b.paths)')"
  grep -q '^BindReadOnlyPaths=/run/confinix/views/' "$made/lib/systemd/system/web.service.d/zz-confinement.conf"
}
check "a build hides the same files as the command" hidden

# What a record tells is the same for a build and for the command, and hides what no run touched.
recorded() {
  local made id
  mkdir -p "$work/recorded/package/bin"
  for name in web tool; do
    printf '#!/bin/sh\n' >"$work/recorded/package/bin/$name"
    chmod +x "$work/recorded/package/bin/$name"
  done
  cat >"$work/recorded/default.nix" <<'NIX'
{
  services.web = {
    confinement = { enable = true; binSh = null; hideUnobserved = "2026-12-31"; };
    serviceConfig.ExecStart = "${builtins.path { path = ./package; name = "package"; }}/bin/web";
  };
  rehearsals = if builtins.pathExists ./record.json then [ ./record.json ] else [ ];
}
NIX
  "$confinix" --quiet bundle --file "$work/recorded" --output "$work/unrecorded" "${options[@]:0:3}" >/dev/null
  id=$(jq -r '.services["web.service"].closure' "$work/unrecorded/bundle.json")
  same "what is hidden without a record" null "$(jq -c '.services["web.service"].hide' "$work/unrecorded/bundle.json")"
  jq -n --arg id "$id" '{version: 1, services: {"web.service": {verdict: "observed", seconds: 1,
    holdsFor: {closure: $id, dropIn: "", unit: ""},
    observation: {closurePaths: 1, within: {}, incomplete: false}}}}' >"$work/recorded/record.json"
  made=$(build -E "$prelude bundle (services (import $work/recorded))")
  "$confinix" --quiet bundle --file "$work/recorded" --output "$work/recorded-bundle" "${options[@]:0:3}" >/dev/null
  diff -r "$work/recorded-bundle" "$made"
  same "what is hidden" '["bin/tool"]' \
    "$(jq -c '[.closures[].hidden.unobserved[]] | add' "$work/recorded-bundle/bundle.json")"
  same "what runs touched" '["unobserved"]' "$(jq -c '.services["web.service"].hide' "$made/bundle.json")"
}
check "records hide what no run touched, in a build as with the command" recorded
