# Programs of this machine as packages, each with the libraries that it needs: { bash; coreutils; … }. SERVER names the stand-in for darkhttpd.
let
  build =
    name: script:
    derivation {
      inherit name;
      system = builtins.currentSystem;
      builder = "/bin/bash";
      PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
      args = [
        "-euc"
        "${script}\nexit"
      ];
    };

  programs = builtins.mapAttrs (_: builtins.concatStringsSep " ") {
    bash = [ "/bin/bash" ];
    coreutils = [
      "/bin/date"
      "/bin/mkdir"
      "/bin/chmod"
    ];
  };

  glibc = build "glibc-2" ''
    mkdir -p $out/lib
    for program in ${programs.bash} ${programs.coreutils}; do
      cp -nL $(ldd $program | grep -oE '/[^ ]+') $out/lib
    done
  '';

  package =
    name: programs:
    build name ''
      mkdir -p $out/bin
      for program in ${programs}; do
        patchelf --set-interpreter ${glibc}/lib/$(basename $(patchelf --print-interpreter $program)) \
          --force-rpath --set-rpath ${glibc}/lib --output $out/bin/''${program##*/} $program
      done
    '';

  # Only on PATH; nothing of it is run.
  empty = name: build name "mkdir -p $out/bin";
in
{
  bash = package "bash-5" programs.bash;
  coreutils = package "coreutils-9" programs.coreutils;
  darkhttpd = build "darkhttpd-1" "mkdir -p $out/bin; cp ${builtins.path { path = builtins.getEnv "SERVER"; name = "server"; }} $out/bin/darkhttpd";
  findutils = empty "findutils-4";
  gnugrep = empty "gnugrep-3";
  gnused = empty "gnused-4";
  systemd = empty "systemd-0";
}
