import shlex
import typing

PROPERTIES = [
    "ActiveState",
    "SubState",
    "Result",
    "ExecMainCode",
    "ExecMainStatus",
    "NRestarts",
]
Behaviour = dict[str, str]


def behaviour(machine: typing.Any, unit: str) -> Behaviour:
    """Starts a service, watches it, stops it, and returns what systemd reports of it."""
    name = shlex.quote(unit)
    # It may have been started at boot.
    machine.execute(f"systemctl stop -- {name}; systemctl reset-failed -- {name}")
    started, _ = machine.execute(f"systemctl start -- {name}")
    machine.sleep(SECONDS)
    _, shown = machine.execute(
        f"systemctl show --property {','.join(PROPERTIES)} -- {name}"
    )
    found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    # How often depends on the machine.
    found["NRestarts"] = "0" if found.get("NRestarts", "0") == "0" else "more than 0"
    found["start"] = "succeeds" if started == 0 else "fails"
    stopped, _ = machine.execute(f"systemctl stop -- {name}")
    found["stop"] = "succeeds" if stopped == 0 else "fails"
    return found


def works(found: Behaviour) -> bool:
    """Whether it works, so that confinement could break it."""
    return (
        found["start"] == "succeeds"
        and found.get("Result") == "success"
        and found["NRestarts"] == "0"
    )


def problems_of(unit: str) -> list[str]:
    """What is different with confinement, or why that can't be told."""
    without, confined_ = behaviour(control, unit), behaviour(confined, unit)
    if not works(without):
        return [
            f"{unit} does not work without confinement either ({without}): it can't be compared; leave it out with `except`"
        ]
    different = [
        f"{unit}: {key} is {confined_.get(key, 'unknown')} with confinement, and {value} without"
        for key, value in sorted(without.items())
        if confined_.get(key) != value
    ]
    if different:
        _, journal = confined.execute(
            f"journalctl --no-pager --lines 20 --unit {shlex.quote(unit)}"
        )
        different.append(journal)
    return different


start_all()
for machine in [control, confined]:
    machine.wait_for_unit("multi-user.target")

problems: list[str] = []
for unit in SERVICES:
    with subtest(f"{unit} behaves as it does without confinement"):
        problems += problems_of(unit)
if problems:
    raise Exception("\n".join(problems))
