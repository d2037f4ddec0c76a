# Rehearsals: confinix boots guests of its own, so these run on the host. `rehearsed` are the services, made of the probe.
rehearsal=$work/rehearsal
mkdir -p "$rehearsal/with" "$rehearsal/units"
echo kept >"$rehearsal/with/file"
# Of many files that a program reads one after the other, the first that is missing ends it.
for number in {1..12}; do
  mkdir "$rehearsal/with/$number"; echo x >"$rehearsal/with/$number/file"
done
cat >"$rehearsal/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  exe = "${probe}/bin/probe";
  tool = builtins.path { path = builtins.getEnv "PROBE"; name = "tool"; };
  shown = builtins.getEnv "WITH";
  service = serviceConfig: { confinement.enable = true; inherit serviceConfig; };
  served = steps: service { ExecStart = "${exe} ${steps} , serve %n"; };
in
{
  services = {
    works = served "ids";
    # Without confinement, the first leaves a file for the second. The names are far apart, so that it has run by then.
    a-makes = served "create /srv/confinix-left x";
    z-finds = served "must read /srv/confinix-left";
    # It is still at work when the time for which it is watched is over.
    slow = served "spin 2 , must read /etc/hostname";
    grouped = served "ids" // { requires = [ "group.target" ]; };
    reads = served "must read /etc/hostname";
    writes = served "must create ${shown}/new x";
    nests = served "mkdir /srv/confinix , mkdir /srv/confinix/deep , must create /srv/confinix/deep/new x";
    private = service { ExecStart = "${exe} must create /var/lib/private/confinix-rehearsed/new x , serve %n"; DynamicUser = true; StateDirectory = "confinix-rehearsed"; };
    looks = service { ExecStart = "${exe} serve %n"; WorkingDirectory = "/srv"; };
    replaces = served "must read ${shown}/file , must create ${shown}/newer x , must rename ${shown}/newer ${shown}/file";
    chain = served (builtins.concatStringsSep " , " (builtins.genList (number: "must read ${shown}/${toString (number + 1)}/file") 12));
    becomes = service { ExecStart = "${exe} serve %n"; User = "confinix-rehearsed"; };
    asks = service { ExecStart = "${exe} must read /etc/hostname"; Type = "oneshot"; };
    reaches = served "must exec ${builtins.unsafeDiscardStringContext "${tool}/bin/probe"} ids";
    lacks = served "exec ${builtins.unsafeDiscardStringContext "${tool}/bin/probe"} ids";
    broken = served "must read /nowhere";
    conditional = service { ExecStart = "${exe} serve %n"; } // { unitConfig.ConditionPathExists = "/nowhere"; };
  };
  targets.group.description = "A target that a service requires";
}
NIX
export WITH=$rehearsal/with
. "$here/rehearsals.sh"

compared() {
  local code=0 service
  rehearse --with "$WITH" --record "$rehearsal/record" --changes "$rehearsal/changes.nix" >"$rehearsal/report" 2>&1 || code=$?
  same "exit code" 1 "$code"; [ "$code" = 1 ] || fail "$(cat "$rehearsal/report")"
  while read -r service word; do
    same "$service" "$word" "$(verdict "$service")"
  done <<'TABLE'
works starts
a-makes starts
z-finds not-comparable
grouped starts
slow starts-with-changes
reads starts-with-changes
writes starts-with-changes
nests starts-with-changes
private starts-with-changes
looks starts-with-changes
replaces starts-with-changes
chain starts-with-changes
becomes starts
asks starts-with-changes
reaches starts-with-changes
lacks starts
broken not-comparable
conditional not-comparable
TABLE
  grep -qF 'if the other services have not run before' "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  same "what reads needs" 'systemd.services."reads".serviceConfig.BindReadOnlyPaths = [ "/etc/hostname" ];' "$(changes reads)"
  same "what writes needs" "systemd.services.\"writes\".serviceConfig.BindPaths = [ \"$WITH\" ];" "$(changes writes)"
  same "what nests needs" 'systemd.services."nests".serviceConfig.BindPaths = [ "/srv" ];' "$(changes nests)"
  same "what private needs" 'systemd.services."private".serviceConfig.BindPaths = [ "/var/lib/private/confinix-rehearsed" ];' "$(changes private)"
  same "what looks needs" 'systemd.services."looks".serviceConfig.BindReadOnlyPaths = [ "/srv" ];' "$(changes looks)"
  same "what replaces needs" "systemd.services.\"replaces\".serviceConfig.BindPaths = [ \"$WITH\" ];" "$(changes replaces)"
  same "how many files chain needs" 12 "$(changes chain | grep -o "$WITH/[0-9]*/file" | wc -l)"
  case $(changes reaches) in *'confinement.packages = [ '*-tool*) ;; *) fail "$(changes reaches)" ;; esac
  same "what lacks executes beyond its closure" tool/bin/probe "$(observed lacks .beyond.executed)"
  same "what works executes" probe/bin/probe "$(observed works .within.executed)"
  same "what works does not touch" "" "$(observed works .untouched)"
  same "what can't be judged is not observed" null "$(jq -c '.services["broken.service"].observation' "$rehearsal/record")"
  same "the host's directory" "$(printf '%s\n' {1..12} file | sort)" "$(ls "$WITH" | sort)"
  same "what is left" "" "$(left)"
}

# With the changes that were printed, the same services start, and nothing more is said.
applied() {
  local code=0
  cat >"$rehearsal/changed.nix" <<'NIX'
let
  given = import ./services.nix;
  changes = import ./changes.nix { pkgs = { }; lib = { }; };
  merge = name: service: service // {
    confinement = service.confinement // (changes.systemd.services.${name}.confinement or { });
    serviceConfig = service.serviceConfig // (changes.systemd.services.${name}.serviceConfig or { });
  };
in
given // { services = builtins.removeAttrs (builtins.mapAttrs merge given.services) [ "broken" "conditional" "z-finds" ]; }
NIX
  "$confinix" rehearse --quiet -f "$rehearsal/changed.nix" --strategy "$strategy" --root "$root" --for 1s --with "$WITH" --format json >"$rehearsal/record2" 2>"$rehearsal/report" || code=$?
  same "exit code" 0 "$code"
  same "verdicts" starts "$(jq -r '.services[].verdict' "$rehearsal/record2" | sort -u)"
  same "what the first record holds for" "$(jq -c '.services["reads.service"].holdsFor' "$rehearsal/record")" \
    "$(jq -c '.services["reads.service"].holdsFor' "$rehearsal/record2")"
}

# Without a trace only changes of last resort are left. systemd 257 and newer can't show a container's /run, so that is given up.
widest() {
  rehearse -s nests --trace never --record "$rehearsal/record2" >"$rehearsal/report" 2>&1 || true
  same "what nests needs" 'systemd.services."nests".serviceConfig.BindPaths = [ "-/srv" ];' "$(jq -r '.services["nests.service"].changes.text' "$rehearsal/record2")"
}

# An audit takes the record for the services as they were rehearsed: those that needed changes, with these.
audited() {
  unfit() {
    { "$confinix" audit --quiet -f "$rehearsal/$1.nix" --strategy "$strategy" --no-policy --no-foresight --rehearsal "$rehearsal/record" --require-rehearsal --format json || true; } |
      jq -r '.findings[] | select(.code == "not-rehearsed") | .service' | sort | paste -sd ' '
  }
  same "without changes" "asks.service broken.service chain.service conditional.service looks.service nests.service private.service reaches.service reads.service replaces.service slow.service writes.service z-finds.service" "$(unfit services)"
  same "with changes" "" "$(unfit changed)"
}

# Unit files are used as they are, with their sockets, and without confinement that is already deployed.
of_units() {
  local exe
  exe=$(probe_path)
  printf '[Service]\nExecStart=%s must read /etc/hostname , serve %%n\nRestart=no\n' "$exe" >"$rehearsal/units/file.service"
  mkdir -p "$rehearsal/units/file.service.d"
  printf '[Service]\nExecStart=\nExecStart=/nowhere\n' >"$rehearsal/units/file.service.d/zz-confinement.conf"
  "$confinix" rehearse --quiet --units "$rehearsal/units" -s file --strategy "$strategy" --root "$root" --for 1s --no-changes --format json >"$rehearsal/record" 2>"$rehearsal/report" || true
  same "verdict" fails "$(verdict file)"
  same "why" "it fails (exit-code, status 1)" "$(jq -r '.services["file.service"].reasons[0]' "$rehearsal/record")"
}

# --fix writes the changes that confinix.toml can have, and with it the service starts. A second time it changes nothing.
fixed() {
  local exe code=0 fixed=$rehearsal/fixed
  exe=$(probe_path)
  mkdir -p "$fixed/units"
  printf '[Service]\nExecStart=%s must read /etc/hostname , serve %%n\n' "$exe" >"$fixed/units/file.service"
  printf '[Service]\nExecStart=%s must create %s/new x , serve %%n\n' "$exe" "$WITH" >"$fixed/units/writes.service"
  printf '# Our services\n[services.file]\nenable = true # first\n' >"$fixed/confinix.toml"
  rehearsed() { (cd "$fixed" && "$confinix" rehearse --units units "$@" --strategy "$strategy" --root "$root" --for 1s --with "$WITH" --fix --record "$rehearsal/record") >"$rehearsal/report" 2>"$rehearsal/told"; }
  rehearsed -s file -s writes || code=$?
  same "exit code" 1 "$code"
  same "what is told" "writes.service: --fix wrote none of its changes: BindPaths= belongs into its unit, not into confinix.toml; the report has the drop-in
confinix.toml: --fix added
  [presets.file-rehearsed] bind-read-only += \"/etc/hostname\"
  [services.file] presets += \"file-rehearsed\"" "$(cat "$rehearsal/told")"
  same "what is written" '# Our services
[services.file]
enable = true # first
presets = ["file-rehearsed"]

[presets.file-rehearsed]
bind-read-only = ["/etc/hostname"]' "$(cat "$fixed/confinix.toml")"
  # The record holds for what was written.
  (cd "$fixed" && "$confinix" audit --quiet --units units -s file --strategy "$strategy" --no-foresight --rehearsal "$rehearsal/record" --require-rehearsal >"$rehearsal/report") || fail "$(cat "$rehearsal/report")"
  cp "$fixed/confinix.toml" "$rehearsal/once"
  rehearsed -s file || fail "$(cat "$rehearsal/report" "$rehearsal/told")"
  same "file" starts "$(verdict file)"
  cmp "$rehearsal/once" "$fixed/confinix.toml" || fail "a second --fix changes the file"
}

# --keep leaves what both guests wrote, whole or not at all, and nothing else.
kept() {
  local kept=$rehearsal/kept code=0
  rehearse -s reads -s writes --with "$WITH" --no-changes --keep="$kept" >"$rehearsal/report" 2>&1 || code=$?
  same "exit code" 1 "$code"
  same "what is kept" "confined control" "$(ls "$kept" | paste -sd ' ')"
  same "who may read it" 700 "$(stat -c %a "$kept")"
  same "what writes created" "$kept/control/tree$WITH/new" "$(ls "$kept"/*/tree"$WITH/new")"
  same "its units" "reads.service writes.service" "$(find "$kept/confined/tree/etc/systemd/system" -maxdepth 1 -type f -name '*s.service' -printf '%f\n' | sort | paste -sd ' ')"
  journalctl --directory "$kept/confined/journal" -u reads.service | grep -q "reads.service: Main process exited" || fail "$(ls -R "$kept/confined/journal")"
  same "what is left" "" "$(left)"
  rehearse -s works --no-changes --keep="$kept" >"$rehearsal/report" 2>&1 && fail "a directory that exists"
  grep -q "already exists" "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  rm -r "$kept"
  # Without a name it is a new one, which is printed.
  mkdir -p "$rehearsal/tmp"
  TMPDIR=$rehearsal/tmp "$confinix" rehearse -f "$rehearsal/services.nix" -s works --strategy "$strategy" --root "$root" --for 1s --no-changes --keep >"$rehearsal/report" 2>&1 || fail "$(cat "$rehearsal/report")"
  kept=$(sed -n 's/^  rm -r \(.*\) removes it$/\1/p' "$rehearsal/report")
  same "what is kept" "$kept $kept/confined $kept/control" "$(echo "$rehearsal"/tmp/* "$kept"/*)"
  rm -r "$kept"
}

# units_of_system DIR: the units of a built NixOS system, with drop-ins that link to the bundle
units_of_system() {
  local made unit
  rm -rf "$rehearsal/bundle"
  "$confinix" bundle --quiet -f "$rehearsal/services.nix" -s works -s reads --strategy "$strategy" -o "$rehearsal/bundle"
  made=$(derivation "$rehearsal/bundle")
  for unit in works reads; do
    mkdir -p "$1/$unit.service.d"
    ln -sfn "$made/lib/systemd/system/$unit.service.d/zz-confinement.conf" "$1/$unit.service.d/zz-confinement.conf"
    printf '[Service]\nExecStart=%s\n' "$(jq -r ".services[\"$unit.service\"].exec.ExecStart[0]" "$rehearsal/bundle/bundle.json")" >"$1/$unit.service"
  done
}

# A built NixOS system: its units, on another tree.
of_system() {
  units_of_system "$rehearsal/system/etc/systemd/system"
  "$confinix" rehearse --quiet "$rehearsal/system" --root "$root" --for 1s --no-changes --format json >"$rehearsal/record" 2>"$rehearsal/report" || true
  same "works" starts "$(verdict works)"
  same "reads" fails "$(verdict reads)"
}

# A built NixOS system boots its own systemd, with its own /etc and users, and nothing of this machine.
on_system() {
  local system=$1 code=0 probe
  # shellcheck disable=SC2016
  printf -v probe '[ /proc/1/exe -ef %s/systemd/lib/systemd/systemd ] || exit 4; [ ! -e /usr/lib ] || exit 5
    while read -r line; do case $line in confinix-told:x:742:742:*) exit 3;; esac; done </etc/passwd' "$system"
  "$confinix" rehearse --quiet "$system" --for 1s --no-changes --probe "$probe" --format json >"$rehearsal/record" 2>"$rehearsal/report" || code=$?
  same "exit code" 1 "$code"; [ "$code" = 1 ] || fail "$(cat "$rehearsal/report")"
  same "works" "starts, 3" "$(verdict works), $(jq -r '.services["works.service"].control.probe' "$rehearsal/record")"
  same "reads" fails "$(verdict reads)"
  # A bundle on the system of a machine that runs NixOS.
  mkdir -p "$rehearsal/machine"/{etc,run,usr/bin}
  ln -sfn "$system" "$rehearsal/machine/run/current-system"
  ln -sfn "$system/sw/bin/env" "$rehearsal/machine/usr/bin/env"
  echo ID=nixos >"$rehearsal/machine/etc/os-release"
  printf 'root:x:0:0::/root:/bin/sh\n' >"$rehearsal/machine/etc/passwd"
  "$confinix" rehearse --quiet "$rehearsal/bundle" -s works --root "$rehearsal/machine" --for 1s --format json >"$rehearsal/record" 2>"$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  same "works on a machine" starts "$(verdict works)"
  same "what is left" "" "$(left)"
}

# What can't be done is told in a sentence, and nothing is left.
refused() {
  local tree
  mkdir -p "$rehearsal/empty"
  # The second is a system without a systemd.
  for tree in "$rehearsal/empty" "$rehearsal/system"; do
    "$confinix" rehearse --quiet -f "$rehearsal/services.nix" -s works --root "$tree" >/dev/null 2>"$rehearsal/report" && fail "a tree without systemd"
    grep -q "has no systemd where systemd-nspawn looks for it" "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  done
  "$confinix" rehearse --quiet -f "$rehearsal/services.nix" -s works --root "$root" --with /nowhere >/dev/null 2>"$rehearsal/report" && fail "a path that is not there"
  grep -q "/nowhere" "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  rehearse -s works --fix >/dev/null 2>"$rehearsal/report" && fail "--fix of services from Nix"
  grep -q -- "--changes writes a NixOS module for them" "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  same "what is left" "" "$(left)"
}

it "services are compared with themselves without confinement" compared
it "printed changes make services start" applied
it "an audit takes the record for services as they were rehearsed" audited
it "changes of last resort that can't be made are given up" widest
it "unit files are rehearsed as they are" of_units
it "--fix writes confinix.toml" fixed
it "--keep leaves what the guests wrote" kept
it "a built system is rehearsed with its own units" of_system
# The stand-in's systemd, which is Debian's, would look for what mounts a view in /bin.
booted=$strategy
[ "$strategy" != image ] || booted=bind
rm -rf "$rehearsal/units-of-system"
strategy=$booted units_of_system "$rehearsal/units-of-system"
if system=$("$here/nixos-system" "$rehearsal/nixos" "$rehearsal/units-of-system" 2>"$rehearsal/report"); then
  it "a built system boots its own systemd" on_system "$system"
else
  skip "a built system boots its own systemd" "$(tail -n 1 "$rehearsal/report")"
fi
it "what can't be rehearsed is told" refused
