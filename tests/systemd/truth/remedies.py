"""Prints the remedies of findings as a function for tests/common/paste.nix. Arguments: the output of `confinix check --format json`, and
the file of the previous round, if any. Prints the remedies of all rounds; exits 1 if this round adds none."""

import json
import pathlib
import re
import sys

# Services that fail despite remedies: grep finds nothing, the program ends on a reload, the guest lacks the device, the file or nscd, not
# every guest has /etc/hosts, certificates or /sys/fs/bpf, or its systemd may not know '|'.
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
    # Packages that this machine does not have can't be added.
    if first and set(re.findall(r"pkgs\.([\w-]+)", first["paste"])) - PACKAGES:
        continue
    if finding["service"].removesuffix(".service") in OTHERWISE:
        continue
    if first and (line := "{ %s }" % first["paste"].replace("\n", " ")) not in lines:
        lines.append(line)
print("\n".join([before[0], *lines, before[-1]]))
sys.exit(0 if len(lines) > len(before) - 2 else 1)
