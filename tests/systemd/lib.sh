# What cases are written in. Sourced by ./run.

nix_() { nix --extra-experimental-features nix-command --option substituters '' "$@"; }

# bundle DIR [EDITION]: what confinix makes of the fixture
bundle() {
  local strategy_option=()
  [ "$strategy" = bind ] || strategy_option=(--strategy "$strategy")
  PROBE=$work/probe EDITION=${2-one} "$confinix" bundle -f "$here/fixture/default.nix" -o "$1" "${strategy_option[@]}"
}

# units DIR [EDITION]: the same services' own unit files
units() {
  PROBE=$work/probe EDITION=${2-one} nix_ eval --impure --write-to "$1" -f "$here/fixture/units.nix"
}

# boot: a fresh guest with the fixture's units and bundle in it. Its store is writable, so that it is the
# drop-ins which protect it; `inherit` is for read-only stores alone.
boot() {
  local store=rw
  [ "$strategy" != inherit ] || store=ro
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store "${1-$store}"
  install_units "$work/units" "$work/bundle"
}

# install UNITS BUNDLE: as NixOS puts both into /etc/systemd/system
install_units() {
  tar -C "$1" -c . | guest tar -C /etc/systemd/system -x --no-same-owner
  tar -C "$2/lib/systemd/system" -c . | guest tar -C /etc/systemd/system -x --no-same-owner
  guest systemctl daemon-reload
}

guest() { "$here/guest" run "proof-$$" -- "$@"; }
start() { guest systemctl start -- "$@" 2>/dev/null || fail "systemctl start $*: $(guest journalctl -n 5 -o cat)"; }
stop() { guest systemctl stop -- "$@" || fail "systemctl stop $*: exit status $?"; }
probe() { guest "$(probe_path)" "$@"; }
probe_path() { sed -n 's|^ExecStart=\([^ ]*\).*|\1|p' "$work/units/root-full-default.service"; }

# closure UNIT: what the store must show inside, as the probe lists it: asked from Nix, not from confinix
closure() { nix-store --query --requisites $(roots "$1") | listing; }

# roots UNIT: the store paths in its Exec lines
roots() { sed -n '/^Exec/p' "${units_dir-$work/units}/$1" | grep -oE '/nix/store/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+' | sort -u; }

# store paths, a line each, as the probe lists a directory of them
listing() {
  local path
  while read -r path; do
    [ -d "$path" ] && [ ! -L "$path" ] && path+=/
    echo "${path#/nix/store/}"
  done | LC_ALL=C sort -u | paste -sd ' '
}

# nix_fixture ATTRIBUTE: a store path of the fixture
nix_fixture() { PROBE=$work/probe EDITION=one nix_ eval --impure --raw -f "$here/fixture/default.nix" "$1"; }

systemd_version() { guest systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p'; }

main_pid() { guest systemctl show -P MainPID "$1"; }

# said UNIT: what its commands printed
said() { guest journalctl --sync; guest journalctl --unit "$1" --output cat _TRANSPORT=stdout; }

# drop_in UNIT NAME LINE...
drop_in() {
  printf '%s\n' "${@:3}" | guest sh -c "mkdir -p /etc/systemd/system/$1.d; cat >/etc/systemd/system/$1.d/$2"
  guest systemctl daemon-reload
}

# until_state STATE UNIT: waits at most 5 s
until_state() {
  for _ in {1..100}; do
    [ "$(guest systemctl is-active "$2")" != "$1" ] || return 0
    sleep 0.05
  done
  fail "$2 did not become $1"
}

# it NAME COMMAND...: one case
it() {
  failures=()
  "${@:2}" || true # what counts is in failures
  if [ ${#failures[@]} = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $cases: $1"
  else
    failed=$((failed + 1))
    echo "FAILED  $cases: $1"
    printf '          %s\n' "${failures[@]}"
  fi
}

# skip NAME REASON: a case that this guest can't show
skip() {
  skipped=$((skipped + 1))
  echo "skipped $cases: $1: $2"
}

fail() { failures+=("$*"); }

# same WHAT EXPECTED FOUND
same() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }

# inside UNIT: tries of the probe in a running service, each with what must come of it.
# Standard input has lines `TRY = RESULT`, or `TRY ~ REGEX`.
inside() {
  local unit=$1 line tries=() wanted=() answers i
  while read -r line; do
    [[ $line =~ ^(.*[^ ])\ +([=~])\ ?(.*)$ ]] || continue
    tries+=("${BASH_REMATCH[1]}")
    wanted+=("${BASH_REMATCH[2]}${BASH_REMATCH[3]}")
  done
  mapfile -t answers < <(printf '%s\n' "${tries[@]}" | probe ask "$unit" 2>&1)
  for i in "${!tries[@]}"; do
    case ${wanted[i]} in
      =*) [ "=${answers[i]-}" = "${wanted[i]}" ] ;;
      ~*) [[ ${answers[i]-} =~ ${wanted[i]#\~} ]] ;;
    esac || fail "$unit: ${tries[i]}: expected ${wanted[i]}, found '${answers[i]-nothing}'"
  done
}
