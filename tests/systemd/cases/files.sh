# Files with all kinds of names and types, in a separate store, where files can be hard-linked as `nix-store --optimise` does
paths=$(nix-store --query --requisites "$ODD" $(roots odd-files.service) $(roots dynamic.service))
nix_ copy --quiet --no-check-sigs --to "local?root=$work/odd-store" $paths
copy=$work/odd-store$ODD
chmod u+w "$copy"
ln -f "$copy/first" "$copy/second"
chmod u-w "$copy"
touch -d @1 "$copy"
boot ro --nix "$work/odd-store/nix"

on_host() { "$PROBE/bin/probe" "$@" | sed 's/^[^:]*: //'; }

odd_names() {
  local listed
  listed=$(on_host list "$ODD" 2)
  start odd-files.service
  same "names inside" "$listed" "$(told odd-files.service list "$ODD" 2)"
  same "number of names" 19 "$(on_host list "$ODD" 2 | sed 's/ blanks /blanks/; s/=b c/=bc/' | LC_ALL=C.UTF-8 wc -w)"
  inside odd-files.service <<TRIES
    list /nix/store      = $({ nix-store --query --requisites $(roots odd-files.service); echo "$ODD"; } | listing)
    digest $ODD          = $(on_host digest "$ODD")
    list $ODD/empty      =
    list $ODD/deep       = empty/
    bytes $ODD/nothing   = 0
    read $ODD/.wh.file   = in .wh.file
    stat $ODD/link       ~ ^symlink
    read $ODD/link       ~ ^in
    read $ODD/dangling   = ENOENT
    create $ODD/empty/x  = EROFS
    remove $ODD/empty    = EROFS
TRIES
}

hard_links() {
  [ "$(stat -c %h "$copy/first")" -ge 2 ] || fail "there are no hard links"
  start odd-files.service
  inside odd-files.service <<TRIES
    same $ODD/first $ODD/second  = yes
    same $ODD/first $ODD/nothing = no
    read $ODD/first              = twice
    read $ODD/second             = twice
    write $ODD/second            = EROFS
    remove $ODD/first            = EROFS
TRIES
}

# Opening a path outside the closure, but in the same store, by its file handle: real root can open any file of a file system of
# which it sees a directory. A view is a file system of its own.
handles() {
  local other handle reached=ok
  [ "$strategy" != image ] || reached=ESTALE
  other=$(roots dynamic.service)
  handle=$(probe handle "$other" | sed 's/.*: //')
  [[ $handle == [0-9]*:* ]] || fail "no handle of $other: $handle"
  start host-users.service odd-files.service
  inside host-users.service <<TRIES
    list $other = ENOENT
    reach $handle $(probe_path | sed 's|/bin/probe||') = $reached
TRIES
  inside odd-files.service <<TRIES
    list $other = ENOENT
    reach $handle $ODD = EPERM
TRIES
}

it "names that are no UTF-8, have newlines or 255 bytes; empty directories and files" odd_names
it "hard links" hard_links
it "file handles, for root with PrivateUsers=false and without" handles
