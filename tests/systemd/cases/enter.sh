# What `confinix enter` shows beforehand is what the service sees under systemd
boot

# entered UNIT TRY…: what the probe prints in the root that bubblewrap makes
entered() {
  local exe tries=("${@:2}") words=() try
  exe=$(probe_path)
  for try in "${tries[@]}"; do words+=($try ,); done
  unset 'words[-1]'
  "$confinix" enter --quiet "$work/bundle" "$1" -- "$exe" "${words[@]}" 2>&1
}

# What presets show is this machine's, and the guest's only where it has the same root.
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

[ -n "$(command -v bwrap)" ] || { skip "the same root" "bwrap is missing"; return; }
it "the roots have the same directories" same_root "list /" "list /var" "list /etc" "list /usr" "list /nix" "list /nix/store" "list /bin"
it "the same is writable" same_root "create /new" "create /etc/new" "mkdir /nix/new" "create /tmp/new" "create /var/lib/state/new" "read /etc/passwd"
