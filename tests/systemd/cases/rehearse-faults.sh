# Rehearsals of services that would disturb the others, and on machines that can't rehearse: a sentence each, and nothing is left.
rehearsal=$work/rehearsal-faults
mkdir -p "$rehearsal"
cat >"$rehearsal/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  exe = "${probe}/bin/probe";
  service = serviceConfig: { confinement.enable = true; inherit serviceConfig; };
  others = builtins.genList (number: "other${toString number}") 12;
in
{
  services = {
    forks = service { ExecStart = "${exe} forks"; Restart = "always"; };
    eats = service { ExecStart = "${exe} eats"; Type = "oneshot"; };
    fills = service { ExecStart = "${exe} fills /tmp/all"; Type = "oneshot"; };
    waits = service { ExecStart = "${exe} serve %n"; Type = "notify"; TimeoutStartSec = 4; };
    hangs = service { ExecStart = "${exe} deaf , serve %n"; TimeoutStopSec = 2; };
  } // builtins.listToAttrs (map (name: { inherit name; value = service { ExecStart = "${exe} must create /tmp/${name} x , serve %n"; }; }) others);
}
NIX
. "$here/rehearsals.sh"
reason() { jq -r ".services[\"$1.service\"].reasons[0]" "$rehearsal/record"; }

greedy() {
  local code=0 name
  rehearse --record "$rehearsal/record" >"$rehearsal/report" 2>&1 || code=$?
  [ "$code" = 0 ] || fail "exit code $code: $(cat "$rehearsal/report")"
  same "forks" "not-comparable it was ended because it started more processes or threads than a rehearsal allows (1,024, and 64 for each processor)" "$(verdict forks) $(reason forks)"
  same "eats" "not-comparable it was ended because it used more memory than a rehearsal allows (a quarter of this machine's)" "$(verdict eats) $(reason eats)"
  same "fills" "not-comparable it was ended because it filled the disk of the container (a quarter of this machine's memory)" "$(verdict fills) $(reason fills)"
  same "waits" "not-comparable it fails (timeout, status signal 15)" "$(verdict waits) $(reason waits)"
  for name in hangs other{0..11}; do
    same "$name" starts "$(verdict $name)"
  done
  same "what is left" "" "$(left)"
}

# tells TEXT COMMAND…: a rehearsal fails with this text, and nothing is left
tells() {
  local text=$1
  shift
  ! "$@" "$confinix" rehearse --quiet -f "$rehearsal/services.nix" -s hangs --root "$root" --for 1s >"$rehearsal/report" 2>&1 || fail "it succeeds"
  grep -qF -- "$text" "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  same "lines that are told" 1 "$(grep -c '^confinix: ' "$rehearsal/report")"
  same "what is left" "" "$(left)"
}
# Only what a rehearsal needs besides is on the PATH.
no_nspawn() {
  local tool
  mkdir -p "$rehearsal/bin"
  for tool in nix nix-store unshare nsenter; do ln -sf "$(command -v $tool)" "$rehearsal/bin"; done
  tells "systemd-nspawn is not on PATH: install systemd-container" env PATH="$rehearsal/bin"
}
no_root() { tells "needs root: use sudo" setpriv --reuid 65534 --regid 65534 --clear-groups; }
# without NAME: a machine whose kernel does not have this file system
without() {
  grep -v "\s$1$" /proc/filesystems >"$rehearsal/filesystems"
  # shellcheck disable=SC2016
  tells "the kernel has no $2" unshare --mount --propagation private sh -c 'mount --bind "$0" /proc/filesystems && exec "$@"' "$rehearsal/filesystems"
}
# A container in which nothing can be mounted.
no_mounts() { tells "root may not mount file systems here (CAP_SYS_ADMIN is missing)" setpriv --bounding-set -sys_admin --inh-caps -sys_admin; }
# broken PROGRAM TEXT: a tree whose systemd is another program
broken() {
  rm -rf "$rehearsal/tree"
  mkdir -p "$rehearsal"/tree/{etc,usr/lib/systemd,usr/bin,proc,sys,dev,run,tmp,var}
  ln -s usr/lib "$rehearsal/tree/lib"
  echo ID=x >"$rehearsal/tree/etc/os-release"
  cp "$PROBE/bin/probe" "$rehearsal/tree/usr/lib/systemd/systemd"
  (root=$rehearsal/tree && tells "the guest did not boot: " env)
}

it "services that use up what all share are ended, and the others go on" greedy
it "without root, that is told" no_root
it "without systemd-nspawn, that is told" no_nspawn
it "without cgroup2, that is told" without cgroup2 cgroup2
it "without overlayfs, that is told" without overlay overlayfs
it "without mounts, that is told" no_mounts
it "a guest that does not boot is told" broken
