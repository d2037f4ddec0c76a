# The documents' commands, typed one after the other on a machine that runs systemd: each prints what the documents say
documents=$here/../..

# nixpkgs: what the documents use of nixpkgs, in the store, so that the machine sees it
nixpkgs() {
  local name path
  mkdir -p "$work/nixpkgs"
  cp "$here/quickstart/nixpkgs.nix" "$work/nixpkgs/default.nix"
  rustc --edition 2024 -O -C target-feature=+crt-static -o "$work/server" "$here/quickstart/server.rs"
  {
    echo "{"
    for name in bash coreutils darkhttpd findutils gnugrep gnused systemd; do
      path=$(SERVER=$work/server nix-build --no-out-link -A "$name" "$here/quickstart/packages.nix" 2>"$work/nix-build") || cat "$work/nix-build" >&2
      echo "  $name = $path;"
    done
    echo "}"
  } >"$work/nixpkgs/packages.nix"
  nix-store --add "$work/nixpkgs"
}

# blocks FILE LANGUAGE WORD: the blocks of code in this language that contain the word
blocks() {
  awk -v fence="\`\`\`$2" -v word="$3" '
    $0 == fence { inside = 1; text = ""; next }
    $0 == "```" { if (inside && index(text, word)) printf "%s", text; inside = 0 }
    inside { text = text $0 "\n" }' "$documents/$1"
}

quickstart_boot() {
  local packages
  packages=$(nixpkgs)
  "$here/guest" boot "proof-$$" --root "$root" --owner $$ --store rw --nix /nix
  guest sh -c 'cat >/usr/local/bin/confinix; chmod +x /usr/local/bin/confinix; mkdir -p /root/typed /etc/nix' <"$confinix"
  guest sh -c 'cat >/etc/nix/nix.conf' <"$documents/tests/etc-nix/nix.conf"
  prefix="cd /root/typed; export NIX_PATH=nixpkgs=$packages PATH=/usr/local/bin:\$PATH; sudo() { \"\$@\"; }"
}

# writes FILE: a file of the document from standard input
writes() { sed 's|(fetchTarball "[^"]*")|<nixpkgs>|' | guest sh -c "cat >/root/typed/$1"; }

# types STATUS LINE: a line of the document; sets `said` to what it prints
types() {
  local status=0
  said=$(guest bash -c "$prefix; $2" 2>&1 </dev/null) || status=$?
  [ $status = "$1" ] || fail "$2: exit status $status: $said"
}

# session FILE WORD: types the commands of the consoles that contain the word. What the documents say they print, they print; `…` is for
# anything.
session() {
  local line expected=0
  while IFS= read -r line; do
    case $line in
      '$ '*)
        expected=0
        [[ $line != *'# '*'exit code 1'* ]] || expected=1
        types $expected "${line#'$ '}"
        ;;
      *) grep -qE -- "$(pattern "$line")" <<<"$said" || fail "expected '$line', found '$said'" ;;
    esac
  done < <(blocks "$1" console "$2")
}

pattern() { sed -E 's/[].*^$(){}+?|\\[]/\\&/g; s/…/.*/g' <<<"$1"; }

# serves TEXT: the server answers with this
serves() { until_same "what the server answers" "$1" page; }
page() { guest bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080 && echo >&3 && tail -n 1 <&3' 2>/dev/null; }

readme() {
  local line
  quickstart_boot
  blocks README.md nix '# services.nix' | writes services.nix
  while IFS= read -r line; do
    types 0 "$line"
  done < <(blocks README.md sh 'install -f services.nix')
  [[ $said == *"1 service as in the bundle, 1 running"* ]] || fail "status: $said"
  serves hello
}

installing() {
  quickstart_boot
  blocks docs/install.md nix '# services.nix' | writes services.nix
  session docs/install.md 'install -f services.nix'
  serves hello
}

# The set of the tutorial; before its second console, the line that it adds; before its audit, its policy.
tutorial() {
  local set line
  quickstart_boot
  set=$(blocks docs/tutorial.md nix '# services.nix')
  line=$(blocks docs/tutorial.md nix 'confinement.packages')
  writes services.nix <<<"$set"
  session docs/tutorial.md '# exit code 1'
  sed "/confinement.enable/a\\$line" <<<"$set" | writes services.nix
  session docs/tutorial.md '1 service: 0 denied, 0 warnings'
  session docs/tutorial.md 'confinix why'
  session docs/tutorial.md 'confinix enter'
  blocks docs/tutorial.md toml '# confinix.toml' | writes confinix.toml
  session docs/tutorial.md 'confinix audit'
  session docs/tutorial.md 'sudo confinix status'
  session docs/tutorial.md '--uninstall'
}

it "the quickstart of README.md ends with a running service" readme
it "the quickstart of docs/install.md ends with a running service" installing
it "the tutorial prints what it says" tutorial
