# nix/check.nix: an audit as a derivation.

# checked ARGUMENTS: the check of the shop's bundle with these arguments
checked() {
  build -E "$prelude import $project/nix/check.nix {
    inherit confinix;
    system = currentSystem;
    bundle = bundle (services shop);
    $1
  }"
}

findings_stand_in_its_output() {
  local out
  out=$(checked 'levels.shell-present = "warn";')
  grep -q '"denied": 0' "$out" && grep -q '"policy": null' "$out"
}
check "what denies nothing builds, with the findings" findings_stand_in_its_output

check "what is denied fails, with the findings in the log" refuses 'closure-too-large
and the policy allows 0 store paths (a "b" \ c)
"nothing" matches no service' checked \
  'policy = { rule = [ { max-paths = 0; reason = "a \"b\" \\ c"; } { services = [ "nothing" ]; allow = [ { package = "x"; until = "2999-01-01"; } ]; } ]; };'

policy_may_be_a_file() {
  echo '[levels]
unknown-policy-key = "warn"
[other]' >"$work/policy.toml"
  checked "policy = $work/policy.toml;" >/dev/null
}
check "a policy may be a file" policy_may_be_a_file

check "a day decides on exceptions" refuses 'expired after 2026-01-01' checked \
  'today = "2026-01-02"; levels.expired-exception = "deny"; policy.rule = [ { allow = [ { package = "x"; until = "2026-01-01"; } ]; } ];'

check "what TOML has not is refused" refuses 'policy.levels of the policy contains a null' checked 'policy.levels = null;'

# A record of the shop's services as they are not.
jq -n '{version: 1, services: {"web.service": {verdict: "starts",
  holdsFor: {closure: "0", dropIn: ("sha256-" + "A" * 43 + "="), unit: ("sha256-" + "A" * 43 + "=")},
  control: {starts: true, state: "active (running)", result: "success", status: null, restarts: false, meetsConditions: true,
    reloads: null, listens: [], probe: null, stop: "success"}}}}' >"$work/record.json"
required='policy.rule = [ { services = [ "web" ]; require-rehearsal = true; } ];'
check "a service needs a record" refuses 'not-rehearsed
web.service
no record' checked "$required"
check "a record has to fit" refuses 'not-rehearsed
another closure' checked "$required rehearsals = [ $work/record.json ];"

check "a limit to exposure needs systemd-analyze" refuses 'systemd-analyze is not on PATH' checked \
  'policy.rule = [ { max-exposure = 4.5; } ];'

# A fake systemd-analyze that reports the same for every unit, because a build can't see the host.
mkdir -p "$work/systemd/bin"
cat >"$work/systemd/bin/systemd-analyze" <<'EOF'
#!/bin/sh
[ "$1" = --version ] && echo "systemd 255 (255)" && exit
case "$*" in
*--json=short*) found='[{"name":"PrivateNetwork=","exposure":"0.5"}]' ;;
*) found="→ Overall exposure level for x: 6.5 MEDIUM" ;;
esac
for argument; do
  case "$argument" in *.service) echo "$found" ;; esac
done
EOF
chmod +x "$work/systemd/bin/systemd-analyze"
systemd="systemd = builtins.path { path = $work/systemd; name = \"systemd\"; };"

check "given one, it is measured" refuses 'the exposure level is 6.5 by systemd 255, and the policy allows 4.5
PrivateNetwork = true;' checked "$systemd policy.rule = [ { max-exposure = 4.5; } ];"

exposed_within_limits() { checked "$systemd policy.rule = [ { max-exposure = 7; } ];" >/dev/null; }
check "what is within the limit builds" exposed_within_limits
