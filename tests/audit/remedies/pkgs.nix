# Packages with programs that do nothing: only their names and headers matter.
let
  machine = if builtins.substring 0 7 builtins.currentSystem == "aarch64" then "\\267" else "\\076";
  make =
    name: script:
    derivation {
      inherit name;
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [
        "-ec"
        # Keeps the shell running to the end (fixtures/shop/build.nix).
        "${script}\n:"
      ];
      PATH = "/usr/bin:/bin:/run/current-system/sw/bin";
    };
  programs =
    name: commands:
    make name ''
      mkdir -p $out/bin
      for command in ${commands}; do
        { printf '\177ELF\002\001\001'; head -c 9 /dev/zero; printf '\002\000${machine}\000\001'; head -c 43 /dev/zero; } >$out/bin/$command
        chmod 555 $out/bin/$command
      done
    '';
in
rec {
  bash = programs "bash-5.2" "bash sh";
  coreutils = programs "coreutils-9.1" "basename cat chown env id install ln mkdir sleep touch true whoami";
  gnugrep = programs "gnugrep-3.8" "grep";
  gnused = programs "gnused-4.9" "sed";
  procps = programs "procps-4.0" "kill ps";
  python3 = programs "python3-3.11" "python3";
  util-linux = programs "util-linux-2.38" "flock";
  # A package that is in no list.
  frob = programs "frob-1.0" "frob";
  web = programs "web-1.0" "web initdb nginx";
  data = make "data" "mkdir $out; echo data >$out/file";
  secret = make "secret" "mkdir $out; echo secret >$out/file";
  nginx_conf = make "nginx.conf" "printf 'http { server { listen 80; } }' >$out";
  # A script in bin/run.
  script =
    text:
    derivation {
      name = "script";
      system = builtins.currentSystem;
      builder = "/bin/sh";
      args = [
        "-ec"
        ''mkdir -p $out/bin; printf %s "$text" >$out/bin/run; chmod 555 $out/bin/run; :''
      ];
      PATH = "/usr/bin:/bin:/run/current-system/sw/bin";
      inherit text;
    };
  sh = text: "${script "#!${bash}/bin/bash -e\n${text}\n"}/bin/run";
}
