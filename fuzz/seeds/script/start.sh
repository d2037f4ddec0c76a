set -euo pipefail
PATH=/nix/store/00000000000000000000000000000000-a/bin:$PATH
export PATH
if [ -e /etc/passwd ] && command -v id >/dev/null; then id -u "${USER:-nobody}"; fi
start() { local x=$(cat /run/x | head -n 1); printf '%s\n' "$x" > "/var/lib/$1/x"; }
for i in 1 2 3; do start "$i" || true; done
case "$1" in a|b) exec web --a ;; *) exit 1 ;; esac
cat <<END >> /tmp/log
text $(date) `uname`
END
while read -r line; do [[ $line == x* ]] && break; done < /etc/hosts
