# Services that start, and services that are broken each in its own way. The arguments are store paths, from ./paths.sh.
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
    file-bound = with_ "${tools}/bin/sleep 1000" { serviceConfig = { ExecStartPre = "${tools}/bin/cat /etc/hostname"; BindReadOnlyPaths = "/etc/hostname"; }; };
    file-absent = set { ExecStartPre = "${tools}/bin/cat /etc/hostname"; };
    variable-outside = with_ serve { environment.SECRET = "${p.secret}/file"; };

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
    nginx-without-users = with_ "${p.nginx}/bin/nginx -c ${p.server}/nginx.conf -e stderr" { serviceConfig.StateDirectory = "nginx"; };
  } else { });
}
