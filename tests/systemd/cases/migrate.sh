# Migrations: confinix boots guests of its own, so these run on the host. The services are made of the probe.
migration=$work/migration
mkdir -p "$migration/with"
cat >"$migration/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  exe = "${probe}/bin/probe";
  shown = builtins.getEnv "WITH";
  service = serviceConfig: { inherit serviceConfig; };
  served = steps: service { ExecStart = "${exe} ${steps} , serve %n"; };
in
{
  services = {
    works = served "ids";
    reads = served "must read /etc/hostname";
    writes = served "must create ${shown}/new x";
    becomes = service { ExecStart = "${exe} serve %n"; User = "confinix-migrated"; };
    broken = served "must read /nowhere";
    mounts = service { ExecStart = "${exe} serve %n"; MountFlags = "shared"; };
    host = service { ExecStart = "/bin/sleep 60"; };
  };
}
NIX
# What the file sets, merged as NixOS does, of the services that it confines.
cat >"$migration/applied.nix" <<'NIX'
let
  base = (import ./services.nix).services;
  written = (import ./confined.nix { pkgs = { }; lib.mkForce = value: value; }).systemd.services;
  merge = name: own: base.${name} // own // { serviceConfig = base.${name}.serviceConfig // (own.serviceConfig or { }); };
in
{ services = builtins.mapAttrs merge written; }
NIX
migrated() {
  (cd "$migration" && WITH=$migration/with "$confinix" migrate --quiet -f "$1" --strategy "$strategy" --root "$root" --with "$migration/with" \
    --rehearse --for 1s -o confined.nix --format json "${@:2}") >"$migration/report" 2>"$migration/told"
}
decided() { jq -r ".services[\"$1.service\"] | if .confined then [.changes[] | .option + \" \" + .value] | join(\", \") else .reason end" "$migration/report"; }

written() {
  migrated services.nix || fail "$(cat "$migration/told")"
  same "services that are confined" "becomes reads works writes" "$(jq -r '.services | to_entries[] | select(.value.confined) | .key' "$migration/report" | sed 's/.service$//' | paste -sd ' ')"
  same "what works needs" "" "$(decided works)"
  same "what reads needs" 'serviceConfig.BindReadOnlyPaths "/etc/hostname"' "$(decided reads)"
  same "what writes needs" "serviceConfig.BindPaths \"$migration/with\"" "$(decided writes)"
  grep -q '# rehearsed: it reads /etc/hostname' "$migration/confined.nix" || fail "$(cat "$migration/confined.nix")"
  case $(decided broken) in "rehearsed: without confinement it did not work there either"*) ;; *) fail "$(decided broken)" ;; esac
  case $(decided mounts) in "it manages mounts"*) ;; *) fail "$(decided mounts)" ;; esac
  same "a service that runs nothing of the store" null "$(jq -c '.services["host.service"]' "$migration/report")"
}
# With the file, they are confined by their own configuration and all start.
started() {
  local code=0
  (cd "$migration" && WITH=$migration/with "$confinix" rehearse --quiet -f applied.nix --strategy "$strategy" --root "$root" --with "$migration/with" \
    --for 1s --no-changes --format json) >"$migration/started" 2>"$migration/told" || code=$?
  same "exit code" 0 "$code"
  same "verdicts" "4 starts" "$(jq -r '.services[].verdict' "$migration/started" | sort | uniq -c | sed 's/^ *//')"
}
# Nothing has changed, so nothing is rehearsed again; nor is it when the file is a part of the configuration.
again() {
  local before
  before=$(cat "$migration/confined.nix")
  migrated services.nix --check || fail "$(cat "$migration/told")"
  migrated services.nix || fail "$(cat "$migration/told")"
  same "the file" "$before" "$(cat "$migration/confined.nix")"
  migrated applied.nix --only 'r*' --check || fail "$(cat "$migration/told")"
  # A service that is another one now is rehearsed again, and only its block changes.
  sed -i 's|must read /etc/hostname|must read /etc/os-release|' "$migration/services.nix"
  migrated services.nix || fail "$(cat "$migration/told")"
  same "what is replaced" reads.service "$(jq -r '.services | to_entries[] | select(.value.block == "replaced") | .key' "$migration/report")"
}
# An exception for a template is for its instances, though a rehearsal has confined them.
excepted() {
  sed -i 's|^    works = |    "tmpl@" = served "ids";\n    "tmpl@one" = service { ExecStart = [ "" "${exe} ids , serve %n" ]; };\n&|' "$migration/services.nix"
  migrated services.nix --only tmpl@one || fail "$(cat "$migration/told")"
  same "what the instance needs" "" "$(decided tmpl@one)"
  migrated services.nix --only 'tmpl@*' --except 'tmpl@=ours' || fail "$(cat "$migration/told")"
  same "why the instance stays out" ours "$(decided tmpl@one)"
}
it "services are migrated as they behave" written
it "with the file, they all start" started
it "a second migration changes what an update changed" again
it "a template that stays out takes its instances with it" excepted
