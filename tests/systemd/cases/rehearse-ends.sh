# Rehearsals that end before their time: the guest ends with them.
rehearsal=$work/rehearsal-ends
mkdir -p "$rehearsal"
cat >"$rehearsal/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
in
{
  services.works = { confinement.enable = true; serviceConfig.ExecStart = "${probe}/bin/probe serve %n"; };
}
NIX
. "$here/rehearsals.sh"

# Begins a rehearsal that takes a minute; `pid` is its process.
begin() {
  "$confinix" rehearse --quiet -f "$rehearsal/services.nix" -s works --root "$root" --for 60s >"$rehearsal/report" 2>&1 &
  pid=$!
  for _ in {1..200}; do
    [ ! -e "/run/confinix-guests/confinix-$pid-1" ] || break
    sleep 0.1
  done
  sleep 1
}

# A service that forks for ever or takes all memory is stopped by the limits of its guest, in whatever hierarchy the host has them.
limited() {
  local pid found
  begin
  found=$(unshare --mount --propagation private sh -c '
    cat "/sys/fs/cgroup/pids/$1/pids.max" "/sys/fs/cgroup/memory/$1/memory.limit_in_bytes" 2>/dev/null
    mount -t cgroup2 none /sys/fs/cgroup && cat "/sys/fs/cgroup/$1/pids.max" "/sys/fs/cgroup/$1/memory.max"' sh "confinix-$pid-1" 2>/dev/null || true)
  kill -TERM $pid
  wait $pid 2>/dev/null || true
  grep -qx 8192 <<<"$found" || fail "processes: $found"
  [ "$(grep -cvxE 'max|8192' <<<"$found")" = 1 ] || fail "memory: $found"
}

# Whatever ends confinix, the guest ends too, and leaves nothing.
ended_by() {
  local pid
  begin
  kill "-$1" $pid
  wait $pid 2>/dev/null || true
  patience=20 until_same "what is left after SIG$1" "" left
}

# If the process that would end the guest is killed too, the next rehearsal ends it.
abandoned() {
  local pid watcher
  begin
  for watcher in $(cat "/proc/$pid"/task/*/children); do
    ! grep -qz '^guest-watch$' "/proc/$watcher/cmdline" || break
  done
  kill -KILL "$watcher" $pid
  wait $pid 2>/dev/null || true
  [[ $(left) == *confinix-$pid-1* ]] || fail "the guest has ended already: '$(left)'"
  rehearse -s works >"$rehearsal/report" 2>&1 || fail "$(cat "$rehearsal/report")"
  same "what is left" "" "$(left)"
}

it "a guest has a limit of processes and of memory" limited
it "nothing is left after SIGKILL" ended_by KILL
it "nothing is left after SIGTERM" ended_by TERM
it "what was killed with its watcher is ended by the next rehearsal" abandoned
