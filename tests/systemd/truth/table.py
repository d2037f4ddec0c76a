"""Prints prediction against outcome as Markdown. Arguments: the output of `confinix check --format json`, outcomes, systemd's version, the strategy."""

import collections
import json
import sys

check, outcomes, version, strategy = sys.argv[1:]
findings = collections.defaultdict(set)
for finding in json.load(open(check))["findings"]:
    findings[finding["service"]].add((finding["level"], finding["code"]))
rows, wrong, count = [], [], collections.Counter()
for line in open(outcomes):
    unit, outcome = line.rstrip("\n").split("\t")
    levels = {level for level, _ in findings[unit]}
    said = "fails" if "deny" in levels else "may fail" if levels else "nothing found"
    codes = ", ".join(sorted({code for level, code in findings[unit] if level == "deny" or said == "may fail"}))
    rows.append(f"| {unit.removesuffix('.service')} | {said} | {outcome} | {codes} |")
    count[said, outcome] += 1
    if said == "fails" and outcome != "fails" or said == "nothing found" and outcome == "fails":
        wrong.append(unit)
print(f"Real services under systemd {version}, strategy {strategy}, made by `tests/systemd/truth/run`: what `confinix check` says, and what happens.\n")
print("| said | fails | lacks | starts |\n| --- | --- | --- | --- |")
for said in ["fails", "may fail", "nothing found"]:
    print(f"| {said} | {count[said, 'fails']} | {count[said, 'lacks']} | {count[said, 'starts']} |")
print("\n| service | said | happens | findings |\n| --- | --- | --- | --- |")
print("\n".join(rows))
if wrong:
    print("WRONG: " + ", ".join(wrong), file=sys.stderr)
    sys.exit(1)
