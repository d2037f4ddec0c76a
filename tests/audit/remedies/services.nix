# Services that each lack something, one for every kind of remedy. `edit`: the changed script, if changing it is the remedy.
{ pkgs, edit }:
let
  inherit (pkgs)
    bash
    coreutils
    data
    frob
    gnugrep
    gnused
    secret
    sh
    script
    web
    ;
  serve = "${web}/bin/web";
  run = ExecStart: { serviceConfig = { inherit ExecStart; }; };
  set = serviceConfig: { serviceConfig = { ExecStart = serve; } // serviceConfig; };
  with_ = first: more: first // more;
  shebang = line: run "${script "${line}\ntrue\n"}/bin/run";
  path = PATH: packages: {
    environment = { inherit PATH; };
    confinement = { inherit packages; };
  };
  plain = { confinement.mode = "chroot-only"; };
  pre = line: set { ExecStartPre = line; };
in
{
  # commands of a unit
  exec-reload = set { ExecReload = "/bin/kill -HUP $MAINPID"; };
  exec-start = run "/usr/bin/sleep 1000";
  exec-profile = pre "+/run/current-system/sw/bin/mkdir -p /tmp/x";
  exec-of-many = set { ExecStartPre = [ "-/bin/true" "@/bin/basename basename \"a b\" $HOME \${HOME}" ]; };
  exec-beside-store = pre "/bin/cat ${data}/file";
  exec-bare = run "sleep 1000";
  exec-bare-beside-store = run "cat ${data}/file";
  exec-second = set { Type = "oneshot"; ExecStart = [ serve "/bin/true ; /bin/cat /dev/null" ]; };
  exec-sh = run "/bin/sh -c true";
  exec-initdb = pre "${web}/bin/initdb";
  exec-sh-file = run "${bash}/bin/bash /srv/start";

  # interpreters
  script-sh = shebang "#!/bin/sh";
  script-bash = shebang "#!/bin/bash";
  script-usr-bin-env = shebang "#!/usr/bin/env bash";
  script-env-python = shebang "#!${coreutils}/bin/env python3";
  script-calls-script = run (sh "${script "#!/bin/bash\ntrue\n"}/bin/run");

  # commands of a script
  path-unset = run (sh "ln -s a /tmp/b");
  path-unset-several = run (sh "ln -s a /tmp/b\ngrep x /dev/null\nflock /tmp/lock true");
  path-outside = with_ (run (sh "ln -s a /tmp/b")) (path "${coreutils}/bin" [ ]);
  path-outside-unknown = with_ (run (sh "frob")) (path "${frob}/bin" [ ]);
  path-lacks = with_ (run (sh "grep x /dev/null\nln -s a /tmp/b")) (path "${gnugrep}/bin" [ gnugrep ]);
  path-lacks-included = with_ (run (sh "grep x /dev/null\nln -s a /tmp/b")) {
    environment.PATH = "${gnugrep}/bin";
    confinement.includeEnvironment = true;
  };
  path-lacks-specifier = with_ (run (sh "ln -s a /tmp/b")) (path "${gnugrep}/bin:/srv/100%%/bin" [ gnugrep ]);
  path-of-nixos = with_ (run (sh "ln -s a /tmp/b\ngrep x /dev/null")) { isNixOs = true; path = [ gnugrep ]; };
  path-of-nixos-lacks = with_ (run (sh "ln -s a /tmp/b")) { isNixOs = true; path = [ gnugrep ]; };
  path-of-nixos-unknown = with_ (run (sh "frob")) { isNixOs = true; path = [ frob ]; };
  path-of-unit = with_ (run (sh "ln -s a /tmp/b")) {
    serviceConfig = {
      ExecStart = sh "ln -s a /tmp/b\ntest $A = b";
      Environment = [ "A=b" "PATH=${gnugrep}/bin" "C=${secret}/file" ];
    };
    environment.PATH = "${gnugrep}/bin";
    confinement.packages = [ secret ];
  };
  path-of-unit-outside = with_ (set { ExecStart = sh "frob"; Environment = "PATH=${frob}/bin"; }) { };
  path-of-search = set { ExecStart = sh "ln -s a /tmp/b"; ExecSearchPath = "${gnugrep}/bin"; };
  path-of-script = run (sh "PATH=${gnugrep}/bin\n${edit}\nln -s a /tmp/b");
  path-of-script-host = run (sh "export PATH=/usr/local/bin:/bin\nln -s a /tmp/b");
  path-of-script-added = run (sh "export PATH=${gnugrep}/bin:$PATH\nln -s a /tmp/b");
  path-not-closure = with_ (run (sh "frob")) { confinement.packages = [ frob ]; };
  calls-absolute = run (sh "/bin/ln -s a /tmp/b");
  calls-usr-bin = run (sh "/usr/bin/env true");
  calls-sh = run (sh "/bin/sh -c true");

  # files to read
  reads-file = pre "${coreutils}/bin/cat /srv/secret";
  reads-odd-file = pre "${coreutils}/bin/cat \"/srv/a b:c\"";
  reads-preset = pre "${coreutils}/bin/cat /etc/resolv.conf";
  reads-program = run (sh "while read x; do :; done </usr/bin/env");
  reads-link = run (sh "while read x; do :; done </var/run/dbus/socket");
  reads-own = run (sh "while read x; do :; done </var/lib/reads-own/file");
  reads-tmp = set { ExecStartPre = "${coreutils}/bin/cat /tmp/of-host"; PrivateTmp = false; };
  names-file = run "${serve} --config=/etc/names.conf";
  names-own = run "${serve} --data=/var/lib/names-own";
  names-mark = run "${serve} --pid /run/names.pid";
  names-socket = run "${serve} --redis=/run/redis/redis.sock";
  names-run = run "${serve} --bus=/var/run/dbus/system_bus_socket";

  # files to create
  makes-state = pre "${coreutils}/bin/mkdir -p /var/lib/makes/data";
  makes-state-deep = run (sh "echo x >/var/lib/makes/a/b");
  makes-state-once = pre "${coreutils}/bin/mkdir /var/lib/once";
  makes-log = set { ExecStart = sh "echo x >/var/log/makes/log"; LogsDirectory = "other"; };
  makes-log-file = set { ExecStart = sh "echo x >>/var/log/makes.log"; LogsDirectory = "makes"; };
  makes-cache = pre "${coreutils}/bin/install -d -m 700 /var/cache/makes";
  makes-run = with_ (pre "${coreutils}/bin/mkdir -p /run/makes") plain;
  makes-run-user = set { ExecStartPre = "${coreutils}/bin/mkdir /run/makes"; User = "web"; };
  makes-run-file = with_ (run (sh "echo $$ >/run/makes.pid")) plain;
  makes-var-run = pre "${coreutils}/bin/mkdir -p /var/run/makes";
  makes-var-run-file = run (sh "echo x >/var/run/makes/deep/file");
  makes-lock = run (sh "exec 9>/var/lock/makes");
  makes-lock-file = run (sh "${pkgs.util-linux}/bin/flock /run/lock/makes true");
  makes-private = set { ExecStart = sh "echo x >/var/lib/private/makes/file"; DynamicUser = true; };
  makes-etc = run (sh "echo x >/etc/makes.conf");
  makes-etc-directory = pre "${coreutils}/bin/mkdir -p /etc/makes/conf.d";
  makes-srv = run (sh "echo x >/srv/makes/file");
  makes-srv-known-later = run (sh "echo x >/srv/makes/web-$HOSTNAME.gz");
  makes-srv-variable = run (sh "to=/srv/makes/$HOSTNAME\n${coreutils}/bin/mkdir $to");
  makes-beside-root = set { ExecStart = sh "echo x >x"; WorkingDirectory = "/"; };
  makes-srv-deep = pre "${coreutils}/bin/mkdir -p /srv/makes/a/b";
  makes-resolv = run (sh "echo x >/etc/resolv.conf");
  makes-tmp = set { ExecStartPre = "${coreutils}/bin/touch /tmp/x"; PrivateTmp = false; };
  makes-sealed = set { ExecStartPre = "${coreutils}/bin/touch /srv/x"; TemporaryFileSystem = [ "/srv:ro,size=1M" "/opt" ]; };
  makes-tmp-privileged = set { ExecStartPre = "+${coreutils}/bin/touch /tmp/x"; };
  replaces = pre "${gnused}/bin/sed -i s/a/b/ /srv/makes/file";

  # files of the kernel
  device = set { ExecStartPre = "${coreutils}/bin/cat /dev/kvm"; PrivateDevices = true; };
  device-implied = pre "${coreutils}/bin/cat /dev/kvm";
  chroot-proc = with_ (pre "${coreutils}/bin/cat /proc/version") plain;
  users-proc = with_ (set { PrivateUsers = true; }) plain;
  users-proc-temporary = with_ (set { PrivateUsers = true; TemporaryFileSystem = "/proc"; }) plain;
  users-proc-sealed = set { ReadOnlyPaths = [ "+/proc" "/srv" ]; };
  bpf = with_ (set { PrivateBPF = true; }) plain;
  bpf-off = set { PrivateBPF = true; MountAPIVFS = false; PrivateUsers = false; ProtectKernelTunables = false; ProtectControlGroups = false; };

  # settings
  directory = set { WorkingDirectory = "/srv/data"; };
  directory-own = set { WorkingDirectory = "/var/lib/directory-own"; };
  directory-of-other = set { WorkingDirectory = "/var/lib/other"; };
  directory-home = set { WorkingDirectory = "~"; User = "nobody-has-this-name"; };
  directory-home-specifier = set { WorkingDirectory = "%h"; User = "nobody-has-this-name"; };
  environment-file = set { EnvironmentFile = [ "-/etc/web" "${data}/absent" ]; };
  bind-source = set { BindReadOnlyPaths = [ "${data}/absent:/x" "${data}/file:/y" ]; BindPaths = "/srv"; };
  sandbox-path = set { ReadWritePaths = [ "+/absent" "/srv" ]; };
  pid-file = set { Type = "forking"; PIDFile = "pid-file.pid"; };
  pid-file-deep = set { Type = "forking"; PIDFile = "/var/run/other/pid"; };
  bus = set { Type = "dbus"; BusName = "org.example.Bus"; };
  disconnected = set { ExecStartPre = "${coreutils}/bin/touch /tmp/x"; PrivateTmp = "disconnected"; };
  variable = with_ (set { }) { environment.SECRET = "${secret}/file"; };

  # users
  user = pre "${coreutils}/bin/whoami";
  user-dynamic = set { ExecStartPre = "${coreutils}/bin/whoami"; DynamicUser = true; };
  user-other = with_ (pre "${coreutils}/bin/chown web /tmp") { confinement.presets = [ "users" ]; };
  user-forced = with_ (set { ExecStartPre = "${coreutils}/bin/chown web /tmp"; PrivateUsers = true; }) { confinement.presets = [ "users" ]; };
  capability = set { DynamicUser = true; AmbientCapabilities = "CAP_NET_BIND_SERVICE"; };
  low-port = with_ (run "${web}/bin/nginx -c ${pkgs.nginx_conf}") { confinement.presets = [ "users" ]; };
}
