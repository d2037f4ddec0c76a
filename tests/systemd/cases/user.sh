# Services of the manager of a real user, which has no privileges over the host
manager_of() {
  cat <<UNIT
[Service]
Type=notify
User=tester
RuntimeDirectory=user/4242
RuntimeDirectoryMode=0700
Environment=XDG_RUNTIME_DIR=/run/user/4242 HOME=/home/tester
ExecStart=$1 --user
Delegate=yes
UNIT
}
of_user() {
  guest setpriv --reuid 4242 --regid 4242 --clear-groups env XDG_RUNTIME_DIR=/run/user/4242 HOME=/home/tester "$@"
}
start_user() { of_user systemctl --user start -- "$@" 2>/dev/null || fail "systemctl --user start $*: $(journal | tail -n 20)"; }

# The strategies that users can have: the fixture has services for each.
user_strategy=$strategy
[ "$strategy" != image ] || user_strategy=auto
"$confinix" bundle --quiet --user -f "$here/fixture/user.nix" -o "$work/user" --strategy "$user_strategy"
user_bundle=$work/user/bundle.json
user_exe=$(grep -o '/nix/store/[^ "]*-probe/bin/probe' "$user_bundle" | head -n 1)
extra_path=$(grep -o '/nix/store/[0-9a-z]*-extra' "$user_bundle" | head -n 1)
closure_of_user() { printf '%s\n' "${user_exe%/bin/probe}" "$@" | listing; }

user_store=rw
[ "$strategy" != inherit ] || user_store=ro
boot "$user_store" --nix /nix
guest sh -euc '
  useradd -m -u 4242 tester
  cat >/etc/systemd/system/manager.service
  mkdir -p /etc/systemd/user
  systemctl daemon-reload
' < <(manager_of "$(guest sh -c 'ls /usr/lib/systemd/systemd /lib/systemd/systemd 2>/dev/null | head -n 1')")
tar -C "$work/user/lib/systemd/user" -c . | guest tar -C /etc/systemd/user -x --no-same-owner
for unit in user-plain user-notify user-directories user-told-no user-instance@ user-sections; do
  {
    echo "[Service]"
    # What is started has its root then.
    [ $unit != user-notify ] && echo "Type=exec" || echo "Type=notify"
    [ $unit != user-told-no ] || echo "PrivateUsers=no"
    [ $unit != user-directories ] || printf 'StateDirectory=probe\nRuntimeDirectory=probe\n'
    case $unit in
      user-notify) echo "ExecStart=$user_exe notify READY=1 , serve %n" ;;
      *) echo "ExecStart=$user_exe serve %n" ;;
    esac
  } | guest sh -c "cat >/etc/systemd/user/$unit.service"
done
start manager.service

sees_only_its_closure() {
  start_user "$1"
  inside "$1" <<TRIES
    list /nix/store = $(closure_of_user "${@:2}")
    ids = 4242:4242
    read /etc/passwd = ENOENT
    list /home = ENOENT
    create /nix/store/new ~ EROFS|EACCES
    create /new ~ EROFS|EACCES
    create /tmp/new = ok
TRIES
}

shows_no_runtime_directory() {
  start_user user-plain.service
  inside user-plain.service <<TRIES
    list /run/user = ENOENT
TRIES
}

directories() {
  start_user user-directories.service
  inside user-directories.service <<TRIES
    list /nix/store = $(closure_of_user)
    env RUNTIME_DIRECTORY = /run/user/4242/probe
    create /run/user/4242/probe/new = ok
    write /etc/hostname = ENOENT
TRIES
  local state
  state=$(told user-directories.service env STATE_DIRECTORY)
  case $state in
    /home/tester/*/probe) ;;
    *) fail "STATE_DIRECTORY is $state" ;;
  esac
  same "a file in the state directory" ok "$(told user-directories.service create "$state/new")"
  guest test -e "$state/new" || fail "$state/new does not exist on the host"
}

# A user manager can't mount without a user namespace: before systemd 257 it fails, since then it makes one nevertheless.
told_no() {
  if [ "$(systemd_version)" -lt 257 ]; then
    ! of_user systemctl --user start user-told-no.service 2>/dev/null || fail "it started"
  else
    sees_only_its_closure user-told-no.service
  fi
}

refused_for_users() {
  local said
  said=$("$confinix" bundle --user -f "$here/fixture/user.nix" -o "$work/no-user" --strategy image 2>&1) && fail "image was accepted"
  [[ $said == *"the manager of a user can't mount views: set confinement.strategy to bind or auto"* ]] || fail "it said: $said"
  for command in "enter --ls" "rehearse"; do
    # shellcheck disable=SC2086
    said=$("$confinix" $command "$work/user" $([ "$command" != "enter --ls" ] || echo user-plain) 2>&1) && fail "$command was accepted"
    [[ $said == *"services of user managers"* ]] || fail "$command said: $said"
  done
}

confinix_of_user() { of_user NIX_REMOTE=daemon "$work/confinix-of-user" --quiet "$@" 2>&1; }
# The directory of the test is not that of the guest.
copy_for_user() {
  guest sh -c "mkdir -p $work; chmod 755 $work; cat >$work/confinix-of-user; chmod 755 $work/confinix-of-user" <"$confinix"
  tar -C "$work" -c user | guest tar -C "$work" -x --no-same-owner
}

as_planned_for_users() {
  local text
  copy_for_user
  start_user user-plain.service user-notify.service user-directories.service user-instance@one.service
  text=$(confinix_of_user status "$work/user") || fail "$text"
  [[ $text == *"7 services as in the bundle, "*" running"* ]] || fail "$text"
}

drifts_of_users() {
  local text
  guest sh -c "echo UMask=0077 >>/etc/systemd/user/user-notify.service.d/zz-confinement.conf
    mkdir -p /home/tester/.config/systemd/user/user-directories.service.d
    printf '[Service]\nBindReadOnlyPaths=/usr/share\n' >/home/tester/.config/systemd/user/user-directories.service.d/zzz.conf
    chown -R tester /home/tester/.config
    mv /etc/systemd/user/user-plain.service.d /etc/systemd/user/user-gone.service.d"
  of_user systemctl --user daemon-reload
  of_user systemctl --user restart user-plain.service user-directories.service || fail "$(journal | tail -n 20)"
  text=$(confinix_of_user status "$work/user" --format json) && fail "exit status 0: $text"
  same "differences" "- drop-in-left-over
user-directories.service mount-added
user-directories.service setting-changed
user-notify.service drop-in-changed
user-plain.service drop-in-missing
user-plain.service unconfined" "$(jq -r '(.services | to_entries[] | .key as $name | .value.differences[] | $name + " " + .kind), (.differences[] | "- " + .kind)' <<<"$text" | LC_ALL=C sort)"
  text=$(guest "$work/confinix-of-user" status "$work/user" 2>&1) && fail "root: $text"
  [[ $text == *"run this as the user whose services they are"* ]] || fail "root: $text"
}

installed_by_user() {
  local text before
  guest sh -c "rm -rf /etc/systemd/user/*.d /home/tester/.config/systemd; mkdir -p /nix/var/nix/gcroots/per-user/tester; chown tester /nix/var/nix/gcroots/per-user/tester"
  guest sh -c '"$0" >/dev/null 2>&1 &' "$(guest sh -c 'command -v nix-daemon')"
  of_user systemctl --user daemon-reload
  before=$(of_user find /home/tester /nix/var/nix/gcroots | sort)
  text=$(confinix_of_user install "$work/user") || fail "$text"
  [[ $text == *"systemctl --user restart "*"user-notify.service"* ]] || fail "$text"
  of_user systemctl --user restart user-plain.service user-directories.service user-notify.service user-instance@one.service
  sees_only_its_closure user-plain.service
  text=$(confinix_of_user status --user) || fail "$text"
  guest test -L "/nix/var/nix/gcroots/per-user/tester/confinix/1/$(basename "${user_exe%/bin/probe}")" || fail "nothing keeps the probe"
  text=$(confinix_of_user install --user --uninstall) || fail "$text"
  same "what is left" "$before" "$(of_user find /home/tester /nix/var/nix/gcroots | grep -vE '^/home/tester/[.](config/systemd(/user)?|local(/state)?)$' | sort)"
}

only_of_users() {
  same "services" "user-directories.service user-instance@.service user-notify.service user-plain.service user-sections.service user-told-no.service" \
    "$(nix_ eval --raw --impure --expr "with builtins; concatStringsSep \" \" (attrNames (fromJSON (readFile $user_bundle)).services)")"
  "$confinix" verify --offline "$work/user" >/dev/null || fail "it is not verified"
}

it "the bundle has services of users only" only_of_users
it "sees its closure and nothing else" sees_only_its_closure user-plain.service
it "sees nothing of the runtime directory" shows_no_runtime_directory
it "Type=notify" sees_only_its_closure user-notify.service
it "an instance of a template" sees_only_its_closure user-instance@one.service
it "a unit in the shape of home-manager, with a package" sees_only_its_closure user-sections.service "$extra_path"
it "directories of the user" directories
it "PrivateUsers=no" told_no
it "image, enter and rehearse are refused" refused_for_users
it "what runs is as in the bundle" as_planned_for_users
it "what differs is told" drifts_of_users
it "the user installs, changes and removes services" installed_by_user
