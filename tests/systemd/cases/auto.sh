# The strategy that `--strategy auto` chooses on different hosts; independent of the strategy under test
[ "$strategy" = bind ] || return 0

# sees_all UNIT: it sees its closure, and can't write to it
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

# A store that is an overlay over another: the kernel refuses a view of it, and auto predicts that.
many='{ services.web = { confinement.enable = true; confinement.packages = builtins.genList (n: builtins.toFile "f${toString n}" "") 300; serviceConfig.ExecStart = builtins.toFile "web" ""; }; }'
on_overlays() {
  local number=$1 expected=$2
  "$confinix" bundle --quiet --expr "$many" -o "$work/on-none" --strategy bind
  mkdir -p "$work"/{empty,view}
  same "strategy on $number overlays, and a view" "$expected" "$(unshare --mount --propagation private sh -euc '
    for overlay in $(seq $1); do mount -t overlay -o ro,lowerdir=/nix/store:$2/empty none /nix/store; done
    "$3" bundle --quiet --expr "$4" -o "$2/on-$1" --strategy auto --target-kernel 6.12 --no-build
    sed -n "s/.*\"strategy\": *\"\([a-z]*\)\".*/\1/p" "$2/on-$1/bundle.json"
    ! mount -t overlay -o ro,lowerdir=$2/empty:/nix/store none "$2/view" 2>/dev/null || echo works
  ' sh "$number" "$work" "$confinix" "$many" | xargs)"
}
it "a store on an overlay is viewed" on_overlays 1 "image works"
it "a store on an overlay over another is not" on_overlays 2 "inherit"
