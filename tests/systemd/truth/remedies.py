"""What findings propose, as a function for tests/common/paste.nix. Arguments: what `confinix check --format json` printed, the file that
the last round wrote, if there was one. Prints what is pasted in all; exits 1 where nothing has come."""

import json
import pathlib
import re
import sys

# What fails all the same: grep finds nothing, the program ends at a reload, and the guest has no such device, file or nscd, not every one
# has /etc/hosts, certificates or /sys/fs/bpf; its systemd may know no '|'.
OTHERWISE = {
    "chroot-bpf", "command-search-path-lacks", "device-absent", "last-fails", "pipe-prefix", "pipe-prefix-login", "reads-certificates",
    "reload-absent", "sh-file-absent", "user-whoami-dynamic", "wraps", "wraps-command",
}
PACKAGES = {"bash", "coreutils", "gnugrep", "gnused", "procps", "python3"}

findings = json.load(open(sys.argv[1]))["findings"]
before = pathlib.Path(sys.argv[2]).read_text().splitlines() if len(sys.argv) > 2 else ["{ pkgs, lib }: [", "]"]
lines = before[1:-1]
for finding in findings:
    first = next((remedy for remedy in finding["remedies"] if remedy["what"].endswith("in the NixOS configuration")), None)
    # What is not here can't be had.
    if first and set(re.findall(r"pkgs\.([\w-]+)", first["paste"])) - PACKAGES:
        continue
    if finding["service"].removesuffix(".service") in OTHERWISE:
        continue
    if first and (line := "{ %s }" % first["paste"].replace("\n", " ")) not in lines:
        lines.append(line)
print("\n".join([before[0], *lines, before[-1]]))
sys.exit(0 if len(lines) > len(before) - 2 else 1)
