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
    serviceConfig.ExecStart = "${exe} serve %n";
  };
in
{
  services = {
    web = served { observe = true; };
    "two-dash" = served { observe = true; };
    "many@" = served { observe = true; };
    api = served { };
    db = served { };
    bound = served { strategy = "bind"; };
  };
}
NIX
mkdir -p "$observed/data/directory"
for name in one two directory/three untouched; do echo "$name" >"$observed/data/$name"; done
printf '#!%s/bin/sh\n:\n' /nowhere >"$observed/data/script"
cp "$PROBE/bin/probe" "$observed/data/program"
export DATA=$observed/data

# observed_bundle DIR [OPTION…]
observed_bundle() { "$confinix" bundle --quiet -f "$observed/services.nix" --strategy image -o "$@"; }
observed_units() {
  local unit
  for unit in web two-dash many@ api db bound; do
    printf '[Service]\nExecStart=%s\n' "$(jq -r ".services[\"$unit.service\"].exec.ExecStart[0]" "$1/bundle.json")" >"$2/$unit.service"
  done
}
observed_bundle "$observed/bundle"
observed_units "$observed/bundle" "$observed/units"
"$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw
install_units "$observed/units" "$observed/bundle"
guest sh -c 'cat >/root/confinix; chmod +x /root/confinix' <"$confinix"
tar -C "$observed" -c bundle | guest tar -C /root -x --no-same-owner
data_path=$(jq -r '.paths | keys[] | select(endswith("-data"))' "$observed/bundle/bundle.json")
probe_store_path=$(jq -r '.paths | keys[] | select(endswith("-probe"))' "$observed/bundle/bundle.json")

# observing SERVICE COMMAND [OPTION…]: runs a function while the service is observed, then ends that with SIGINT
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
  guest pkill -INT -x confinix || true
  wait $observer || code=$?
  same "exit code" 0 "$code"; [ "$code" = 0 ] || fail "$(cat "$observed/said")"
  guest cat /root/record.json >"$observed/record.json"
}
# How many marks on file systems there are.
marks() { guest sh -c 'cat /proc/*/fdinfo/* 2>/dev/null | grep -c "^fanotify sdev:"'; }
# recorded SERVICE KIND: the paths of a kind, without the hashes
recorded() { jq -r ".services[\"$1.service\"].observation.$2[]?" "$observed/record.json" | sed -E 's/^[0-9a-z]{32}-//' | xargs; }

# tries SERVICE TRY…: the service does these one after the other
tries() { printf '%s\n' "${@:2}" | probe ask "$1.service" >/dev/null; }
use_web() { tries web "read $data_path/one" "list $data_path/directory" "read $data_path/missing" "exec $data_path/program ids"; }
use_others() {
  tries api "read $data_path/two"
  tries db "read $data_path/untouched"
}
use_all() { use_others; use_web; }

# What the service opens and executes is recorded, and not what others do with the same files.
own() {
  start web.service api.service db.service
  same "mounts on the host" 5 "$(views | wc -w)"
  observing web use_all
  same "executed" "data/program" "$(recorded web within.executed)"
  same "opened" "data/directory/ data/one" "$(recorded web within.opened)"
  same "not opened" "probe" "$(recorded web untouched)"
  same "beyond" "" "$(recorded web beyond.opened)$(recorded web beyond.executed)"
  same "incomplete" false "$(jq '.services["web.service"].observation.incomplete' "$observed/record.json")"
  same "verdict" observed "$(jq -r '.services["web.service"].verdict' "$observed/record.json")"
  grep -q 'opened 1 of 2 paths of its closure' "$observed/said" || fail "$(cat "$observed/said")"
  same "marks that are left" 0 "$(marks)"
  inside web.service <<TRIES
    list /nix/store = $(printf '%s\n' "$data_path" "$probe_store_path" | listing)
    read /etc/passwd = ENOENT
    create $data_path/new ~ EROFS|ENOENT
TRIES
}

it "what a service opens and executes is recorded, and not what others do" own
