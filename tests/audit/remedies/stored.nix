# The store paths that unit files name, as JSON in the store: realising it also adds its packages.
let
  pkgs = import ./pkgs.nix;
  inherit (pkgs) script sh;
  paths = {
    inherit (pkgs)
      bash
      coreutils
      data
      frob
      gnugrep
      procps
      secret
      ;
    serve = "${pkgs.web}/bin/web";
    # Puts the packages into the bundle, in another service's closure.
    other = sh "${pkgs.coreutils}/bin/true ${pkgs.procps}";
    calls_ln = sh "ln -s a /tmp/b";
    calls_frob = sh "frob";
    calls_absolute = sh "/bin/ln -s a /tmp/b";
    bash_script = "${script "#!/bin/bash\n# ${pkgs.bash}\n"}/bin/run";
    own_path = sh "PATH=${pkgs.gnugrep}/bin:/usr/bin\nln -s a /tmp/b";
  };
in
derivation {
  name = "paths";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  args = [
    "-ec"
    ''printf %s "$text" >$out''
  ];
  PATH = "/usr/bin:/bin:/run/current-system/sw/bin";
  text = builtins.toJSON paths;
}
