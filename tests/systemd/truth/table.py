"""Prediction against outcome, as Markdown. Arguments: what `confinix check --format json` printed, outcomes, systemd's version."""

import collections
import json
import sys

# What only the program itself knows: no reading of its files tells that nginx asks for a user.
BEYOND = {"nginx-without-users.service"}

check, outcomes, version = sys.argv[1:]
findings = collections.defaultdict(set)
for finding in json.load(open(check))["findings"]:
    findings[finding["service"]].add((finding["level"], finding["code"]))
rows, wrong, count = [], [], collections.Counter()
for line in open(outcomes):
    unit, outcome = line.rstrip("\n").split("\t")
    levels = {level for level, _ in findings[unit]}
    said = "fails" if "deny" in levels else "may fail" if levels else "starts"
    codes = ", ".join(sorted({code for level, code in findings[unit] if level == "deny" or said == "may fail"}))
    rows.append(f"| {unit.removesuffix('.service')} | {said} | {outcome} | {codes} |")
    count[said, outcome] += 1
    if (said, outcome) in {("fails", "starts"), ("starts", "fails")} and unit not in BEYOND:
        wrong.append(unit)
print(f"Real services under systemd {version}, made by `tests/systemd/truth/run`: what `confinix check` says, and what happens.\n")
print("| said | fails | starts |\n| --- | --- | --- |")
for said in ["fails", "may fail", "starts"]:
    print(f"| {said} | {count[said, 'fails']} | {count[said, 'starts']} |")
print("\n| service | said | happens | findings |\n| --- | --- | --- | --- |")
print("\n".join(rows))
print("\nBeyond foresight, since only the program knows: " + ", ".join(sorted(unit.removesuffix(".service") for unit in BEYOND)) + ".")
if wrong:
    print("WRONG: " + ", ".join(wrong), file=sys.stderr)
    sys.exit(1)
