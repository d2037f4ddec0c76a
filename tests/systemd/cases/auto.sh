# What `--strategy auto` takes on hosts that differ; the same whatever strategy is tried
[ "$strategy" = bind ] || return 0

# sees_all UNIT: its closure, and can't write to it
sees_all() {
  start "$1"
  inside "$1" <<TRIES
    list /nix/store = $(closure "$1")
    write $(roots "$1" | grep config) = EROFS
    create /nix/store/new = EROFS
TRIES
}

# auto STORE EXPECTED OPTION…: all services get the strategy EXPECTED
auto() {
  local store=$1 expected=$2 bundle=$work/auto-$1
  strategy=auto bundle "$bundle" one --target-kernel 4.19 "${@:3}"
  same "strategies" "$expected" "$(grep -oE '"strategy": ?"[a-z]*"' "$bundle/bundle.json" | cut -d '"' -f 4 | sort -u | xargs)"
  same "BindPaths= in drop-ins" "$([ "$expected" = inherit ] && echo yes)" "$(grep -rqE '^BindPaths=/nix/store' "$bundle/lib" && echo yes)"
  strategy=$expected boot "$store"
  install_units "$work/units" "$bundle"
  sees_all root-full-default.service
  same "new files in the host's store" "$([ "$store" = rw ] && echo possible)" "$(guest sh -c 'touch /nix/store/new && echo possible' 2>/dev/null)"
}

it "a writable store is never inherited" auto rw bind --store-read-only no
it "a read-only store is inherited" auto ro inherit --store-read-only yes
