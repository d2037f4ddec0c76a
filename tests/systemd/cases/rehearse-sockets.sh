# Rehearsals of services that sockets start: plain sets and bundles have the sockets with them.
rehearsal=$work/rehearsal-sockets
mkdir -p "$rehearsal"
cat >"$rehearsal/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  exe = "${probe}/bin/probe";
  service = ExecStart: { confinement.enable = true; serviceConfig = { inherit ExecStart; }; };
in
{
  services = {
    same = service "${exe} accept";
    other = service "${exe} accept";
    lacks = service "${exe} must read /etc/hostname , accept";
    alone = service "${exe} accept";
    timed = service "${exe} ids" // { startAt = "daily"; };
  };
  sockets = {
    same.listenStreams = [ "/run/same/socket" ];
    same.socketConfig.SocketUser = "confinix-socket";
    of-other = { listenStreams = [ "/run/other" ]; socketConfig.Service = "other.service"; };
    lacks.listenStreams = [ "/run/lacks" ];
  };
}
NIX
. "$here/rehearsals.sh"
listens() { jq -c ".services[\"$1.service\"] | [.control.listens, .confined.listens]" "$rehearsal/record"; }

judged() {
  local service word
  while read -r service word; do
    same "$service" "$word" "$(verdict "$service")"
  done <<TABLE
same starts
other starts
lacks $1
alone not-comparable
timed starts
TABLE
  same "what same listens on" '[["unix /run/same/socket"],["unix /run/same/socket"]]' "$(listens same)"
  same "what other listens on" '[["unix /run/other"],["unix /run/other"]]' "$(listens other)"
}

of_plain_set() {
  local code=0
  rehearse --record "$rehearsal/record" >"$rehearsal/report" 2>&1 || code=$?
  same "exit code" 1 "$code"; [ "$code" = 1 ] || fail "$(cat "$rehearsal/report")"
  judged starts-with-changes
  same "what lacks needs" 'systemd.services."lacks".serviceConfig.BindReadOnlyPaths = [ "/etc/hostname" ];' "$(changes lacks)"
}

of_bundle() {
  "$confinix" bundle --quiet -f "$rehearsal/services.nix" --strategy "$strategy" -o "$rehearsal/bundle"
  "$confinix" rehearse --quiet "$rehearsal/bundle" --root "$root" --for 1s --no-changes --record "$rehearsal/record" >"$rehearsal/report" 2>&1 || true
  judged fails
}

it "sockets of a plain set start their services" of_plain_set
it "sockets of a bundle start their services" of_bundle
