# Input that must not become a bundle, and the error message for it.

# bad NAME DEFINITION TEXT [VALUE]: a bundle of VALUE (default: of the services `given`) is refused
bad() {
  check "refused: $1" refuses "$3" build -E "$(prelude_with "$2") bundle (${4-plain})"
}

bad "no service" 'given = { };' "there is no service to confine"
bad "an unknown mode" 'given = web { mode = "jail"; };' 'web.service: confinement.mode is "jail"
full-apivfs or chroot-only'
bad "a mode that is no string" 'given = web { mode = 7; };' 'services.web: confinement.mode'
bad "an unknown option" 'given = web { pakages = [ ]; };' 'services.web: confinement.pakages is unknown'
bad "a package that is not a store path" 'given = web { packages = [ packages.ledger "hello" ]; };' \
  'services.web: confinement.packages[1] is "hello", which names no path in /nix/store'
bad "a package that is no package" 'given = web { packages = [ 7 ]; };' 'services.web: confinement.packages[0]'
bad "a /bin/sh that does not exist" 'given = web { binSh = "${packages.server}/bin/sh"; };' 'cannot confine web.service
binSh is /nix/store/
which does not exist'
bad "a service name with odd characters" 'given."a b" = (web { }).web;' '"a b.service" is not the name of a service unit'
bad "a service that is called nothing" 'given."@x" = (web { }).web;' '"@x.service" is not the name of a service unit'
bad "a unit that exists nowhere" 'given.gone.confinement.enable = true;' 'gone.service has no Exec line
none of the packages in systemd.packages ships it'
bad "a root directory of its own" 'given.web = (web { }).web // { serviceConfig = { ExecStart = "/x"; RootDirectory = "/srv"; }; };' \
  'cannot confine web.service: it sets RootDirectory=/srv,'
bad "a tmpfs over the root" 'given.web = (web { }).web // { serviceConfig = { ExecStart = "/x"; TemporaryFileSystem = "/:ro"; }; };' \
  'cannot confine web.service: it sets TemporaryFileSystem=/:ro,'
bad "a services value of another version" '' 'the services value has the version 3, not 2
from the same release' '(services shop) // { version = 3; }'
bad "a services value for another store" '' 'for the store "/gnu/store"' '(services shop) // { storeDir = "/gnu/store"; }'
bad "what is no services value" '' 'is not a services value' 'shop'
bad "an unknown strategy" 'given = web { strategy = "magic"; };' 'web.service: confinement.strategy is "magic"; expected one of auto, bind, inherit, image'
