# nix/rehearsal.nix: both configurations of its NixOS test with nixpkgs' module system, and its script with stand-ins for machines.

if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "a rehearsal in virtual machines" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi

# test_of ARGUMENTS: what the test is made of. The stand-in of `testers.runNixOSTest` evaluates its nodes as that does.
test_of() {
  echo "$prelude
    let
      node = module: import $here/nixos {
        nixpkgs = \"$nixpkgs\"; confinement = \"confinix\"; confinix = { outPath = confinix; }; modules = [ module ];
      };
      pkgs.testers.runNixOSTest = test: rec {
        inherit (test) name;
        nodes = mapAttrs (_: module: (node module).config) test.nodes;
        failed = concatMap (module: (node module).failed) (attrValues test.nodes);
        testScript = test.testScript { inherit nodes; };
      };
    in import $project/nix/rehearsal.nix ({
      inherit pkgs;
      modules = [ $here/nixos/services.nix ];
      seconds = 3;
    } // { $1 })"
}

nodes_differ_in_confinement() {
  local expression
  expression="with builtins; let t = $(test_of ''); confined = node: filter (n: node.systemd.services.\${n}.confinement.enable) (attrNames node.systemd.services);
    in { inherit (t) failed; control = confined t.nodes.control; same = attrNames t.nodes.control.systemd.services == attrNames t.nodes.confined.systemd.services; confined = length (confined t.nodes.confined) > 5; }"
  same "the nodes" '{"confined":true,"control":[],"failed":[],"same":true}' "$(evaluate --json -E "$expression")"
}
check "the control has the same services, and confines none" nodes_differ_in_confinement

services_of() { string "($(test_of "$1")).testScript" | sed -n 's/^SERVICES.*loads(\(.*\))$/\1/p' | jq -rc 'fromjson | join(" ")'; }
services_are_those_that_are_confined() {
  local all
  all=$(services_of '')
  [[ " $all " == *" web.service "* && $all != *@.service* ]] || { echo "$all"; return 1; }
  same "without one" "$(tr ' ' '\n' <<<"$all" | grep -vx web.service | paste -sd ' ')" "$(services_of 'except = [ "web" ];')"
  same "those named" "web.service till@a.service" "$(services_of 'services = [ "web" "till@a.service" ];')"
}
check "it rehearses what is confined, or what is named" services_are_those_that_are_confined
check "a test of nothing is refused" refuses 'finds no service to rehearse' string "($(test_of 'services = [ ];')).testScript"

string "($(test_of 'services = [ "good" "bad" "broken" ];')).testScript" >"$work/script.py"
script_compiles() { python3 -m py_compile "$work/script.py"; }
check "the script compiles" script_compiles

# run_script SERVICE…: runs the script with machines on which `bad` fails with confinement, and `broken` without it too
run_script() {
  SERVICES=$* python3 - "$work/script.py" <<'PY'
import contextlib, json, os, re, sys

class Machine:
    def __init__(self, confines):
        self.confines, self.slept, self.running = confines, 0, {"bad.service": True}
    def wait_for_unit(self, unit):
        assert unit == "multi-user.target"
    def sleep(self, seconds):
        self.slept += seconds
    def execute(self, command):
        unit = re.search(r"([a-z-]+\.service)'?$", command).group(1)
        fails = unit == "broken.service" or self.confines and unit == "bad.service"
        if command.startswith("systemctl stop"):
            self.running[unit] = False
            return 0, ""
        if command.startswith("systemctl start"):
            assert not self.running.get(unit), "it was not stopped before"
            self.running[unit] = True
            return (1 if fails else 0), ""
        if command.startswith("systemctl show"):
            assert self.running[unit] and self.slept, "it was not watched"
            state = ("failed", "failed", "exit-code", "203") if fails else ("active", "running", "success", "0")
            # Restarts are counted differently each time, and are the same all the same.
            restarts = (2 if self.confines else 3) if unit == "restarts.service" else 0
            return 0, "ActiveState=%s\nSubState=%s\nResult=%s\nExecMainStatus=%s\nExecMainCode=1\nNRestarts=%s\n" % (*state, restarts)
        assert command.startswith("journalctl"), command
        return 0, f"journal of {unit}\n"

machines = {"control": Machine(False), "confined": Machine(True)}
script = open(sys.argv[1]).read()
script = re.sub(r"(?m)^SERVICES.*$", "SERVICES = " + repr([f"{name}.service" for name in os.environ["SERVICES"].split()]), script)
exec(compile(script, "script", "exec"), {**machines, "start_all": lambda: None, "subtest": lambda name: contextlib.nullcontext()})
assert machines["control"].slept == 3 * len(os.environ["SERVICES"].split())
PY
}
check "services that behave alike pass" run_script good other
check "a difference fails, with its journal" refuses 'bad.service: ActiveState is failed with confinement, and active without
bad.service: ExecMainStatus is 203 with confinement, and 0 without
bad.service: Result is exit-code with confinement, and success without
bad.service: start is fails with confinement, and succeeds without
journal of bad.service' run_script good bad
check "what does not work without confinement can't be compared" refuses 'broken.service does not work without confinement either' run_script broken
check "nor can what restarts again and again" refuses 'restarts.service does not work without confinement either' run_script restarts
