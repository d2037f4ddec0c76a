# Functions for cases that rehearse the services in $rehearsal/services.nix. Sourced by them.

rehearse() { "$confinix" rehearse --quiet -f "$rehearsal/services.nix" --strategy "$strategy" --root "$root" --for 1s "$@"; }
verdict() { jq -r ".services[\"$1.service\"].verdict" "$rehearsal/record"; }
changes() { jq -r ".services[\"$1.service\"].changes.text" "$rehearsal/record"; }
# What the record says that a service touched, without hashes.
observed() { jq -r ".services[\"$1.service\"].observation | $2 // [] | .[]" "$rehearsal/record" | cut -d- -f2- | sort | paste -sd ' '; }
# What rehearsals that have ended may leave behind: directories and control groups. Their names have the process id of confinix.
left() {
  local name pid
  # Their directory goes with the last of them.
  [ ! -d /run/confinix-guests ] || [ "$(ls -A /run/confinix-guests)" ] || echo /run/confinix-guests
  { ls -A /run/confinix-guests 2>/dev/null; groups_of_guests; } | while read -r name; do
    pid=${name#confinix-}
    [ -e "/proc/${pid%-*}" ] || echo "$name"
  done
}
groups_of_guests() {
  unshare --mount --propagation private sh -c '
    ls /sys/fs/cgroup/pids /sys/fs/cgroup/memory 2>/dev/null
    mount -t cgroup2 none /sys/fs/cgroup && ls /sys/fs/cgroup' | grep -E '^confinix-[0-9]+-[0-9]+$' || true
}
