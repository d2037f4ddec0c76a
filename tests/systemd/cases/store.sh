# The parts of the closure: binSh, packages, symlinked store paths, the whole unit
boot

shell_absent() {
  start sh-absent.service
  inside sh-absent.service <<TRIES
    stat /bin = ENOENT
    exec /bin/sh ids = ENOENT
TRIES
}

# the probe itself serves as the shell
shell_present() {
  start "$1"
  inside "$1" <<TRIES
    list /bin = sh
    exec /bin/sh ids = ids: 0:0
    create /bin/other = EROFS
TRIES
}

extra_text='an extra path'

named() { # UNIT ROOT…: the closure of its Exec lines and of these closure roots
  local unit=$1
  shift
  nix-store --query --requisites $(roots "$unit") "$@" | listing
}

package() {
  local extra
  extra=$(nix_fixture extra)
  start packages.service
  inside packages.service <<TRIES
    list /nix/store = $(named packages.service "$extra")
    read $extra = $extra_text
TRIES
}

linked_package() {
  local extra link kind='file'
  [ "$strategy" != image ] || kind='symlink 0777 0:0'
  extra=$(nix_fixture extra) link=$(nix_fixture link)
  start linked.service
  inside linked.service <<TRIES
    list /nix/store = $(named linked.service "$link")
    read $link = $extra_text
    stat $link ~ ^$kind
    read $extra = $extra_text
TRIES
}

only_exec() {
  local extra
  extra=$(nix_fixture extra)
  start only-exec.service whole.service
  inside only-exec.service <<TRIES
    env EXTRA = $extra
    read $extra = ENOENT
    list /nix/store = $(closure only-exec.service)
TRIES
  inside whole.service <<TRIES
    env EXTRA = $extra
    read $extra = $extra_text
    list /nix/store = $(named whole.service "$extra")
TRIES
}

it "/bin/sh is absent" shell_absent
it "/bin/sh is what binSh names" shell_present sh-present.service
it "/bin/sh is what binSh names through a symlinked store path" shell_present sh-linked.service
it "a path in packages is inside" package
it "a symlinked path in packages is inside, with what it points to" linked_package
it "Exec dependencies alone, or with fullUnit the whole unit" only_exec
