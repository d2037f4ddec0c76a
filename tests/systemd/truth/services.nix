# Services that start, and services that are broken, each in a different way. The arguments are store paths from ./paths.sh.
p:
let
  inherit (p) libs bash tools scripts static;
  base = [ libs bash tools ];
  service = serviceConfig: more: {
    inherit serviceConfig;
    confinement = { enable = true; binSh = null; packages = base; } // (more.confinement or { });
    environment = more.environment or { };
  };
  run = ExecStart: service { inherit ExecStart; } { };
  script = name: run "${scripts}/bin/${name}";
  with_ = ExecStart: more: service ({ inherit ExecStart; } // (more.serviceConfig or { })) more;
  serve = "${static}/bin/static";
  path = { environment.PATH = "${tools}/bin"; };
  packages = packages: { confinement.packages = base ++ packages; };
  bus = BusName: confinement: with_ "${p.python}/bin/python3.11 ${p.server}/bin/bus.py ${BusName}" {
    serviceConfig = { Type = "dbus"; inherit BusName; TimeoutStartSec = 3; };
    environment.PYTHONHOME = "${p.python}";
    inherit confinement;
  };
  chroot = { confinement = { enable = true; binSh = null; packages = base; mode = "chroot-only"; }; };
  set = serviceConfig: with_ serve { inherit serviceConfig; };
in
{
  services = {
    # commands
    command-static = run serve;
    command-at-prefix = run "@${serve} another name";
    command-outside = run "/usr/bin/sleep 1000";
    command-current-system = run "/run/current-system/sw/bin/sleep 1000";
    command-absent = run "${static}/bin/absent";
    command-directory = run "${static}/bin";
    command-not-executable = run "${p.plain}/bin/plain";
    command-no-magic = run "${p.plain}/bin/no-magic";
    command-empty = run "${p.plain}/bin/empty";
    command-bare = run "sleep 1000";
    command-search-path = with_ "sleep 1000" { serviceConfig.ExecSearchPath = "${tools}/bin"; };
    command-search-path-lacks = with_ "grep x" { serviceConfig.ExecSearchPath = "${tools}/bin"; };
    command-link = run "${p.links}/bin/good" // { confinement = { enable = true; binSh = null; packages = [ static ]; }; };
    command-link-outside-closure = run "${p.links}/bin/good";
    command-link-round = run "${p.links}/bin/round";
    command-link-out = run "${p.links}/bin/out";
    command-link-dangling = run "${p.links}/bin/dangling";
    command-truncated = run "${p.cut}/bin/cut";
    command-other-machine = run "${p.other}/bin/arm";
    pre-absent = set { ExecStartPre = "/usr/bin/true"; };
    pre-absent-ignored = set { ExecStartPre = "-/usr/bin/true"; };
    pre-plus-absent = set { ExecStartPre = "+/usr/bin/true"; };
    pre-plus = set { ExecStartPre = "+${tools}/bin/mkdir -p /tmp/x"; };
    post-absent = set { ExecStartPost = "${static}/bin/absent"; };
    condition-absent = set { ExecCondition = "/usr/bin/true"; };
    reload-absent = set { ExecReload = "/bin/kill -HUP $MAINPID"; };
    reload-kill = with_ "${scripts}/bin/reloads" { serviceConfig.ExecReload = "/bin/kill -HUP $MAINPID"; };
    reload-there = set { ExecReload = "${tools}/bin/cat /dev/null"; };
    stop-absent = set { ExecStop = "/bin/kill $MAINPID"; };
    two-commands = service { Type = "oneshot"; RemainAfterExit = true; ExecStart = "${tools}/bin/cat /dev/null ; ${tools}/bin/absent"; } { };
    bin-sh = with_ "/bin/sh -c 'exec ${tools}/bin/sleep 1000'" { confinement.binSh = "${bash}/bin/sh"; };
    bin-sh-none = run "/bin/sh -c 'exec ${tools}/bin/sleep 1000'";
    sh-text = run "${bash}/bin/sh -ec '${tools}/bin/mkdir -p /tmp/y; exec ${tools}/bin/sleep 1000'";
    sh-text-bare = run "${bash}/bin/sh -ec 'ln -s a /tmp/b; exec ${tools}/bin/sleep 1000'";
    sh-text-path = with_ "${bash}/bin/sh -ec 'ln -s a /tmp/b; exec sleep 1000'" path;
    sh-file = run "${bash}/bin/bash ${scripts}/bin/absolute";
    sh-file-absent = run "${bash}/bin/bash /etc/start";

    # interpreters and libraries
    library-runpath = run "${p.runpath}/bin/runpath";
    library-runpath-outside = with_ "${p.runpath}/bin/runpath" { confinement.packages = [ ]; };
    library-no-rpath = run "${p.no_rpath}/bin/no-rpath";
    library-path = with_ "${p.no_rpath}/bin/no-rpath" { environment.LD_LIBRARY_PATH = "${libs}/lib"; };
    library-host-loader = run "${p.host_loader}/bin/host-loader";
    library-origin = run "${p.origin}/bin/origin";
    library-origin-lost = run "${p.origin_lost}/bin/origin";
    library-origin-broken = run "${p.origin_broken}/bin/origin";
    library-rpath-inherited = run "${p.origin}/bin/inherited";
    library-runpath-not-inherited = run "${p.inherited_not}/bin/inherited";
    script-sh = with_ "${scripts}/bin/sh" { confinement.binSh = "${bash}/bin/sh"; };
    script-sh-none = script "sh";
    script-usr-bin-env = script "usr-bin-env";
    script-usr-bin-env-bound = with_ "${scripts}/bin/usr-bin-env" {
      serviceConfig.BindReadOnlyPaths = "${tools}/bin/env:/usr/bin/env";
      environment.PATH = "${bash}/bin";
    };
    script-env = with_ "${scripts}/bin/env" { environment.PATH = "${bash}/bin"; };
    script-env-without-path = script "env";
    script-env-options = with_ "${scripts}/bin/env-options" { environment.PATH = "${bash}/bin"; };
    script-env-python = with_ "${scripts}/bin/chain" ({ environment = { PATH = "${p.python}/bin"; PYTHONHOME = "${p.python}"; }; } // packages [ p.python ]);
    script-env-python-outside = with_ "${scripts}/bin/chain" { environment.PATH = "${p.python}/bin"; };
    script-crlf = script "crlf";
    script-late-line = script "late";
    script-foreign-interpreter = script "round-a";
    script-interpreter-made-first = with_ "${scripts}/bin/round-a" { serviceConfig.ExecStartPre = "${tools}/bin/ln -s ${static}/bin/static /tmp/round"; };
    script-unfinished = script "unfinished";

    # what scripts call
    calls-absolute = script "absolute";
    calls-bare = script "bare";
    calls-bare-with-path = with_ "${scripts}/bin/bare" path;
    calls-bare-path-outside = with_ "${scripts}/bin/bare" { environment.PATH = "${p.text}/bin"; };
    calls-bare-goes-on = script "bare-goes-on";
    calls-bare-exec = script "bare-exec";
    calls-guarded = script "guarded";
    calls-in-branch = script "branch";
    calls-or-true = script "or-true";
    calls-function = script "function";
    calls-own-path = script "own-path";
    calls-after-exec = script "leaves-early";
    calls-in-pipe = script "pipe";
    calls-errexit-later = script "errexit-later";
    calls-substitution = script "substitution";
    calls-lost-program = script "lost-program";
    calls-outside = script "outside";
    calls-dash = with_ "${scripts}/bin/heredoc" (packages [ p.dash ]);

    # directories and files
    directory-absent = set { WorkingDirectory = "/srv/data"; };
    directory-absent-ignored = set { WorkingDirectory = "-/srv/data"; };
    directory-bound = set { WorkingDirectory = "/srv/data"; BindPaths = "/srv/data"; };
    directory-state = set { WorkingDirectory = "/var/lib/state"; StateDirectory = "state"; };
    directory-store = set { WorkingDirectory = "${static}/bin"; };
    directory-file = set { WorkingDirectory = "${static}/bin/static"; };
    directory-home = set { WorkingDirectory = "~"; User = "truth"; };
    directory-home-ignored = set { WorkingDirectory = "-~"; User = "truth"; };
    directory-home-bound = set { WorkingDirectory = "~"; User = "truth"; BindPaths = "/home/truth"; };
    directory-home-of-root = set { WorkingDirectory = "~"; };
    directory-home-specifier = set { WorkingDirectory = "%h"; User = "truth"; };
    directory-home-specifier-of-root = set { WorkingDirectory = "%h"; };
    file-bound = with_ "${tools}/bin/sleep 1000" { serviceConfig = { ExecStartPre = "${tools}/bin/cat /etc/hostname"; BindReadOnlyPaths = "/etc/hostname"; }; };
    file-absent = set { ExecStartPre = "${tools}/bin/cat /etc/hostname"; };
    variable-outside = with_ serve { environment.SECRET = "${p.secret}/file"; };

    # environment files: systemd reads them on the host
    environment-file = set { EnvironmentFile = "${p.server}/path.env"; };
    environment-file-absent = set { EnvironmentFile = "${static}/absent"; };
    environment-file-absent-ignored = set { EnvironmentFile = "-${static}/absent"; };
    environment-file-directory = set { EnvironmentFile = "${static}/bin"; };
    environment-file-outside = set { EnvironmentFile = "${p.secret}/nginx.conf"; };
    environment-file-of-host = set { EnvironmentFile = "/etc/os-release"; };
    environment-file-pattern = set { EnvironmentFile = "${static}/*.env"; };
    environment-file-has-path = with_ "${scripts}/bin/bare" { serviceConfig.EnvironmentFile = "${p.server}/path.env"; };
    environment-file-lacks-path = with_ "${scripts}/bin/bare" { serviceConfig.EnvironmentFile = "${p.secret}/nginx.conf"; };

    # binds
    exec-none = set { NoExecPaths = "+/"; };
    exec-store = set { NoExecPaths = "+/"; ExecPaths = "+/nix/store"; };
    exec-absent = set { ExecPaths = "+/usr/lib"; };
    read-only-absent = set { ReadOnlyPaths = "+/srv"; };
    read-write-above-bind = set { ReadWritePaths = "+/etc/x"; BindReadOnlyPaths = "/etc/hostname:/etc/x/y"; };
    read-only-temporary = set { TemporaryFileSystem = "/srv"; ReadOnlyPaths = "+/srv"; };
    read-write-temporary = set { TemporaryFileSystem = "/srv"; ReadWritePaths = "+/srv"; };
    exec-file = set { NoExecPaths = "+/etc/x/y"; BindReadOnlyPaths = "/etc/hostname:/etc/x/y"; };
    bind-absent = set { BindReadOnlyPaths = "${static}/absent:/x"; };
    bind-absent-ignored = set { BindReadOnlyPaths = "-${static}/absent:/x"; };
    bind-absent-writable = set { BindPaths = "${static}/absent:/x"; };
    bind-link = set { BindReadOnlyPaths = "${p.links}/bin/good:/x"; };
    bind-link-dangling = set { BindReadOnlyPaths = "${p.links}/bin/dangling:/x"; };
    bind-outside = set { BindReadOnlyPaths = "${p.secret}:/x"; };
    bind-gone = set { BindReadOnlyPaths = "/nix/store/00000000000000000000000000000000-gone:/x"; };

    # users
    user-whoami = set { ExecStartPre = "${tools}/bin/whoami"; };
    user-whoami-bound = set { ExecStartPre = "${tools}/bin/whoami"; BindReadOnlyPaths = "/etc/passwd"; };
    user-whoami-preset = with_ serve { serviceConfig.ExecStartPre = "${tools}/bin/whoami"; confinement.presets = [ "users" ]; };
    user-whoami-dynamic = with_ serve { serviceConfig = { ExecStartPre = "${tools}/bin/whoami"; DynamicUser = true; }; confinement.presets = [ "users" ]; };
    user-id = set { ExecStartPre = "${tools}/bin/id"; };
    user-id-number = set { ExecStartPre = "${tools}/bin/id -u"; };
    user-id-name = set { ExecStartPre = "${tools}/bin/id -un"; };
    user-id-of = set { ExecStartPre = "${tools}/bin/id nobody"; };
    user-static = set { User = "nobody"; };
    user-static-whoami = set { User = "nobody"; ExecStartPre = "${tools}/bin/whoami"; };
    user-chown = set { ExecStartPre = "${tools}/bin/chown root:root /tmp"; };
    user-chown-number = set { ExecStartPre = "${tools}/bin/chown 0:0 /tmp"; };
    user-chown-number-other = set { ExecStartPre = "${tools}/bin/chown 1000:1000 /tmp"; };
    user-chown-number-host-users = set { ExecStartPre = "${tools}/bin/chown 1000:1000 /tmp"; PrivateUsers = false; };
    user-chown-script = with_ "${scripts}/bin/chowns" path;
    user-chown-script-other = with_ "${scripts}/bin/chowns" { environment.PATH = "${tools}/bin"; confinement.presets = [ "users" ]; };
    user-chown-script-host-users = with_ "${scripts}/bin/chowns" { environment.PATH = "${tools}/bin"; confinement.presets = [ "users" ]; serviceConfig.PrivateUsers = false; };

    # a user namespace of its own
    private-users-port = with_ "${p.talk}/bin/listen 81" { serviceConfig = { DynamicUser = true; AmbientCapabilities = "CAP_NET_BIND_SERVICE"; }; };
    private-users-port-off = with_ "${p.talk}/bin/listen 82" { serviceConfig = { DynamicUser = true; AmbientCapabilities = "CAP_NET_BIND_SERVICE"; PrivateUsers = false; }; };
    private-users-high-port = with_ "${p.talk}/bin/listen 8181" { serviceConfig.DynamicUser = true; };
    private-users-bounded = with_ serve { serviceConfig.CapabilityBoundingSet = ""; };
    private-users-bounded-chown = with_ serve { serviceConfig = { CapabilityBoundingSet = "CAP_CHOWN"; ExecStartPre = "${tools}/bin/chown 0:0 /tmp"; }; };
    private-users-bounded-port = with_ "${p.talk}/bin/listen 83" { serviceConfig.CapabilityBoundingSet = "CAP_NET_BIND_SERVICE"; };

    # commands with +, and modes
    plus-proc = set { ExecStartPre = "+${tools}/bin/cat /proc/sys/kernel/ostype"; };
    plus-dev = set { ExecStartPre = "+${tools}/bin/cat /dev/null"; };
    plus-script-proc = set { ExecStartPre = "+${scripts}/bin/asks-proc"; };
    plus-script-null-output = set { ExecStartPre = "+${bash}/bin/bash -ec 'echo x >/dev/null'"; };
    plus-script-null-input = set { ExecStartPre = "+${scripts}/bin/null-input"; };
    plus-script-substitution = set { ExecStartPre = "+${scripts}/bin/process-substitution"; };
    plus-script-temporary = set { ExecStartPre = "+${scripts}/bin/makes-temporary"; };
    script-proc = set { ExecStartPre = "${scripts}/bin/asks-proc"; };
    script-null = script "null-output";
    script-null-input = set { ExecStartPre = "${scripts}/bin/null-input"; };
    script-substitution = set { ExecStartPre = "${scripts}/bin/process-substitution"; };
    script-temporary = set { ExecStartPre = "${scripts}/bin/makes-temporary"; };
    chroot = with_ serve chroot;
    chroot-proc = set { ExecStartPre = "${scripts}/bin/asks-proc"; } // chroot;
    chroot-null-output = script "null-output" // chroot;
    chroot-null-input = set { ExecStartPre = "${scripts}/bin/null-input"; } // chroot;
    chroot-substitution = set { ExecStartPre = "${scripts}/bin/process-substitution"; } // chroot;
    chroot-temporary = set { ExecStartPre = "${scripts}/bin/makes-temporary"; } // chroot;
    chroot-private-tmp = set { ExecStartPre = "${scripts}/bin/makes-temporary"; PrivateTmp = true; } // chroot;
    pipe-prefix = run "|${serve}";
    pipe-prefix-login = with_ "|${serve}" { serviceConfig.BindReadOnlyPaths = "${bash}/bin/bash:/bin/bash"; };
    pipe-prefix-shell = with_ "|${serve}" { confinement.binSh = "${bash}/bin/sh"; };

    # ways to tell systemd that the service runs
    notify = set { Type = "notify"; ExecStart = "${p.talk}/bin/notify"; TimeoutStartSec = 3; };
    notify-chroot = set { Type = "notify"; ExecStart = "${p.talk}/bin/notify"; TimeoutStartSec = 3; } // chroot;
    notify-reload-chroot = set { Type = "notify"; ExecStart = "${p.talk}/bin/notify"; TimeoutStartSec = 3; DynamicUser = true; } // chroot;
    dbus-name = bus "org.example.One" { };
    dbus-name-preset = bus "org.example.Two" { presets = [ "dbus" ]; };

    # combinations that systemd versions treat differently
    tmp-disconnected = set { PrivateTmp = "disconnected"; ExecStartPre = "${scripts}/bin/makes-temporary"; };
    tmp-disconnected-unused = set { PrivateTmp = "disconnected"; };
    tmp-off = set { PrivateTmp = false; ExecStartPre = "${scripts}/bin/makes-temporary"; };
    tmp-off-dynamic = set { PrivateTmp = false; DynamicUser = true; ExecStartPre = "${scripts}/bin/makes-temporary"; };
    umask = set { UMask = "0077"; ExecStartPre = "${scripts}/bin/makes-temporary"; };
    umask-user = with_ "${scripts}/bin/keeps-state" { serviceConfig = { UMask = "0077"; User = "nobody"; StateDirectory = "web"; }; };
    umask-dynamic = with_ "${scripts}/bin/keeps-state" { serviceConfig = { UMask = "0077"; DynamicUser = true; StateDirectory = "web"; }; };
    umask-chroot = with_ "${scripts}/bin/keeps-state" { serviceConfig = { UMask = "0077"; DynamicUser = true; StateDirectory = "web"; }; } // chroot;
    state-protected = with_ "${scripts}/bin/keeps-state" { serviceConfig = { ProtectSystem = "strict"; User = "nobody"; StateDirectory = "web"; }; };

    # files of the host that scripts and command lines name
    reads-certificates = script "reads-certificates";
    reads-certificates-preset = with_ "${scripts}/bin/reads-certificates" { confinement.presets = [ "tls" ]; };
    reads-by-redirect = script "reads-by-redirect";
    reads-by-redirect-preset = with_ "${scripts}/bin/reads-by-redirect" { confinement.presets = [ "dns" ]; };
    reads-perhaps = script "reads-perhaps";
    makes-directory = script "makes-directory";
    makes-directory-state = with_ "${scripts}/bin/makes-directory" { serviceConfig.StateDirectory = "web"; };
    writes-log = script "writes-log";
    writes-log-directory = with_ "${scripts}/bin/writes-log" { serviceConfig.LogsDirectory = "web"; };
    sources-absent = script "sources";
    sources-store = script "sources-store";
    changes-directory = script "changes-directory";
    changes-directory-bound = with_ "${scripts}/bin/changes-directory" { serviceConfig.BindPaths = "/srv/data"; };
    changes-directory-perhaps = script "changes-directory-perhaps";
    calls-in-function = script "calls-function";
    reads-or-goes-on = script "reads-or-goes-on";
    wraps = script "wraps";
    wraps-path = script "wraps-path";
    wraps-command = run "${tools}/bin/env grep x";
    wraps-command-path = with_ "${tools}/bin/env sleep 1000" path;
    touches-lock = script "touches-lock";
    links-out = script "links-out";
    temporary = with_ "${scripts}/bin/writes-service" { serviceConfig.TemporaryFileSystem = "/srv"; };
    temporary-read-only = with_ "${scripts}/bin/writes-service" { serviceConfig.TemporaryFileSystem = "/srv:ro"; };
    forks = service { Type = "forking"; ExecStart = "${scripts}/bin/forks"; PIDFile = "/run/web/pid"; RuntimeDirectory = "web"; TimeoutStartSec = 2; } { };
    forks-elsewhere = service { Type = "forking"; ExecStart = "${scripts}/bin/forks-elsewhere"; PIDFile = "/run/web.pid"; TimeoutStartSec = 2; } { };
    bang-proc = set { ExecStartPre = "!${scripts}/bin/asks-proc"; };
    writable-of-host = set { ReadWritePaths = "/srv/data"; };
    writable-absent-on-host = set { ReadWritePaths = "-/srv/absent"; };
    writable-inside-absent = set { ReadWritePaths = "+/srv/data"; };
    writable-inside-absent-ignored = set { ReadWritePaths = "-+/srv/data"; };
    writable-inside-bound = set { ReadWritePaths = "+/srv/data"; BindPaths = "/srv/data"; };
    inaccessible-inside-absent = set { InaccessiblePaths = "+/home"; };
    device-absent = set { ExecStartPre = "${tools}/bin/cat /dev/kvm"; };
    patterns = script "patterns";
    plus-makes = with_ "${scripts}/bin/reads-made" { serviceConfig.ExecStartPre = "+${tools}/bin/touch /etc/x"; };
    chroot-tunables = set { ExecStartPre = "${scripts}/bin/asks-proc"; ProtectKernelTunables = true; } // chroot;
    chroot-devices = set { ExecStartPre = "${scripts}/bin/null-input"; PrivateDevices = true; } // chroot;
    chroot-users = set { PrivateUsers = true; } // chroot;
    chroot-users-static = set { PrivateUsers = true; User = "nobody"; } // chroot;
    chroot-users-dynamic = set { PrivateUsers = true; DynamicUser = true; } // chroot;
    chroot-users-mounted = set { PrivateUsers = true; MountAPIVFS = true; } // chroot;
    chroot-users-bound = set { PrivateUsers = true; BindPaths = "/proc"; } // chroot;
    chroot-users-bound-read-only = set { PrivateUsers = true; BindReadOnlyPaths = "/proc"; } // chroot;
    chroot-users-bound-part = set { PrivateUsers = true; BindPaths = "/proc/self"; } // chroot;
    chroot-users-implied = set { PrivateUsers = true; ProtectProc = "invisible"; } // chroot;
    chroot-users-groups = set { PrivateUsers = true; ProtectControlGroups = "strict"; } // chroot;
    chroot-users-processes = set { PrivateUsers = true; PrivatePIDs = true; Type = "oneshot"; RemainAfterExit = true; ExecStart = "${tools}/bin/id -u"; } // chroot;
    chroot-users-temporary = set { PrivateUsers = true; TemporaryFileSystem = "/proc"; } // chroot;
    chroot-users-temporary-mounted = set { PrivateUsers = true; MountAPIVFS = true; TemporaryFileSystem = "/proc"; } // chroot;
    chroot-users-temporary-bound = set { PrivateUsers = true; TemporaryFileSystem = "/proc"; BindPaths = "/proc"; } // chroot;
    users-temporary = set { MountAPIVFS = false; TemporaryFileSystem = "/proc"; };
    users-temporary-api = set { TemporaryFileSystem = "/proc"; };
    chroot-bpf = set { PrivateBPF = true; } // chroot;
    chroot-users-plus = set { PrivateUsers = true; ExecStart = "+${serve}"; } // chroot;
    chroot-users-plus-pre = set { PrivateUsers = true; ExecStartPre = "+${tools}/bin/mkdir -p /tmp/x"; } // chroot;
    chroot-users-identity = set { PrivateUsers = "identity"; } // chroot;
    chroot-users-self = set { PrivateUsers = "self"; } // chroot;
    chroot-users-full = set { PrivateUsers = "full"; } // chroot;
    chroot-users-identity-processes = set { PrivateUsers = "identity"; PrivatePIDs = true; Type = "oneshot"; RemainAfterExit = true; ExecStart = "${tools}/bin/id -u"; } // chroot;
    chroot-hostname = set { ProtectHostname = true; } // chroot;
    proc-bound-read-only = set { BindReadOnlyPaths = "/proc"; };
    proc-bound-read-only-host-users = set { BindReadOnlyPaths = "/proc"; PrivateUsers = false; };
    proc-sealed = set { ReadOnlyPaths = "+/proc"; };
    proc-hidden = set { InaccessiblePaths = "-+/proc"; };
    proc-read-only-of-host = set { ReadOnlyPaths = "/proc"; };
    no-mount-api = set { MountAPIVFS = false; ProtectControlGroups = false; ProtectKernelTunables = false; };
    no-mount-api-implied = set { MountAPIVFS = false; };
    success-status = with_ serve { serviceConfig = { ExecStartPre = "${tools}/bin/cat /etc/hosts"; SuccessExitStatus = 1; }; };
    exits-well = set { ExecStartPre = "${scripts}/bin/exits-one"; };
    last-fails = set { ExecStartPre = "${scripts}/bin/last-fails"; };
    case-argument = script "case-argument start";
    local-function = script "local-function";
    optional-tool = script "optional-tool";
    waits = script "waits";
    parses-options = script "parses-options";
    ignores-errors = script "ignores-errors";
    chown-dotted = with_ serve { serviceConfig = { ExecStartPre = "${tools}/bin/chown root.root /tmp"; }; confinement.presets = [ "users" ]; };
    calls-known-case = script "known-case";

    # programs
    python-server = with_ "${p.python}/bin/python3.11 ${p.server}/bin/server.py" { environment.PYTHONHOME = "${p.python}"; };
  } // (if p ? redis then {
    redis = run "${p.redis}/bin/redis-server --port 6390 --dir /tmp";
    redis-lost-libraries = with_ "${p.redis}/bin/redis-server --port 6391" { confinement.packages = [ ]; };
    redis-config-of-host = run "${p.redis}/bin/redis-server /etc/redis/redis.conf";
  } else { }) // (if p ? nginx then {
    nginx = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx.conf -e stderr" {
      serviceConfig.StateDirectory = "nginx";
      serviceConfig.BindReadOnlyPaths = "/etc/passwd /etc/group";
    };
    nginx-nobody = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx-nobody.conf -e stderr" { serviceConfig.StateDirectory = "nginx"; };
    nginx-unprivileged = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx-nobody.conf -e stderr" { serviceConfig = { StateDirectory = "nginx"; DynamicUser = true; }; };
    nginx-changes-user = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx-changes-user.conf -e stderr" { serviceConfig.StateDirectory = "nginx"; confinement.presets = [ "users" ]; };
    nginx-port = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx-port.conf -e stderr" { serviceConfig.StateDirectory = "nginx"; confinement.presets = [ "users" ]; };
    nginx-includes = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx-includes.conf -e stderr" { serviceConfig.StateDirectory = "nginx"; confinement.presets = [ "users" ]; };
    nginx-config-outside = with_ "${p.nginx}/bin/nginx -c ${p.secret}/nginx.conf -e stderr" { serviceConfig.StateDirectory = "nginx"; confinement.presets = [ "users" ]; };
    nginx-without-users = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx.conf -e stderr" { serviceConfig.StateDirectory = "nginx"; };
  } else { }) // (if p ? postgres then
    let
      shell = { binSh = "${bash}/bin/sh"; presets = [ "time" "users" ]; };
      database = name: confinement: more: with_ "${p.postgres}/bin/postgres -D /var/lib/${name}/data -k /tmp -c listen_addresses=" {
        inherit confinement;
        serviceConfig = {
          ExecStartPre = "${p.postgres}/bin/initdb -D /var/lib/${name}/data --no-sync --no-instructions --no-locale --encoding=UTF8";
          User = "nobody";
          StateDirectory = name;
          TimeoutStartSec = 60;
        } // more;
      };
    in
    {
      postgres = database "pg-good" shell { };
      postgres-without-users = database "pg-users" { inherit (shell) binSh; } { };
      postgres-without-shell = database "pg-shell" { presets = [ "users" ]; } { };
      postgres-without-state = database "pg-state" shell { StateDirectory = ""; };
    } else { });
}
