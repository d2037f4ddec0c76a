# `confinix enter` shows what the service later sees under systemd
boot

# entered UNIT TRY…: what the probe prints in the root that bubblewrap makes
entered() {
  local exe tries=("${@:2}") words=() try
  exe=$(probe_path)
  for try in "${tries[@]}"; do words+=($try ,); done
  unset 'words[-1]'
  "$confinix" enter --quiet "$work/bundle" "$1" -- "$exe" "${words[@]}" 2>&1
}

# Presets show this machine's files, which are the guest's only if it has the same root.
[ "$root" != / ] || presets=presets-chroot

same_root() {
  local unit tries=("$@") i found
  for unit in {root,static,dynamic}-{full,chroot}-{default,tmp,notmp} sh-absent sh-present packages linked dirs-dynamic ${presets-}; do
    start "$unit.service"
    mapfile -t found < <(entered "$unit" "${tries[@]}" | sed 's/^[^:]*: //')
    for i in "${!tries[@]}"; do
      same "$unit: ${tries[i]}" "$(told "$unit.service" "${tries[i]}")" "${found[i]-nothing}"
    done
    stop "$unit.service"
  done
}

# Files, directories, and symlinks to both and to one another: a few, and more than bubblewrap mounts quickly.
many() {
  local paths shown
  MANY=$1 bundle "$work/many-$1" one -s many
  mapfile -t paths < <(MANY=$1 nix_fixture addedPaths | xargs nix-store --query --requisites $(roots many.service) | LC_ALL=C sort -u)
  shown=$("$confinix" enter --quiet "$work/many-$1" many -- "$(probe_path)" list /nix/store , digest '/nix/store/*' 2>&1)
  same "paths" "$(printf '%s\n' "${paths[@]##*/}")" "$(sed -n '1s/^[^:]*: //p' <<<"$shown" | tr -d / | tr ' ' '\n')"
  same "content" "digest /nix/store/*: $(digest "${paths[@]}")" "$(sed -n 2p <<<"$shown")"
}

[ -n "$(command -v bwrap)" ] || { skip "the same root" "bwrap is missing"; return; }
it "the roots have the same directories" same_root "list /" "list /var" "list /etc" "list /usr" "list /nix" "list /nix/store" "list /bin"
it "the same is writable" same_root "create /new" "create /etc/new" "mkdir /nix/new" "create /tmp/new" "create /var/lib/state/new" "read /etc/passwd"
it "store paths of every kind" many 50
it "2,000 of them" many 2000
