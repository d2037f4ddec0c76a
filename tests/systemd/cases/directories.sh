# What systemd gives a service besides its closure
boot
guest sh -c 'echo top secret >/etc/secret; chmod 600 /etc/secret; hostname -F /etc/hostname'

# They are writable and kept across a restart (except RuntimeDirectory=), and nothing else became writable.
kept() {
  local unit=$1
  start "$unit"
  inside "$unit" <<TRIES
    create /var/lib/state/new one    = ok
    create /var/cache/cache/new one  = ok
    create /var/log/logs/new one     = ok
    create /run/runtime/new one      = ok
    create /var/lib/new    ~ EROFS|EACCES
    create /var/new        ~ EROFS|EACCES
    create /nix/store/new  ~ EROFS|EACCES
    list /var/lib ~ ^(private/ )?state/?$
TRIES
  guest systemctl restart "$unit"
  inside "$unit" <<TRIES
    read /var/lib/state/new   = one
    read /var/cache/cache/new = one
    read /var/log/logs/new    = one
    read /run/runtime/new     = ENOENT
    env RUNTIME_DIRECTORY     = /run/runtime
    remove /var/lib/state/new    = ok
    remove /var/cache/cache/new  = ok
    remove /var/log/logs/new     = ok
    list /nix/store = $(closure "$unit")
TRIES
  stop "$unit"
}

etc() {
  # A new root has neither.
  guest mkdir -p /etc/ssl/certs
  guest sh -c 'echo host >/etc/hostname'
  start etc.service
  inside etc.service <<TRIES
    list /etc = hostname ssl/
    read /etc/hostname = host
    list /etc/ssl ~ certs/
    create /etc/ssl/new = EROFS
    write /etc/hostname = EROFS
TRIES
}

credential() {
  start credential.service
  inside credential.service <<TRIES
    read /run/credentials/credential.service/secret = top secret
    list /run/credentials = credential.service/
    read /etc/secret = ENOENT
TRIES
}

it "StateDirectory and the like, static user" kept dirs-static.service
it "StateDirectory and the like, DynamicUser" kept dirs-dynamic.service
it "StateDirectory and the like, DynamicUser, chroot-only" kept dirs-chroot.service
it "StateDirectory and the like, UMask 0077" kept umask.service
it "StateDirectory and the like, ProtectSystem strict" kept strict.service
it "a bind of files in /etc" etc
it "LoadCredential" credential
