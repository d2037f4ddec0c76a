# Functions for cases. Sourced by ./run.

nix_() { nix --extra-experimental-features nix-command "$@"; }

# programs: the probe, once static and once with its libraries in a store path
programs() {
  local rust=(rustc --edition 2024 -O -C strip=symbols "$here/probe/main.rs") library
  mkdir -p "$work"/{probe,dynamic}/bin "$work/libraries/lib"
  "${rust[@]}" -C target-feature=+crt-static -o "$work/probe/bin/probe"
  "${rust[@]}" -C target-feature=-crt-static -o "$work/dynamic/bin/probe"
  for library in $(ldd "$work/dynamic/bin/probe" | grep -oE '/[^ ]+'); do
    cp -L "$library" "$work/libraries/lib"
    [[ $library != */ld-* ]] || loader=${library##*/}
  done
  export LIBRARIES
  LIBRARIES=$(nix-store --add "$work/libraries")
  "${rust[@]}" -C target-feature=-crt-static -o "$work/dynamic/bin/probe" \
    -C "link-args=-Wl,--dynamic-linker=$LIBRARIES/lib/$loader -Wl,-rpath,$LIBRARIES/lib"
  export PROBE=$work/probe DYNAMIC=$work/dynamic
}

# odd_files: a store path with every kind of name that Linux allows
odd_files() {
  local dir=$work/odd name
  mkdir -p "$dir"/{empty,deep/empty,$'\xe9'}
  for name in $'new\nline' $'\xff\xfe' $'\xe9/\xff' "$(printf 'n%.0s' {1..255})" ' blanks ' 'a=b c\d"e%:,' .hidden .wh.file .wh..wh..opq; do
    printf 'in %s\n' "$name" >"$dir/$name"
  done
  : >"$dir/nothing"
  echo twice | tee "$dir/first" >"$dir/second"
  printf '#!/bin/sh\n' >"$dir/executable"
  chmod +x "$dir/executable"
  ln -s $'\xff\xfe' "$dir/link"
  ln -s $'no\nwhere' "$dir/dangling"
  export ODD
  ODD=$(nix-store --add "$dir")
}

# bundle DIR [EDITION [OPTION…]]: makes the fixture's bundle
bundle() {
  EDITION=${2-one} "$confinix" bundle --quiet -f "$here/fixture/default.nix" -o "$1" --strategy "$strategy" "${@:3}"
}

# units DIR [EDITION]: writes the unit files of the same services
units() {
  EDITION=${2-one} nix_ eval --impure --write-to "$1" -f "$here/fixture/units.nix"
}

# derivation BUNDLE: the store path that nix/from-bundle.nix makes from it
derivation() {
  nix-build --no-out-link -E "import $here/../../nix/from-bundle.nix { pkgs = import $here/../nix/pkgs.nix { }; bundle = $1; }" 2>"$work/nix-build" || cat "$work/nix-build" >&2
}

# boot [STORE [OPTION…]]: boots a fresh guest with the fixture's units and bundle. Its store is writable, so only the drop-ins
# protect it, except with `inherit`, which is for read-only stores.
boot() {
  local store=rw
  [ "$strategy" != inherit ] || store=ro
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store "${1-$store}" "${@:2}"
  install_units "$work/units" "$work/bundle"
}

# install_units UNITS BUNDLE: copies both to /etc/systemd/system
install_units() {
  tar -C "$1" -c . | guest tar -C /etc/systemd/system -x --no-same-owner
  tar -C "$2/lib/systemd/system" -c . | guest tar -C /etc/systemd/system -x --no-same-owner
  guest systemctl daemon-reload
}

# link_units UNITS DERIVATION: like NixOS, a directory of symlinks into the store, behind a symlink that is switched in one step
link_units() {
  switch_link "$@"
  guest systemctl daemon-reload
}
# The same without a reload of systemd.
switch_link() {
  tar -C "$1" -c . | guest sh -c '
    set -e
    [ -L /etc/systemd/system ] || mv /etc/systemd/system /etc/distribution
    rm -rf /etc/next
    mkdir /etc/next
    cp -RP /etc/distribution/. /etc/next
    tar -C /etc/next -x --no-same-owner
    for file in '"$2"'/lib/systemd/system/*; do
      to=/etc/next/${file##*/}
      if [ -d "$file" ]; then
        mkdir -p "$to"
        ln -s "$file"/* "$to"
      else
        ln -s "$file" "$to"
      fi
    done
    generation=/etc/generation-$(date +%N)
    mv /etc/next "$generation"
    mkdir -p /etc/static
    ln -sfn "$generation" /etc/static/system
    [ -L /etc/systemd/system ] || ln -s /etc/static/system /etc/systemd/system'
}

guest() { "$here/guest" run "proof-$$" -- "$@"; }
start() { guest systemctl start -- "$@" 2>/dev/null || fail "systemctl start $*: $(journal | tail -n 20)"; }
stop() { guest systemctl stop -- "$@" || fail "systemctl stop $*: exit status $?"; }
probe() { guest "$(probe_path)" "$@"; }
probe_path() { sed -n 's|^ExecStart=\([^ ]*\).*|\1|p' "$work/units/root-full-default.service"; }

# closure UNIT: what the store must show in the service's root, in the probe's format, according to Nix, not to confinix
closure() { nix-store --query --requisites $(roots "$1") | listing; }

# roots UNIT: the store paths in its Exec lines
roots() { sed -n '/^Exec/p' "${units_dir-$work/units}/$1" | grep -oE '/nix/store/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+' | sort -u; }

# formats store paths, one per line, as the probe lists a directory of them
listing() {
  local path
  while read -r path; do
    [ -d "$path" ] && [ ! -L "$path" ] && path+=/
    echo "${path#/nix/store/}"
  done | LC_ALL=C sort -u | paste -sd ' '
}

# nix_fixture ATTRIBUTE: a store path of the fixture
nix_fixture() { EDITION=one nix_ eval --impure --raw -f "$here/fixture/default.nix" "$1"; }

# digest PATH…: what the probe reports about these trees on the host
digest() { "$PROBE/bin/probe" digest "$@" | sed 's/.*: //'; }

systemd_version() { guest systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p'; }

main_pid() { guest systemctl show -P MainPID "$1"; }

# said UNIT: the output of its commands
said() { guest journalctl --sync; guest journalctl --unit "$1" --output cat _TRANSPORT=stdout; }

# drop_in UNIT NAME LINE...
drop_in() {
  printf '%s\n' "${@:3}" | guest sh -c "mkdir -p /etc/systemd/system/$1.d; cat >/etc/systemd/system/$1.d/$2"
  guest systemctl daemon-reload
}

# journal: all of it. The last output of a process before it died may belong to no unit.
journal() { guest journalctl --sync; guest journalctl --output cat; }

# views: the mounts of views on the host
views() { guest cat /proc/self/mountinfo | cut -d ' ' -f 5 | grep -E '^/run/confinix/' | sort | xargs; }

# until_state STATE UNIT: waits at most 5 s
until_state() {
  for _ in {1..100}; do
    [ "$(guest systemctl is-active "$2")" != "$1" ] || return 0
    sleep 0.05
  done
  fail "$2 did not become $1"
}

# until_same WHAT EXPECTED COMMAND…: waits at most `patience` seconds (5) for a command to print the expected text
until_same() {
  local found end=$((SECONDS + ${patience-5}))
  while found=$("${@:3}"); [ "$found" != "$2" ] && [ $SECONDS -le $end ]; do
    sleep 0.05
  done
  same "$1" "$2" "$found"
}

# it NAME COMMAND...: one case
it() {
  failures=()
  "${@:2}" || true # the result is in failures
  if [ ${#failures[@]} = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $cases: $1"
  else
    failed=$((failed + 1))
    echo "FAILED  $cases: $1"
    printf '          %s\n' "${failures[@]}"
  fi
}

# skip NAME REASON: a case that can't run in this guest
skip() {
  skipped=$((skipped + 1))
  echo "skipped $cases: $1: $2"
}

fail() {
  local text=$*
  failures+=("${text:0:1500}")
}

# same WHAT EXPECTED FOUND
same() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }

# told UNIT TRY…: the answers of the probe in a running service
told() { echo "${*:2}" | probe ask "$1"; }

# inside UNIT: lets the probe in a running service try things, and compares the results.
# Standard input has lines `TRY = RESULT` or `TRY ~ REGEX`.
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
