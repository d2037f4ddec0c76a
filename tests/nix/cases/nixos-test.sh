# tests/nix/nixos-test.nix: the bundle of its services, and its script with a stand-in for the machine.
if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "the test for NixOS" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi

# The services are a plain set here, which has the options of systemd.services that they use.
nixos_test="$prelude
  let
    lib = import $nixpkgs/lib;
    made = import $here/nixos/pkgs.nix { nixpkgs = \"$nixpkgs\"; system = currentSystem; };
    pkgs = made // {
      inherit lib;
      hello = packages.fax;
      writeShellScript = name: text: made.writeTextFile { inherit name text; executable = true; };
      systemd = packages.fax;
    };
    raw = lib.mkOption { type = lib.types.raw; };
    test = (lib.evalModules {
      modules = [
        $here/nixos-test.nix
        { options = { name = raw; meta.maintainers = raw; nodes.machine = raw; testScript = raw; }; }
      ];
    }).config;
    config.security.confinix.package = confinix;
    node = test.nodes.machine { inherit config lib pkgs; };
    ofNode = bundle (services { inherit (node.systemd) services; inherit pkgs; });
  in { bundle = ofNode; script = test.testScript { nodes.machine.security.confinix.bundle = ofNode; }; units = attrNames node.systemd.services; }"

test_bundle() { build -A bundle -E "$nixos_test" -o "$work/test-bundle" && "$confinix" --quiet verify "$work/test-bundle" >/dev/null; }
check "the bundle of the services of the test for NixOS" test_bundle

string "($nixos_test).script" >"$work/script.py"
# run_test CONFINED: with a machine that starts services confined, or not (no)
run_test() {
  CONFINED=$1 BUNDLE=$(realpath "$work/test-bundle") CONFINIX=$confinix python3 - "$work/script.py" <<'PY'
import contextlib, json, os, re, subprocess, sys

bundle = json.load(open(os.environ["BUNDLE"] + "/bundle.json"))
paths = sorted(bundle["paths"])

class Machine:
    views, changed = 1, False
    def wait_for_unit(self, unit):
        assert unit == "multi-user.target"
    def succeed(self, *commands):
        for command in commands:
            status, output = self.execute(command)
            assert status == 0, (command, output)
        return output
    def fail(self, command):
        assert self.execute(command)[0] != 0, command
    def wait_until_fails(self, command):
        self.fail(command)
    def execute(self, command):
        if found := re.fullmatch(r"cat /var/lib/([a-z-]+)/([a-z]+)", command):
            return 0, self.look(*found.groups())
        if command.startswith("cat "):
            return 0, open(command.removeprefix("cat ")).read()
        if command.startswith("confinix verify "):
            return subprocess.run([os.environ["CONFINIX"], *command.split()[1:]], capture_output=True).returncode, ""
        if command == "confinix status":
            return (1, "setting-changed mount-added") if self.changed else (0, "")
        if command.startswith("grep -q /run/confinix/view/"):
            return (0 if self.views else 1), ""
        if command == "systemctl stop view":
            self.views = 0
        self.changed = self.changed or "BindPaths=/srv" in command
        assert command.startswith(("systemctl ", "mkdir ", "printf ")), command
        return (1 if command == "systemctl start missing" else 0), ""
    def look(self, name, what):
        if what == "store":
            closure = bundle["closures"][bundle["services"][f"{name}.service"]["closure"]]["paths"]
            return "\n".join(os.path.basename(paths[i]) for i in closure) + ("" if os.environ["CONFINED"] == "yes" else "\nother")
        if what == "root":
            return "nix\nproc\nsys\ndev\n" if name == "full" else "nix\ndev\n"
        return {"writable": "no\n", "arguments": name.removeprefix("template-") + "\n"}[what]

exec(compile(open(sys.argv[1]).read(), "script", "exec"), {"machine": Machine(), "subtest": lambda name: contextlib.nullcontext()})
PY
}
check "its script passes on a machine that confines" run_test yes
check "and fails on one that does not" refuses AssertionError run_test no
test_alone() { ! sed '/^ *#/d' "$here/nixos-test.nix" | grep -E '[.][.]/|import [.(<]|[(\[ ][.]/'; }
check "it refers to no other file, so that nixpkgs can take it" test_alone
