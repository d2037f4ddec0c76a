# `confinix install` on a machine that runs systemd: what it installs starts confined, is changed, taken back and removed
sets=$work/sets
mkdir -p "$sets"

# set NAME DEFINITION: a plain set of services that run the probe. In a definition, SERVE TEXT runs it with a closure for this text.
set_of() {
  local text=$2
  text=$(sed -E 's|SERVE ([a-z0-9]+)|{ Type = "exec"; ExecStart = serve "\1"; }|g' <<<"$text")
  cat >"$sets/$1.nix" <<NIX
let
  exe = "\${builtins.storePath "$(probe_store)"}/bin/probe";
  serve = text: "\${exe} read \${builtins.toFile "text" text} , serve %n";
  confined = serviceConfig: { confinement.enable = true; wantedBy = [ "multi-user.target" ]; inherit serviceConfig; };
in { $text }
NIX
}
probe_store() { probe_path | sed 's|/bin/.*||'; }

install_boot() {
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw --nix /nix --bind "$sets"
  guest sh -c 'cat >/root/confinix; chmod +x /root/confinix' <"$confinix"
  guest systemctl start dbus.socket 2>/dev/null || true
  before=$(machine)
}

# machine: everything that an installation may change, to the byte
machine() {
  guest sh -c 'for place in /etc/systemd /var/lib/confinix /nix/var/nix/gcroots /run/confinix /run/confinement; do
    [ ! -e $place ] || find $place -printf "%p %y %m %l\n"; done | LC_ALL=C sort; find /etc/systemd -type f -exec sha256sum {} + | LC_ALL=C sort'
}

# installs ARGUMENT…: `confinix install`, which must succeed
installs() { said=$(guest /root/confinix --quiet install --strategy "$strategy" "$@" 2>&1) || fail "install $*: exit status $?: $said"; }
# goes ARGUMENT…: the same, for what reads no services
goes() { said=$(guest /root/confinix --quiet install "$@" 2>&1) || fail "install $*: exit status $?: $said"; }

# next_is COMMAND…: these commands are told, and no others
next_is() { same "commands" "$(printf '%s; ' "$@")" "$(commands | sed 's/$/; /' | tr -d '\n')"; }
commands() { sed -n 's/^  \(systemctl .*\)  # .*/\1/p' <<<"$said"; }
# type_them: does what was told
type_them() {
  local line
  while read -r line; do
    guest sh -c "$line" >"$work/typed" 2>&1 </dev/null || fail "$line: exit status $?: $(tail -n 5 "$work/typed")"
  done < <(commands)
}

as_planned() {
  local text
  text=$(guest /root/confinix --quiet status 2>&1) || fail "status: $text"
  [[ $text == *"$1 services as in the bundle, $2 running" || $text == *"1 service as in the bundle, $2 running" ]] || fail "status: $text"
}
sees() {
  same "what $1 sees" "$(closure_of "$1")" "$(told "$1" 'list /nix/store' | sed 's/^[^:]*: //')"
}
closure_of() { guest sh -c "nix-store --query --requisites \$(grep -oE '/nix/store/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+' /etc/systemd/system/$1 | sort -u)" | listing; }

life() {
  local old
  set_of one 'services.web = confined (SERVE one); services.same = confined (SERVE same); services.old = confined (SERVE old);'
  set_of two 'services.web = confined (SERVE two); services.same = confined (SERVE same); services.new = confined (SERVE new);'
  install_boot
  said=$(guest /root/confinix --quiet install --strategy "$strategy" -f "$sets/one.nix" --dry-run 2>&1) && fail "exit status 0: $said"
  same "after a dry run" "$before" "$(machine)"
  installs -f "$sets/one.nix"
  next_is "systemctl enable --now old.service same.service web.service"
  type_them
  as_planned 3 3
  sees web.service
  old=$(guest systemctl show -P InvocationID same.service)
  installs -f "$sets/two.nix"
  next_is "systemctl stop old.service" "systemctl disable old.service" "systemctl enable --now new.service" "systemctl restart web.service"
  same "old.service" active "$(guest systemctl is-active old.service)"
  type_them
  as_planned 3 3
  sees web.service
  sees new.service
  same "the service that did not change" "$old" "$(guest systemctl show -P InvocationID same.service)"
  same "old.service" inactive "$(guest systemctl is-active old.service)"
  same "links" "new.service same.service web.service" "$(guest ls /etc/systemd/system/multi-user.target.wants | xargs)"
  goes --rollback
  next_is "systemctl stop new.service" "systemctl disable new.service" "systemctl enable --now old.service" "systemctl restart web.service"
  type_them
  as_planned 3 3
  goes --uninstall
  next_is "systemctl stop old.service same.service web.service" "systemctl disable old.service same.service web.service"
  type_them
  [ "$strategy" != image ] || until_same "views on the host" "" views
  guest sh -c 'rm -rf /run/confinement /run/confinix'
  same "after everything" "$before" "$(machine)"
}

starters() {
  set_of starters '
    services.tick = { confinement.enable = true; serviceConfig = SERVE tick; };
    timers.tick = { wantedBy = [ "timers.target" ]; timerConfig.OnActiveSec = "1h"; };
    services.sock = { confinement.enable = true; serviceConfig = SERVE sock; };
    sockets.sock = { wantedBy = [ "sockets.target" ]; listenStreams = [ "@sock" ]; };
    services."twin@" = { confinement.enable = true; serviceConfig = SERVE twin; };
    services.alone = { confinement.enable = true; serviceConfig = SERVE alone; };'
  sed 's|"@sock"|"@other"|; s|serve "twin"|serve "twins"|' "$sets/starters.nix" >"$sets/changed.nix"
  install_boot
  installs -f "$sets/starters.nix"
  next_is "systemctl enable --now sock.socket tick.timer" "systemctl start alone.service"
  type_them
  same "states" "active active active inactive" "$(guest systemctl is-active sock.socket tick.timer alone.service tick.service | xargs)"
  start sock.service "twin@a.service"
  installs -f "$sets/changed.nix"
  next_is "systemctl stop sock.service" "systemctl restart sock.socket twin@a.service"
  type_them
  same "states" "active inactive active" "$(guest systemctl is-active sock.socket sock.service twin@a.service | xargs)"
  goes --uninstall
  type_them
}

own_files() {
  set_of one 'services.web = confined (SERVE one);'
  set_of two 'services.web = confined (SERVE two);'
  install_boot
  installs -f "$sets/one.nix"
  guest sh -c 'echo Nice=1 >>/etc/systemd/system/web.service'
  before=$(machine)
  said=$(guest /root/confinix --quiet install --strategy "$strategy" -f "$sets/two.nix" 2>&1) && fail "installed over an edited file"
  [[ $said == *"web.service was edited since it was installed"* ]] || fail "$said"
  same "after a refusal" "$before" "$(machine)"
  guest rm /etc/systemd/system/web.service
  guest sh -c 'mkdir -p /etc/systemd/system/web.service.d; printf "[Service]\nNice=1\n" >/etc/systemd/system/web.service.d/own.conf'
  installs -f "$sets/two.nix"
  goes --uninstall
  same "what is left" "own.conf" "$(guest ls /etc/systemd/system/web.service.d | xargs)"
  guest systemctl mask --now web.service 2>/dev/null
  said=$(guest /root/confinix --quiet install --strategy "$strategy" -f "$sets/two.nix" 2>&1) && fail "installed over a mask"
  [[ $said == *"systemctl unmask web.service"* ]] || fail "$said"
}

killed() {
  local turn edition whole services
  services=$(for number in {1..40}; do echo "services.s$number = confined (SERVE EDITION$number);"; done)
  set_of one "${services//EDITION/one}"
  set_of two "${services//EDITION/two}"
  install_boot
  installs -f "$sets/one.nix"
  whole=$(date +%s%N)
  installs -f "$sets/two.nix"
  whole=$((($(date +%s%N) - whole) / 1000000))
  for turn in {1..12}; do
    edition=one
    [ $((turn % 2)) = 0 ] || edition=two
    guest timeout --signal=KILL "$((whole * (40 + 5 * turn) / 100))e-3" /root/confinix --quiet install --strategy "$strategy" -f "$sets/$edition.nix" >/dev/null 2>&1
    installs -f "$sets/$edition.nix"
    same "the text of s7.service" "$edition" "$(guest sh -c "grep -oE '/nix/store/[^ ]*-text' /etc/systemd/system/s7.service | xargs cat" | sed 's/7$//')"
  done
  type_them
  guest systemctl start $(printf 's%s.service ' {1..40})
  as_planned 40 40
}

other_machine() {
  local other
  rm -rf "$work/other"
  cp -r "$PROBE" "$work/other"
  chmod -R u+w "$work/other"
  printf '\267\0' | dd of="$work/other/bin/probe" bs=1 seek=18 conv=notrunc status=none
  other=$(nix-store --add "$work/other")
  set_of other 'services.web = { confinement.enable = true; serviceConfig.ExecStart = "${builtins.storePath "OTHER"}/bin/probe"; };'
  sed -i "s|OTHER|$other|" "$sets/other.nix"
  install_boot
  for options in --dry-run ""; do
    # shellcheck disable=SC2086
    said=$(guest /root/confinix --quiet install $options --strategy "$strategy" -f "$sets/other.nix" 2>&1) && fail "installed: $said"
    [[ $said == *"which is built for AArch64, and this machine is x86_64"* ]] || fail "$options: $said"
  done
  same "after a refusal" "$before" "$(machine)"
}

collected() {
  set_of one 'services.web = confined (SERVE one) // { serviceConfig = { Type = "exec"; ExecStart = serve "one"; EnvironmentFile = builtins.toFile "variables" "A=b"; }; };'
  set_of two 'services.web = confined (SERVE two);'
  install_boot
  installs -f "$sets/one.nix"
  type_them
  installs -f "$sets/two.nix"
  guest nix-store --gc >"$work/gc" 2>&1 || fail "garbage collection: $(tail -n 3 "$work/gc")"
  type_them
  as_planned 1 1
  goes --rollback
  type_them
  as_planned 1 1
  guest systemctl stop web.service
  goes --uninstall
  guest nix-store --gc >"$work/gc" 2>&1 || fail "garbage collection: $(tail -n 3 "$work/gc")"
  same "store paths that are left" "" "$(guest sh -c 'ls /nix/store | grep -v "^[.]"' | xargs)"
}

"$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw
guest sh -c 'command -v nix-store >/dev/null' || { skip "installations" "no nix in the guest"; return; }
it "what is installed starts, changes, goes back and goes without a trace" life
it "timers, sockets and instances" starters
it "files that confinix did not write" own_files
it "runs that are killed" killed
it "programs for another machine" other_machine
it "garbage collection" collected
