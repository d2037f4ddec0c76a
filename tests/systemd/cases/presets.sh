# What presets show a service of the host. This host has the layout of NixOS and systemd-resolved, with chains of links.
boot
guest sh -euc '
  hostname -F /etc/hostname
  mkdir -p /etc/nixos-etc/ssl/certs /run/systemd/resolve /run/postgresql /run/nscd
  ln -s /etc/nixos-etc /etc/static
  echo "nameserver 127.0.0.53" >/run/systemd/resolve/stub-resolv.conf
  ln -sf /run/systemd/resolve/stub-resolv.conf /etc/nixos-etc/resolv.conf
  echo "hosts: files dns" >/etc/nixos-etc/nsswitch.conf
  echo "a certificate" >/etc/nixos-etc/ssl/certs/ca.pem
  ln -s ca.pem /etc/nixos-etc/ssl/certs/ca-certificates.crt
  mkdir -p /etc/ssl/certs
  for file in resolv.conf nsswitch.conf ssl/certs/ca-certificates.crt; do ln -sf /etc/static/$file /etc/$file; done
  echo 127.0.0.1 localhost >/etc/hosts
  touch /run/postgresql/.s.PGSQL.5432 /run/nscd/socket
  rm -rf /etc/gai.conf /run/opengl-driver /etc/pki
'

shown() {
  start presets.service
  inside presets.service <<TRIES
    read /etc/resolv.conf = nameserver 127.0.0.53
    read /run/systemd/resolve/stub-resolv.conf = nameserver 127.0.0.53
    read /etc/nsswitch.conf = hosts: files dns
    read /etc/hosts = 127.0.0.1 localhost
    read /etc/passwd ~ ^root:
    read /etc/shadow = ENOENT
    read /etc/group ~ ^root:
    read /etc/ssl/certs/ca-certificates.crt = a certificate
    list /etc/ssl/certs = ca-certificates.crt
    env SSL_CERT_FILE = /etc/ssl/certs/ca-certificates.crt
    env NIX_REMOTE = daemon
    stat /run/systemd/journal/socket ~ ^socket
    stat /run/systemd/journal/dev-log ~ ^socket
    list /run/postgresql = .s.PGSQL.5432
    list /run/nscd = socket
    list /var/run/nscd = socket
    list /run/opengl-driver = ENOENT
    list /etc/pki = ENOENT
    write /etc/hosts ~ EROFS|EACCES
    create /run/systemd/resolve/new ~ EROFS|EACCES
    create /run/nscd/new ~ EROFS|EACCES
    list /nix/store = $(closure presets.service)
TRIES
}

# The unit's own settings win, and only the presets' files are visible.
own_wins() {
  start presets-chroot.service
  inside presets-chroot.service <<TRIES
    read /etc/hosts = $(cat /etc/hostname)
    env SSL_CERT_FILE = /of/the/unit
    env NIX_SSL_CERT_FILE = /etc/ssl/certs/ca-certificates.crt
    read /etc/resolv.conf = nameserver 127.0.0.53
    stat /run/systemd/journal/socket ~ ^socket
    read /etc/passwd = ENOENT
    list /nix/store = $(closure presets-chroot.service)
TRIES
}

# A host without any of the files: the service still starts.
nothing_there() {
  guest systemctl stop presets.service
  guest sh -c 'rm -rf /etc/static /run/nscd /run/postgresql /etc/hosts'
  start presets.service
  inside presets.service <<TRIES
    read /etc/resolv.conf = ENOENT
    list /run/nscd = ENOENT
    list /nix/store = $(closure presets.service)
TRIES
}

# A setgid sendmail behind NixOS's links, and a queue that only its group can access.
mail() {
  local unit answer queued=(sendmail)
  # In systemd 252, User= together with a setting that becomes a system call filter implies NoNewPrivileges=.
  [ "$(systemd_version)" -lt 257 ] || queued+=(sendmail-full)
  guest sh -euc "
    mkdir -p /run/wrappers /var/lib/postfix/queue/maildrop
    mount -t tmpfs -o mode=755 tmpfs /run/wrappers
    mkdir /run/wrappers/wrappers.x
    ln -s wrappers.x /run/wrappers/bin
    cp $(probe_path) /run/wrappers/bin/sendmail
    chgrp mail /run/wrappers/bin/sendmail /var/lib/postfix/queue/maildrop
    chmod 2755 /run/wrappers/bin/sendmail
    chmod 1730 /var/lib/postfix/queue/maildrop
  "
  for unit in sendmail sendmail-full sendmail-no-new; do
    start "$unit.service"
    answer=EACCES
    [[ " ${queued[*]} " != *" $unit "* ]] || answer=ok
    inside "$unit.service" <<TRIES
      create /var/lib/postfix/queue/maildrop/own = EACCES
      exec /run/wrappers/bin/sendmail create /var/lib/postfix/queue/maildrop/$unit ~ $answer
      exec /usr/sbin/sendmail read /etc/passwd ~ root:
      create /var/lib/postfix/queue/other ~ EROFS|EACCES
      write /usr/sbin/sendmail ~ EROFS|EACCES
TRIES
  done
  same "the mail on the host" "${queued[*]}" "$(guest ls /var/lib/postfix/queue/maildrop | paste -sd ' ')"
}

it "a setgid sendmail puts mail into the queue, unless the unit keeps it from its group" mail
it "presets show files through links, and no more" shown
it "what the unit has itself wins over a preset" own_wins
it "a service starts where the host has nothing of what a preset shows" nothing_there
