# Files of the closure that a service does not see (confinement.hide; strategy image)
[ "$strategy" = image ] || return 0

# hidden_files: a store path with files of each class, and files that are in none
hidden_files() {
  local dir=$work/hidden file
  for file in include/functions.php include/x.h include/sub/y.hpp lib/libx.a lib/libx.so lib/modules/x.la lib/pkgconfig/x.pc \
    share/doc/x/README share/i18n/charmaps/UTF-8 share/locale/de/x.mo share/man/man1/x.1 share/x/data; do
    mkdir -p "$dir/${file%/*}"
    echo "in $file" >"$dir/$file"
  done
  mkdir "$dir/bin"
  for file in bin/python3 bin/run bin/unused bin/used; do
    printf '#!/bin/sh\n' >"$dir/$file"
    chmod +x "$dir/$file"
  done
  ln -s used "$dir/bin/zq-link"
  ln "$dir/share/doc/x/README" "$dir/share/x/same"
  ln -s share/doc/x/README "$dir/link"
  ln -s share/man "$dir/manuals"
  HIDDEN=$(nix-store --add "$dir")
  mkdir -p "$work/shell/bin"
  printf '#!/bin/dash\n' >"$work/shell/bin/dash"
  chmod +x "$work/shell/bin/dash"
  SHELL_PATH=$(nix-store --add "$work/shell")
  IDLE=$work/idle
  mkdir -p "$IDLE/bin"
  cc -x c - -o "$IDLE/bin/idle" -Wl,--dynamic-linker="$LIBRARIES/lib/$loader" -Wl,-rpath,"$LIBRARIES/lib" \
    <<<'#include <unistd.h>
int main(void) { for (;;) pause(); }'
  export HIDDEN SHELL_PATH IDLE
}
hidden_files
fixture=$here/fixture/hide.nix
"$confinix" bundle --quiet -f "$fixture" -o "$work/hide" --strategy "$strategy"
mkdir "$work/hide-units"
for unit in less whole; do
  line=$(nix_ eval --impure --raw -f "$fixture" "services.$unit.serviceConfig.ExecStart")
  printf '[Service]\nExecStartPre=-%s/bin/run used\nExecStart=%s\n' "$HIDDEN" "$line" >"$work/hide-units/$unit.service"
done
for unit in idle shell; do
  line=$(nix_ eval --impure --raw -f "$fixture" "services.$unit.serviceConfig.ExecStart")
  printf '[Service]\nExecStart=%s\n' "$line" >"$work/hide-units/$unit.service"
done
"$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw --bind "$confinix" --bind "$work/hide"
install_units "$work/hide-units" "$work/hide"
start idle.service less.service shell.service whole.service

hidden() {
  inside less.service <<TRIES
    list $HIDDEN = bin/ include/ lib/ link manuals share/
    list $HIDDEN/share = x/
    list $HIDDEN/include = functions.php
    list $HIDDEN/lib = libx.so modules/
    list $HIDDEN/bin = run used
    stat $HIDDEN/bin/unused = ENOENT
    stat $HIDDEN/bin/zq-link = ENOENT
    read /proc/self/root$HIDDEN/bin/python3 = ENOENT
    read $HIDDEN/bin/../bin/unused = ENOENT
    stat $HIDDEN/share/doc = ENOENT
    stat $HIDDEN/include/sub = ENOENT
    read $HIDDEN/share/man/man1/x.1 = ENOENT
    read $HIDDEN/include/x.h = ENOENT
    read $HIDDEN/share/x/../doc/x/README = ENOENT
    read /proc/self/root$HIDDEN/share/doc/x/README = ENOENT
    read $HIDDEN/link = ENOENT
    list $HIDDEN/manuals = ENOENT
    create $HIDDEN/share/doc = EROFS
    mkdir $HIDDEN/share/man = EROFS
TRIES
}

the_rest() {
  inside less.service <<TRIES
    list /nix/store = $({ roots_of_hide; } | xargs nix-store --query --requisites | listing)
    read $HIDDEN/include/functions.php = in include/functions.php
    read $HIDDEN/share/x/data = in share/x/data
    read $HIDDEN/share/x/same = in share/doc/x/README
    read $HIDDEN/share/x/../x/data = in share/x/data
    read $HIDDEN/lib/modules/x.la = in lib/modules/x.la
    read $HIDDEN/bin/used = #!/bin/sh
TRIES
}
roots_of_hide() { sed -n 's|^ExecStart=\([^ ]*\)/bin/probe .*|\1|p' "$work/hide-units/less.service"; echo "$HIDDEN"; }

beside() {
  inside whole.service <<TRIES
    list $HIDDEN/bin = python3 run unused used zq-link
    list $HIDDEN/share = doc/ i18n/ locale/ man/ x/
    list $HIDDEN/include = functions.php sub/ x.h
    read $HIDDEN/share/man/man1/x.1 = in share/man/man1/x.1
    read $HIDDEN/link = in share/doc/x/README
TRIES
  same "the host's own files" "in share/doc/x/README" "$(guest cat "$HIDDEN/share/doc/x/README")"
}

# Nothing tells what the probe calls, so its shell stays.
shell_of_view() {
  inside shell.service <<TRIES
    read /bin/sh = #!/bin/dash
    list $SHELL_PATH/bin = dash
TRIES
}

# `idle` can't be asked, so what it sees is looked at from outside.
no_shell() {
  local root
  root=/proc/$(guest systemctl show --property MainPID --value idle.service)/root
  guest test -e "$root$SHELL_PATH/bin" || fail "no directory of the shell"
  guest test -e "$root$LIBRARIES/lib" || fail "no libraries"
  for file in /bin/sh "$SHELL_PATH/bin/dash"; do
    if guest test -e "$root$file"; then fail "$file exists"; fi
  done
}

# Bound from the host's store, it is another file than the view's.
another_shell() {
  local text view
  view=$(grep ':/nix/store$' "$work/hide/lib/systemd/system/shell.service.d/zz-confinement.conf")
  guest mkdir /run/systemd/system/shell.service.d
  guest sh -c "printf '%s\n' '[Service]' BindReadOnlyPaths= $view BindReadOnlyPaths=$SHELL_PATH/bin/dash:/bin/sh \
    >/run/systemd/system/shell.service.d/zzz.conf"
  guest systemctl daemon-reload
  guest systemctl restart shell.service
  text=$(guest "$confinix" --quiet status "$work/hide" 2>&1) && fail "status finds no difference"
  [[ $text == *"/bin/sh shows "*"not the view's $SHELL_PATH/bin/dash"* ]] || fail "$text"
  guest rm -r /run/systemd/system/shell.service.d
  guest systemctl daemon-reload
  guest systemctl restart shell.service
  compared
}

compared() {
  local text
  text=$(guest "$confinix" --quiet status "$work/hide" 2>&1) || fail "$text"
}

# `whole` hides nothing but what its rehearsal did not touch, and behaves as before. Both services get another view.
unobserved() {
  local text
  text=$("$confinix" rehearse --quiet -f "$fixture" --strategy "$strategy" --root "$root" --for 1s --no-changes --record "$work/record.json" 2>&1) || fail "$text"
  "$confinix" bundle --quiet -f "$fixture" -o "$work/less" --strategy "$strategy" --rehearsal "$work/record.json" --hide-unobserved 2999-12-31
  same "who calls /bin/sh" '{"idle":false,"less":true,"shell":false,"whole":true}' \
    "$(jq -c '.services | with_entries(.key |= rtrimstr(".service") | .value |= .observation.binSh)' "$work/record.json")"
  same "classes" '["unobserved"]' "$(jq -c '.services["whole.service"].hide' "$work/less/bundle.json")"
  # The guest sees this directory, and not one that takes its place.
  rm -r "$work"/hide/* && cp -r "$work"/less/* "$work/hide"
  install_units "$work/hide-units" "$work/hide"
  guest systemctl restart idle.service less.service shell.service whole.service
  inside whole.service <<TRIES
    list $HIDDEN/bin = run used
    read $HIDDEN/bin/unused = ENOENT
    stat /proc/self/root$HIDDEN/bin/python3 = ENOENT
    list $HIDDEN/share = doc/ i18n/ locale/ man/ x/
TRIES
  # It could call its shell, and did not.
  inside shell.service <<TRIES
    read /bin/sh = ENOENT
    stat $SHELL_PATH/bin/dash = ENOENT
TRIES
  compared
}

it "what is hidden does not exist: by path, .., /proc/self/root, link or listing" hidden
it "the rest of the closure is there" the_rest
it "a service with the same closure and the host see all of it" beside
it "a shell that may be called is at /bin/sh" shell_of_view
it "a shell that nothing calls does not exist, at /bin/sh or in the store" no_shell
it "the running system is as in the bundle" compared
it "a shell that is not the view's is a difference" another_shell
it "what a rehearsal did not touch does not exist, if that is wanted" unobserved
