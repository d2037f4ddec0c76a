# `confinix observe` on services that run, and views of their own (strategy image)
[ "$strategy" = image ] || return 0
observed=$work/observed
mkdir -p "$observed/units"
cat >"$observed/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  data = builtins.path { path = builtins.getEnv "DATA"; name = "data"; };
  exe = "${probe}/bin/probe";
  served = confinement: {
    confinement = { enable = true; packages = [ data ]; } // confinement;
    # The service's own program is executed before it counts as started.
    serviceConfig = { Type = "exec"; ExecStart = "${exe} serve %n"; };
  };
in
{
  services = {
    web = served { observe = builtins.getEnv "OBSERVE" != "no"; };
    "two-dash" = served { observe = true; binSh = "${data}/program"; hide = [ "interpreters" ]; };
    "many@" = served { observe = true; };
    api = served { };
    db = served { };
    bound = served { strategy = "bind"; };
    more = served { packages = [ data (builtins.toFile "edition" (builtins.getEnv "EDITION")) ]; };
  };
}
NIX
mkdir -p "$observed/data/directory"
for name in one two directory/three untouched; do echo "$name" >"$observed/data/$name"; done
printf '#!%s/bin/probe ids\n' "$(nix-store --add "$PROBE")" >"$observed/data/script"
chmod +x "$observed/data/script"
cp "$PROBE/bin/probe" "$observed/data/program"
export DATA=$observed/data

# observed_bundle DIR [OPTION…]
observed_bundle() { "$confinix" bundle --quiet -f "$observed/services.nix" --strategy image -o "$@"; }
observed_units() {
  local unit
  for unit in web two-dash many@ api db bound more; do
    printf '[Service]\nType=exec\nExecStart=%s\n' "$(jq -r ".services[\"$unit.service\"].exec.ExecStart[0]" "$1/bundle.json")" >"$2/$unit.service"
  done
}
# observed_boot: a guest with the units and the bundle, and with confinix in it
observed_boot() {
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw
  install_units "$observed/units" "$observed/bundle"
  guest sh -c 'cat >/root/confinix; chmod +x /root/confinix' <"$confinix"
  show_bundle bundle
}
# show_bundle NAME: puts a bundle into the guest's /root/bundle, where confinix reads it
show_bundle() {
  guest rm -rf /root/bundle
  tar -C "$observed/$1" -c . | guest sh -c 'mkdir /root/bundle; tar -C /root/bundle -x --no-same-owner'
}
# deploy NAME [no]: replaces the bundle by another one; its views are mounted at once, unless no service needs one
deploy() {
  guest sh -c 'cd /etc/systemd/system && rm -rf -- *.service.d confinix-* run-confinix-*'
  install_units "$observed/units" "$observed/$1"
  show_bundle "$1"
  [ "${2-}" ] || until_same "current views" "/run/confinix/view/$(image_id "$1")/view" guest readlink /run/confinix/views
}
image_id() { jq -r .view.image "$observed/$1/bundle.json"; }

observed_bundle "$observed/bundle"
EDITION=two observed_bundle "$observed/next"
OBSERVE=no observed_bundle "$observed/before"
observed_units "$observed/bundle" "$observed/units"
observed_boot
data_path=$(jq -r '.paths | keys[] | select(endswith("-data"))' "$observed/bundle/bundle.json")
probe_store_path=$(jq -r '.paths | keys[] | select(endswith("-probe"))' "$observed/bundle/bundle.json")

# observing SERVICE COMMAND [OPTION…]: runs a function while the service is observed, then ends that with $signal (INT)
observing() {
  local service=$1 during=$2 observer code=0
  shift 2
  guest rm -f /root/record.json
  guest /root/confinix --quiet observe /root/bundle "$service" -o /root/record.json "$@" >"$observed/said" 2>&1 &
  observer=$!
  for _ in {1..100}; do
    [ "$(marks)" = 0 ] || break
    sleep 0.05
  done
  $during
  sleep 0.2
  [ "${signal-}" = none ] || to_confinix "${signal-INT}"
  wait $observer || code=$?
  same "exit code" 0 "$code"; [ "$code" = 0 ] || fail "$(cat "$observed/said")"
  guest cat /root/record.json >"$observed/record.json"
  same "marks that are left" 0 "$(marks)"
}
# Not every root has pkill.
to_confinix() {
  guest sh -c 'for process in /proc/[0-9]*; do
    read -r name <"$process/comm" && [ "$name" != confinix ] || kill "-$0" "${process#/proc/}"
  done' "$1" 2>/dev/null
}
# How many file systems are watched.
marks() { guest sh -c 'cat /proc/*/fdinfo/* 2>/dev/null | grep -c "^fanotify sdev:"'; }
# recorded KIND: the paths of a kind, without the hashes
recorded() { jq -r ".services[].observation.$1[]?" "$observed/record.json" | sed -E 's/^[0-9a-z]{32}-//' | LC_ALL=C sort | xargs; }
incomplete() { jq '.services[].observation.incomplete' "$observed/record.json"; }

# tries SERVICE TRY…: the service does these one after the other
tries() { printf '%s\n' "${@:2}" | probe ask "$1.service" >/dev/null; }
use_web() { tries web "read $data_path/one" "list $data_path/directory" "read $data_path/missing" "exec $data_path/program ids"; }
use_others() {
  tries api "read $data_path/two"
  tries db "read $data_path/untouched"
}
use_all() { use_others; use_web; }

# Where executables may be hidden, the program at /bin/sh is bound from the view. Its path is not in the store.
called_shell() {
  start two-dash.service
  observing two-dash use_others
  same "/bin/sh, not called" false "$(jq '.services[].observation.binSh' "$observed/record.json")"
  observing two-dash call_shell; guest systemctl stop two-dash.service
  same "/bin/sh, called" true "$(jq '.services[].observation.binSh' "$observed/record.json")"
}
call_shell() { tries two-dash "exec /bin/sh ids"; }

# What the service opens and executes is recorded, and not what others do with the same files.
own() {
  start web.service api.service db.service
  same "mounts on the host" 5 "$(views | wc -w)"
  observing web use_all
  same "executed" "data/program" "$(recorded within.executed)"
  same "opened" "data/directory/ data/one" "$(recorded within.opened)"
  same "not opened" "probe" "$(recorded untouched)"
  same "beyond" "" "$(recorded beyond.opened)$(recorded beyond.executed)"
  same "incomplete" false "$(incomplete)"
  same "verdict" observed "$(jq -r '.services["web.service"].verdict' "$observed/record.json")"
  grep -q 'opened 1 of 2 paths of its closure' "$observed/said" || fail "$(cat "$observed/said")"
  inside web.service <<TRIES
    list /nix/store = $(printf '%s\n' "$data_path" "$probe_store_path" | listing)
    read /etc/passwd = ENOENT
    create $data_path/new ~ EROFS|ENOENT
TRIES
}

# host_pid PID: the number on the host of a process of the guest
host_pid() {
  local namespace process
  namespace=$(readlink "/proc/$(cat "/run/confinix-guest/proof-$$/leader")/ns/pid")
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/ns/pid" 2>/dev/null)" = "$namespace" ] || continue
    [[ $(grep NSpid "$process/status" 2>/dev/null) != *$'\t'"$1" ]] || basename "$process"
  done
}
# strace of the host sees the same.
traced() {
  local tracer pid
  pid=$(host_pid "$(main_pid web.service)")
  strace -f -qq -y -z -s 4096 -e trace=open,openat,openat2,execve -e signal=none -o "$observed/strace" -p "$pid" &
  tracer=$!
  for _ in {1..100}; do
    ! grep -q 'TracerPid:.[1-9]' "/proc/$pid/status" || break
    sleep 0.05
  done
  tries web "read $data_path/two" "opens $data_path" "exec $data_path/program ids" "exec $data_path/script" "map $data_path/one" "stat $data_path/untouched"
  kill -TERM $tracer
  wait $tracer || true
}
# traced_files: what strace saw: opened files and directories, executed ones, and the interpreters of scripts
traced_files() {
  {
    sed -nE 's/.*execve\("([^"]*)".*/\1/p; s/.* = [0-9]+<(.*)>$/\1/p' "$observed/strace"
    ! grep -q 'execve("[^"]*/script"' "$observed/strace" || sed -nE '1s/^#!([^ ]*).*/\1/p' "$observed/data/script"
  } | sed -n 's|^/nix/store/||p' | LC_ALL=C sort -u | xargs
}
as_strace() {
  start web.service
  observing web traced
  same "opened and executed" "$(traced_files)" \
    "$(jq -r '.services[].observation.within | (.executed[], .opened[]) | rtrimstr("/")' "$observed/record.json" | LC_ALL=C sort -u | xargs)"
  [[ $(recorded within.executed) == "data/program data/script"* ]] || fail "executed: $(recorded within.executed)"
  [ "$(recorded within.opened | wc -w)" -ge 5 ] || fail "opened: $(recorded within.opened)"
}

# A restart is recorded from the first program on: the view stays mounted.
restarted() {
  stop api.service db.service
  observing web again
  same "executed" "probe/bin/probe" "$(recorded within.executed)"
  same "incomplete" false "$(incomplete)"
}
again() { guest systemctl restart web.service; }

# If the view is unmounted meanwhile, that is told, and the next one is recorded.
stopped_and_started() {
  observing web off_and_on
  same "opened" "data/one" "$(recorded within.opened)"
  same "incomplete" true "$(incomplete)"
  grep -q "incomplete" "$observed/said" || fail "$(cat "$observed/said")"
}
off_and_on() {
  stop web.service
  until_same "mounts on the host" "" views
  start web.service
  sleep 1.5
  tries web "read $data_path/one"
}

# After a switch to another bundle, the service still has the view that it was started with, and the next one after a restart.
switched() {
  start web.service api.service
  deploy next
  observing web use_web
  same "executed before a restart" "data/program" "$(recorded within.executed)"
  observing web again_and_use
  same "executed with a restart" "data/program probe/bin/probe" "$(recorded within.executed)"
  until_same "number of mounts on the host" 5 eval 'views | wc -w'
  deploy bundle
  guest systemctl restart web.service api.service
}
again_and_use() { again; sleep 1; use_web; }

# A service gets a view of its own by a switch from a bundle in which it has none.
from_shared() {
  local told
  stop web.service api.service
  deploy before no
  start web.service api.service
  until_same "current views" "/run/confinix/view/$(image_id before)/view" guest readlink /run/confinix/views
  same "mounts on the host" 4 "$(views | wc -w)"
  told=$(guest timeout 30 /root/confinix observe /root/bundle web 2>&1) && fail "a shared view is observed"
  [[ $told == *"web.service shares its view with api.service and db.service, and the file system of it with more.service: "* ]] || fail "$told"
  guest sh -c 'cd /etc/systemd/system && rm -rf -- *.service.d confinix-* run-confinix-*'
  install_units "$observed/units" "$observed/bundle"
  show_bundle bundle
  told=$(guest timeout 30 /root/confinix observe /root/bundle web 2>&1) && fail "a view that is still shared is observed"
  [[ $told == *"web.service still has the view that it was started with"* ]] || fail "$told"
  guest systemctl restart web.service api.service || fail "restart"
  observing web use_web
  same "executed" "data/program" "$(recorded within.executed)"
}

# Instances of a template, and names with a dash.
names() {
  start many@one.service two-dash.service
  observing many@one use_instance
  same "opened" "data/one" "$(recorded within.opened)"
  same "name" "many@.service" "$(jq -r '.services | keys[]' "$observed/record.json")"
  observing two-dash use_dash
  same "opened" "data/two" "$(recorded within.opened)"
  stop many@one.service two-dash.service
}
use_instance() { tries many@one "read $data_path/one"; }
use_dash() { tries two-dash "read $data_path/two"; }

ends() {
  signal=TERM observing web use_web
  same "executed" "data/program" "$(recorded within.executed)"
  signal=none observing web use_web --for 3s
  same "executed" "data/program" "$(recorded within.executed)"
  same "seconds" 3 "$(jq '.services[].seconds' "$observed/record.json")"
}

refused() {
  local service told said
  stop web.service
  guest systemctl start bound.service
  while IFS='|' read -r service told; do
    ! said=$(guest timeout 30 /root/confinix observe /root/bundle "$service" -o /root/x.json 2>&1) || fail "$service is observed"
    [[ $said == *"$told"* ]] || fail "$service: $said"
  done <<'TABLE'
web|web.service is not running (inactive): start it (systemctl start web.service), and observe it then
bound|bound.service has the strategy bind
api|shares its view with db.service
many@two|many@two.service is not running (inactive)
TABLE
  guest sh -c 'mv /etc/systemd/system/web.service.d /root/; systemctl daemon-reload; systemctl start web'
  said=$(guest timeout 30 /root/confinix observe /root/bundle web 2>&1) && fail "an unconfined service is observed"
  [[ $said == *"web.service is not confined on this machine: deploy the bundle first"* ]] || fail "$said"
  guest sh -c 'systemctl stop web; mv /root/web.service.d /etc/systemd/system/; mv /etc/systemd/system/web.service /root; systemctl daemon-reload'
  said=$(guest timeout 30 /root/confinix observe /root/bundle web 2>&1) && fail "a service without a unit is observed"
  [[ $said == *"this machine has no web.service"* || $said == *"web.service is not running"* ]] || fail "$said"
  guest sh -c 'mv /root/web.service /etc/systemd/system/; systemctl daemon-reload; systemctl start web'
  said=$(guest timeout 30 /root/confinix observe /root/bundle web -o /nowhere/record.json 2>&1) && fail "there is no such directory"
  [[ $said == *"/nowhere"* ]] || fail "$said"
  same "marks that are left" 0 "$(marks)"
}

# Only what runs is stopped: while an inactive service has a job, systemd takes what it wants for needed, and does not look again.
nothing_left() {
  stop web.service api.service bound.service
  until_same "mounts on the host" "" views
}

it "what a service opens and executes is recorded, and not what others do" own
it "whether /bin/sh was called is recorded" called_shell
it "what is recorded is what strace sees" as_strace
it "a restart is recorded from its first program on" restarted
it "a view that is unmounted meanwhile is told, and the next one recorded" stopped_and_started
it "after a switch, the view that the service has is recorded" switched
it "a switch gives a service a view of its own" from_shared
it "instances and odd names" names
it "SIGTERM and the end of the time write the record too" ends
it "what can't be observed is told" refused
it "views of their own are unmounted with the last service" nothing_left
