# A closure root must be in both the text and the context of a string.

# named DEFINITIONS WHAT: origin and name of each path that web.service has as WHAT in its bundle. Both the derivation and the command
# make the bundle, and must write the same bytes.
named() {
  local out
  rm -rf "$work/both"
  out=$(build -E "$(prelude_with "$1") bundle plain") || return
  echo "$(prelude_with "$1") { services = given; }" >"$work/both.nix"
  "$confinix" --quiet bundle --file "$work/both.nix" "${options[@]:0:3}" --output "$work/both" >/dev/null || return
  diff -r "$work/both" "$out" >&2 || return
  bundle_list "$out" "map (root: \"\${root.origin} \${substring 44 (-1) root.path}\") (b.services.\"web.service\".$2)"
}
# roots EXPECTED MENTIONS SERVICE: the closure roots of a service, and the paths it merely mentions
roots() {
  local with='
    mute = x: unsafeDiscardStringContext "${x}";
    tool = version: derivation {
      name = "tool-1.0"; system = currentSystem; builder = "/bin/sh"; inherit version;
      args = [ "-c" "echo $version > $out; echo > $dev" ]; outputs = [ "out" "dev" ];
    };
    one = tool "one"; other = tool "other"; third = tool "third";
    given.web = { confinement = { enable = true; binSh = null; }; } // '"$3;"
  same roots "$1" "$(named "$with" roots | paste -sd ';')"
  same mentions "$2" "$(named "$with" 'mentions or [ ]' | paste -sd ';')"
}

muted() {
  roots 'ExecStart[0] shop-server-2.1' 'ExecStart[0] stationery-0.1' \
    '{ serviceConfig.ExecStart = "${packages.server}/bin/shop-server ${mute packages.stationery}"; }'
}
check "text whose context was discarded counts for nothing" muted

dead() {
  roots 'ExecStart[0] shop-server-2.1' 'ExecStart[0] gone' \
    '{ serviceConfig.ExecStart = "${packages.server}/bin/shop-server /nix/store/00000000000000000000000000000000-gone/x"; }'
}
check "a path that exists nowhere fails no build" dead

context_alone() {
  roots '' '' '{ serviceConfig.ExecStart = "/bin/x${substring 0 0 "${packages.stationery}"}"; }'
}
check "context without text counts for nothing" context_alone

everywhere() {
  roots 'ExecStart[0] shop-server-2.1' 'packages[0] stationery-0.1;path[0] stationery-0.1;environment.X stationery-0.1' \
    '{ serviceConfig.ExecStart = "${packages.server}/bin/shop-server"; path = [ (mute packages.stationery) ]; environment.X = mute packages.stationery;
       confinement = { enable = true; binSh = null; packages = [ (mute packages.stationery) ]; includePath = true; includeEnvironment = true; }; }'
}
check "the same for packages, path and environment" everywhere

seen_anyway() {
  roots 'ExecStartPre[0] shop-server-2.1' '' \
    '{ serviceConfig = { ExecStartPre = "${packages.server}/bin/shop-server"; ExecStart = "${mute packages.server}/bin/shop-server"; }; }'
}
check "what the service sees anyway is no news" seen_anyway

one_name() {
  roots 'ExecStart[0] tool-1.0' 'ExecStart[0] tool-1.0' '{ serviceConfig.ExecStart = "${one}/x ${mute other}"; }'
  roots 'ExecStart[0] tool-1.0;ExecStart[0] tool-1.0' 'ExecStart[0] tool-1.0' '{ serviceConfig.ExecStart = "${one}/x ${mute other} ${third}"; }'
}
check "of several paths of one name, those in the context count" one_name

# The context of one output, and the path of another output of the same name as text only.
one_for_another() {
  local lie='{ serviceConfig.ExecStart = "/x${substring 0 0 "${one}"} ${mute third}/x"; }'
  roots '' 'ExecStart[0] tool-1.0' "$lie"
  # Also if the build gets the other output from elsewhere.
  roots '' 'ExecStart[0] tool-1.0' "$lie; given.other = { confinement.enable = true; serviceConfig.ExecStart = \"\${third}/x\"; }"
  roots 'ExecStartPost[0] tool-1.0' 'ExecStart[0] tool-1.0' '{ serviceConfig = {
    ExecStart = "/x${substring 0 0 "${one}"} ${mute third}/x"; ExecStartPost = "${other}/x"; }; }'
  # Each path is in the string that has the other one in its context.
  roots '' 'ExecStart[0] tool-1.0;ExecStartPost[0] tool-1.0' '{ serviceConfig = {
    ExecStart = "/x${substring 0 0 "${one}"} ${mute third}/x"; ExecStartPost = "/x${substring 0 0 "${third}"} ${mute one}/x"; }; }'
}
check "a path of the same name as an output is not taken for it" one_for_another

# The same in pure evaluation, which reads derivations differently.
one_for_another_purely() {
  local out
  rm -rf "$work/pure-context"
  mkdir "$work/pure-context"
  cp -r "$project/nix" "$work/confinix" "$work/pure-context"
  cat >"$work/pure-context/flake.nix" <<'NIX'
{
  outputs = { self }:
    with builtins;
    let
      tool = version: derivation {
        name = "tool-1.0"; system = "x86_64-linux"; builder = "/bin/sh"; inherit version; args = [ "-c" "echo $version > $out" ];
      };
      service = command: { confinement = { enable = true; binSh = null; }; serviceConfig.ExecStart = command; };
    in
    {
      packages.x86_64-linux.default = import ./nix/bundle.nix {
        confinix = ./confinix;
        system = "x86_64-linux";
        services = import ./nix/services.nix { } {
          services.web = service "/x${substring 0 0 "${tool "one"}"} ${unsafeDiscardStringContext "${tool "other"}"}";
          services.other = service "${tool "other"}";
        };
      };
    };
}
NIX
  nix_ build --no-write-lock-file --out-link "$work/pure-context-out" "path:$work/pure-context" 2>"$work/log"
  out=$work/pure-context-out
  same roots '' "$(bundle_list "$out" 'map (root: root.path) b.services."web.service".roots')"
  same mentions 'ExecStart[0]' "$(bundle_list "$out" 'map (root: root.origin) b.services."web.service".mentions')"
}
if [ "$(uname -m)" != x86_64 ]; then
  skip "the same in pure evaluation" "the test is written for x86_64-linux"
elif [ "$(evaluate -E 'builtins.compareVersions builtins.nixVersion "2.26" >= 0')" != true ]; then
  skip "the same in pure evaluation" "Nix before 2.26 may not read a derivation there"
else
  check "the same in pure evaluation" one_for_another_purely
fi

# Evaluation alone writes no derivations that could be read.
only_evaluated() {
  instantiate --eval --read-write-mode -E "$(prelude_with "$(given_new a)") (bundle plain).outPath" >/dev/null
  evaluate -E "$(prelude_with "$(given_new b)") (bundle plain).outPath"
}
given_new() { echo "given = { web = { confinement = { enable = true; binSh = null; }; serviceConfig.ExecStart = \"\${derivation { name = \"new-$1-$$\"; system = currentSystem; builder = \"/bin/sh\"; }}/x\"; }; };"; }
check "a bundle is evaluated where no derivations are written" only_evaluated

outputs() {
  roots 'ExecStart[0] tool-1.0-dev' 'ExecStart[0] tool-1.0' '{ serviceConfig.ExecStart = "${one.dev}/x ${mute one}"; }'
  roots 'ExecStart[0] tool-1.0' 'ExecStart[0] tool-1.0-dev' '{ serviceConfig.ExecStart = "${one}/x ${mute one.dev}/include"; }'
  roots '' 'ExecStart[0] tool-1.0-dev' '{ serviceConfig.ExecStart = "/x${substring 0 0 "${one}"} ${mute one.dev}"; }'
}
check "of several outputs, those in the context count" outputs

# Each of two services has its own.
each() {
  local with='mute = x: unsafeDiscardStringContext "${x}"; given = {
    web = { confinement = { enable = true; binSh = null; }; serviceConfig.ExecStart = "${packages.server}/bin/x ${mute packages.stationery}"; };
    other = { confinement = { enable = true; binSh = null; }; serviceConfig.ExecStart = "${packages.stationery}/x"; };
  };'
  same roots 'ExecStart[0] shop-server-2.1' "$(named "$with" roots)"
}
check "what is in the context of another service counts for nothing" each

elsewhere() {
  roots 'ExecStart[0] stationery-0.1' '' '{ serviceConfig.ExecStart = "/bin/x nix/store/${baseNameOf packages.stationery}/bin"; }'
  roots 'ExecStart[0] file' '' '{ serviceConfig.ExecStart = "/bin/x ${substring 11 32 "${toFile "file" "x"}"}"; }'
}
check "the hash counts wherever it is" elsewhere
