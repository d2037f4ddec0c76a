# Functions for cases. Sourced by ./run.

options=(--option substitute false)
nix_() { nix --extra-experimental-features 'nix-command flakes' "${options[@]}" "$@"; }
build() { nix-build "${options[@]}" --no-out-link "$@" 2>"$work/log"; }
instantiate() { nix-instantiate "${options[@]}" "$@" 2>"$work/log"; }
evaluate() { instantiate --eval --strict "$@"; }
# string EXPR: the value of an expression that is a string
string() { nix_ eval --impure --raw --expr "$1" 2>"$work/log"; }

# Definitions that every expression starts with: bundle { … }, services VALUE, shop.
prelude="
  with builtins;
  let
    confinix = builtins.path { path = $work/confinix; name = \"confinix\"; };
    services = import $project/nix/services.nix { };
    bundle = services: import $project/nix/bundle.nix {
      inherit confinix services;
      system = currentSystem;
    };
    shop = import $project/fixtures/shop { };
    packages = import $project/fixtures/shop/packages.nix { system = currentSystem; tools = null; };
    plain = services { services = given; packages = [ packages.backupUnits ]; };
    web = settings: { web = { confinement = { enable = true; binSh = null; } // settings; serviceConfig.ExecStart = \"\${packages.server}/bin/shop-server\"; }; };
    given = { };
  in
"
# prelude_with DEFINITION…: the same, with additional definitions
prelude_with() { echo "${prelude/given = { \};/$*}"; }

# check NAME COMMAND…: one case; its output is shown if it fails
check() {
  local name=$1 output
  shift
  : >"$work/log"
  # Not in the condition of an `if`, where `set -e` has no effect.
  set +e
  output=$(set -e; "$@" 2>&1)
  local status=$?
  set -e
  if [ $status = 0 ]; then
    echo "ok      $name"
    passed=$((passed + 1))
  else
    echo "FAILED  $name"
    printf '%s\n' "$output" | tail -n 25 | sed 's/^/        /'
    tail -n 15 "$work/log" | sed 's/^/        | /'
    failed=$((failed + 1))
  fi
}

# skip NAME REASON
skip() {
  echo "skipped $1: $2"
  skipped=$((skipped + 1))
}

# refuses TEXT COMMAND…: the command fails and prints every line of TEXT
refuses() {
  local text=$1 said phrase
  shift
  if said=$("$@" 2>&1); then
    echo "it was accepted: $said"
    return 1
  fi
  said=$(printf '%s\n' "$said"; cat "$work/log")
  while read -r phrase; do
    grep -qF -- "$phrase" <<<"$said" || { printf 'it did not say: %s\n%s\n' "$phrase" "$said"; return 1; }
  done <<<"$text"
}

# same WHAT EXPECTED ACTUAL
same() {
  [ "$2" = "$3" ] && return
  echo "$1:"
  diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true
  return 1
}

# bundle_list BUNDLE EXPR: one line for each string in the list EXPR, in which the bundle is b
bundle_list() {
  string "with builtins; let b = fromJSON (unsafeDiscardStringContext (readFile $1/bundle.json)); in
    concatStringsSep \"\n\" ($2)"
}

# drvs DERIVATION…: every derivation that building them may build
drvs() { nix-store --query --requisites "$@" | grep '\.drv$' | sorted; }

sorted() { LC_ALL=C sort -u; }

# The nixpkgs checkout, if there is one.
nixpkgs=${CONFINIX_NIXPKGS:+$(realpath -e "$CONFINIX_NIXPKGS")}

# nixos WHOSE MODULE…: an expression for a configuration
nixos() {
  local whose=$1
  shift
  echo "$prelude import $here/nixos {
    nixpkgs = \"$nixpkgs\"; confinement = if \"$whose\" == \"none\" then null else \"$whose\";
    confinix = { outPath = confinix; };
    modules = [ $* ];
  }"
}
ours() { nixos confinix "$@"; }
theirs() { nixos nixpkgs "$@"; }
# failed CONFIGURATION: the messages of its assertions that fail
failed() { evaluate --json -E "($1).failed"; }
