# What a record tells of the calls of services, from strace.
rehearsal=$work/rehearsal-calls
mkdir -p "$rehearsal"
cat >"$rehearsal/services.nix" <<'NIX'
let
  probe = builtins.path { path = builtins.getEnv "PROBE"; name = "probe"; };
  exe = "${probe}/bin/probe";
  served = steps: { confinement.enable = true; serviceConfig.ExecStart = "${exe} ${steps} , serve %n"; };
in
{
  services = {
    acts = {
      confinement.enable = true;
      serviceConfig = {
        ExecStart = "${exe} create /var/lib/acts/db , create /tmp/acts , mkdir /var/own , connect /run/systemd/journal/stdout , read /etc/passwd , must become 65534 ids , serve %n";
        StateDirectory = "acts";
      };
    };
    same = served "create /dev/shm/same , ids";
    broken = served "must read /nowhere";
  };
}
NIX
. "$here/rehearsals.sh"
calls() { jq -c ".services[\"$1.service\"].calls$2" "$rehearsal/record"; }
untraced() { jq -r ".services[\"$1.service\"].untraced" "$rehearsal/record"; }

rehearse_recording() {
  rehearse "$@" --record "$rehearsal/record" >"$rehearsal/report" 2>&1 || true
  [ -e "$rehearsal/record" ] || fail "$(cat "$rehearsal/report")"
}

of_different() {
  rehearse_recording
  same "acts" starts-with-changes "$(verdict acts)"
  same "what acts creates" '{"/tmp":["/tmp/acts"],"/var":["/var/own"],"StateDirectory=acts":["/var/lib/acts/db"]}' "$(calls acts .created)"
  same "what acts connects to" '["/run/systemd/journal/stdout"]' "$(calls acts .connected)"
  same "whom acts becomes" '[["nobody"],["nogroup"]]' "$(calls acts ' | [.users, .groups]')"
  same "where acts looks up users" '[["/etc/passwd"],["/etc/passwd"]]' "$(calls acts ' | [.lookedUp, .lookedUpInVain]')"
  case $(calls acts .refused) in *'{"call":"setg'*'"capability":"CAP_SETGID"}'*) ;; *) fail "$(calls acts .refused)" ;; esac
  grep -qF "  creates in StateDirectory=acts: /var/lib/acts/db" "$rehearsal/report" || fail "$(cat "$rehearsal/report")"
  same "why same has no calls" "it behaves as it does without confinement (--trace always traces it too)" "$(untraced same)"
  same "why broken has no calls" "it does not work without confinement" "$(untraced broken)"
}

# What gives up least on this systemd: PrivateUsers=identity is known from 257 on.
narrowed() {
  local version users
  version=$(chroot "$root" systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
  users='systemd.services."acts".serviceConfig.PrivateUsers = '
  case $version in
    25[0-6])
      case $(changes acts) in *"$users"'false;'*'CapabilityBoundingSet = "CAP_CHOWN '*) ;; *) fail "$(changes acts)" ;; esac
      same "what acts gives up" "the service shares the users of the host, and some of its capabilities" "$(gives_up)"
      ;;
    *)
      case $(changes acts) in *"$users"'"identity";'*) ;; *) fail "$(changes acts)" ;; esac
      same "what acts gives up" "the service shares the users of the host, but none of its capabilities" "$(gives_up)"
      ;;
  esac
}
gives_up() { jq -r '.services["acts.service"].changes.givesUp | join("; ")' "$rehearsal/record"; }

of_all() {
  rehearse_recording --no-changes --trace always
  same "same" '{"created":{"/dev/shm":["/dev/shm/same"]},"incomplete":false}' "$(calls same '')"
  same "acts" fails "$(verdict acts)"
  same "what acts connects to" '["/run/systemd/journal/stdout"]' "$(calls acts .connected)"
  [ "$(jq '.services["acts.service"].failedCalls | length' "$rehearsal/record")" -gt 0 ] || fail "$(cat "$rehearsal/record")"
}

of_none() {
  rehearse_recording --no-changes --trace never
  same "why acts has no calls" "--trace never" "$(untraced acts)"
  same "calls" "" "$(jq -r '.services[] | select(.calls)' "$rehearsal/record")"
}

it "what services do is told of those that behave differently" of_different
it "what becomes another user gives up as little as its systemd allows" narrowed
it "--trace always tells it of all" of_all
it "a record tells why it can't tell" of_none
