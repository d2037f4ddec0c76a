# Rehearsals of templates, which are tried as their instances.
rehearsal=$work/rehearsal-templates
mkdir -p "$rehearsal/units/multi-user.target.wants"
cat >"$rehearsal/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  exe = "${probe}/bin/probe";
  service = serviceConfig: { confinement.enable = true; inherit serviceConfig; };
  served = steps: service { ExecStart = "${exe} ${steps} , serve %n"; };
in
{
  services = {
    "declared@" = served "must read /etc/%i";
    "declared@hostname" = { overrideStrategy = "asDropin"; wantedBy = [ "multi-user.target" ]; };
    "declared@nowhere" = { overrideStrategy = "asDropin"; wantedBy = [ "multi-user.target" ]; };
    "referred@" = served "must read /etc/%i";
    refers = served "ids" // { wants = [ "referred@hostname.service" ]; };
    "made@" = served "ids";
    "lost@" = served "must read /nowhere/%i";
    "accepts@" = service { ExecStart = "${exe} ids"; StandardInput = "socket"; };
    "runs@" = service { ExecStart = "${exe} serve %n"; User = "confinix-%i"; };
    "runs@one" = { overrideStrategy = "asDropin"; wantedBy = [ "multi-user.target" ]; };
  };
  sockets.accepts = { listenStreams = [ "/run/accepts" ]; socketConfig.Accept = "yes"; };
}
NIX
. "$here/rehearsals.sh"
tried() { jq -r ".services[\"$1@.service\"] | (.instances | map(rtrimstr(\".service\")) | join(\" \")) + \" \" + .verdict" "$rehearsal/record"; }
reason() { jq -r ".services[\"$1@.service\"].reasons[0]" "$rehearsal/record"; }

of_plain_set() {
  local code=0
  rehearse --record "$rehearsal/record" --changes "$rehearsal/changes.nix" >"$rehearsal/report" 2>&1 || code=$?
  same "exit code" 1 "$code"; [ "$code" = 1 ] || fail "$(cat "$rehearsal/report")"
  same "declared" "declared@hostname declared@nowhere starts-with-changes" "$(tried declared)"
  same "what declared needs" 'systemd.services."declared@".serviceConfig.BindReadOnlyPaths = [ "/etc/hostname" ];' "$(changes declared@)"
  same "referred" "referred@hostname starts-with-changes" "$(tried referred)"
  same "made" "made@1 starts" "$(tried made)"
  same "runs" "runs@one starts" "$(tried runs)"
  same "lost" "lost@1 not-comparable" "$(tried lost)"
  same "why" "as lost@1.service, it fails (exit-code, status 1); nothing names an instance of it: select lost@NAME with one that is right" "$(reason lost)"
  same "accepts" "accepts@1 not-comparable" "$(tried accepts)"
  case $(reason accepts) in "it can't be tried: each connection to accepts.socket starts an instance of it, and a rehearsal makes none") ;; *) fail "$(reason accepts)" ;; esac
  grep -qx "  tried as declared@hostname.service, declared@nowhere.service" "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  same "what is left" "" "$(left)"
}
# The record holds for the template, with its changes.
audited() {
  local needed
  "$confinix" bundle --quiet -f "$rehearsal/services.nix" --strategy "$strategy" -o "$rehearsal/bundle"
  needed=$({ "$confinix" audit --quiet "$rehearsal/bundle" --no-policy --no-foresight --rehearsal "$rehearsal/record" --require-rehearsal --format json || true; } |
    jq -r '.findings[] | select(.code == "not-rehearsed") | .service' | sort | paste -sd ' ')
  same "not rehearsed as they are" "accepts@.service declared@.service lost@.service referred@.service" "$needed"
}
# An instance is selected by its name, of whatever target.
selected() {
  local target
  for target in "-f $rehearsal/services.nix --strategy $strategy" "$rehearsal/bundle"; do
    # shellcheck disable=SC2086
    "$confinix" rehearse --quiet $target -s made@7 -s lost@x --root "$root" --for 1s --no-changes --record "$rehearsal/record" >"$rehearsal/report" 2>&1 || fail "$(cat "$rehearsal/report")"
    same "made" "made@7 starts" "$(tried made)"
    same "why" "as lost@x.service, it fails (exit-code, status 1)" "$(reason lost)"
  done
}
# Of units, those count that a target starts. An instance with a drop-in is a service of its own, on which its template's changes have no effect.
of_units() {
  local exe
  exe=$(probe_path)
  printf '[Service]\nExecStart=%s must read /etc/%%i , serve %%n\n[Install]\nDefaultInstance=os-release\n' "$exe" >"$rehearsal/units/t@.service"
  ln -sfn ../t@.service "$rehearsal/units/multi-user.target.wants/t@hostname.service"
  mkdir -p "$rehearsal/units/t@own.service.d"
  printf '[Service]\nExecStart=\nExecStart=%s ids , serve %%n\n' "$exe" >"$rehearsal/units/t@own.service.d/own.conf"
  "$confinix" rehearse --quiet --units "$rehearsal/units" --all --strategy "$strategy" --root "$root" --for 1s --record "$rehearsal/record" >"$rehearsal/report" 2>&1 || true
  same "template" "t@hostname t@os-release starts-with-changes" "$(tried t)"
  case $(changes t@) in *"/etc/hostname"*"/etc/os-release"*) ;; *) fail "$(cat "$rehearsal/report")" ;; esac
  same "instance" starts "$(verdict t@own)"
}
# A template that can't be tried has the changes of its instances, for which its exception would be too.
migrated() {
  cat >"$rehearsal/migrated.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  exe = "${probe}/bin/probe";
  run = lines: { serviceConfig.ExecStart = lines; };
in
{
  services = {
    "lost@" = run "${exe} must read /nowhere/%i";
    "lost@one" = run [ "" "${exe} must read /etc/hostname , serve %n" ];
    "lost@two" = run [ "" "${exe} must read /nowhere" ];
    "gone@" = run "${exe} must read /etc/%i , serve %n";
    "made@" = run "${exe} must read /etc/hostname , serve %n";
  };
}
NIX
  (cd "$rehearsal" && "$confinix" migrate --quiet -f migrated.nix --strategy "$strategy" --root "$root" --rehearse --for 1s -o confined.nix --format json) >"$rehearsal/report" 2>&1 || fail "$(cat "$rehearsal/report")"
  same "what is confined" "lost@.service lost@one.service made@.service" "$(jq -r '.services | to_entries[] | select(.value.confined) | .key' "$rehearsal/report" | paste -sd ' ')"
  same "what they need" 3 "$(jq -r '.services[] | select(.confined) | .changes[].value' "$rehearsal/report" | grep -c '"/etc/hostname"')"
  (cd "$rehearsal" && "$confinix" migrate --quiet -f migrated.nix --only gone@hostname --strategy "$strategy" --root "$root" --rehearse --for 1s -o confined.nix --format json) >"$rehearsal/report2" 2>&1 || fail "$(cat "$rehearsal/report2")"
  same "what is confined as a selected instance" true "$(jq -c '.services["gone@.service"].confined' "$rehearsal/report2")"
  case $(jq -r '.services["gone@.service"].reason' "$rehearsal/report") in *"select gone@NAME with one that is right") ;; *) fail "$(cat "$rehearsal/report")" ;; esac
}

it "templates are tried as instances" of_plain_set
it "a record of a template's instances holds for the template" audited
it "an instance is selected by its name" selected
it "templates of units are tried as the instances that start" of_units
it "a migration confines templates as their instances" migrated
