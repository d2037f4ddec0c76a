#!/usr/bin/env python3
"""Compares how systemd and confinix read the same units.

    compare.py paths                             D-Bus paths of the unit names on standard input
    compare.py compare VERSION DIR EXCEPTIONS    DIR as ../readers fills it

Exits 1 if they differ without an exception. EXCEPTIONS has lines of versions, unit, property and reason, separated by tabs; the first
three are globs."""
import fnmatch
import json
import re
import sys
from pathlib import Path

EXECS = ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecReloadPost", "ExecStop", "ExecStopPost"]
PATHS = ["ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths"]
DIRECTORIES = ["StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory", "ConfigurationDirectory"]
VALUES = ["WorkingDirectory", "RootDirectory", "RootImage", "User", "Group"]
BOOLEANS = ["PrivateDevices", "MountAPIVFS"]


def bus_path(name):
    escaped = "".join(c if c.isascii() and c.isalpha() or c.isascii() and c.isdigit() and at else "".join(f"_{b:02x}" for b in c.encode())
                      for at, c in enumerate(name))
    return f"/org/freedesktop/systemd1/unit/{escaped}"


# confinix separates its output with white space, and quotes with double quotes. These undo a backslash.
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|.)", re.S)


def c_escape(match):
    what = match[1]
    return chr(int(what[1:], 16)) if what[0] == "x" and len(what) == 3 else {"n": "\n", "t": "\t", "r": "\r"}.get(what, what)


def words(value, unescape):
    found = []
    for match in re.finditer(r'(?:"(?:[^"\\]|\\.)*"|\'[^\']*\'|\\.|[^\s"\'\\])+', value, re.S):
        word = re.sub(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'', lambda m: m[1] if m[1] is not None else m[2].replace("\\", "\\\\"), match[0], flags=re.S)
        found.append((match[0], unescape(word)))
    return found


def c_words(value):
    return words(value, lambda word: ESCAPE.sub(c_escape, word))


def literal_words(value):
    return [word for _, word in words(value, lambda word: ESCAPE.sub(lambda m: m[1], word))]


# Specifiers that only the host knows stay: they match anything.
ANY = "\ufffc"


def percent(text):
    return re.sub("%([%aAbBcDHlmMoqrRsvwWyY])", lambda match: "%" if match[1] == "%" else ANY, text)


def same(systemd, confinix):
    if isinstance(confinix, str) and ANY in confinix:
        pattern = ".*".join(re.escape(part) for part in confinix.split(ANY))
        return isinstance(systemd, str) and bool(re.fullmatch(pattern, systemd, re.S))
    if isinstance(confinix, dict):
        return systemd.keys() == confinix.keys() and all(same(systemd[key], confinix[key]) for key in confinix)
    if isinstance(confinix, (list, tuple)):
        return len(systemd) == len(confinix) and all(map(same, systemd, confinix))
    return systemd == confinix


def in_force(values, is_list=True):
    values = values or []
    if "" in values:
        values = values[len(values) - values[::-1].index(""):]
    return values if is_list else values[-1] if values else ""


def split_colons(word):
    found, part, at = [], "", 0
    while at < len(word):
        if word[at] == "\\":
            part += word[at:at + 2]
            at += 2
            continue
        if word[at] == ":":
            found.append(part)
            part = ""
        else:
            part += word[at]
        at += 1
    return found + [part]


def bind_words(value):
    """The parts of each entry, without quotes and backslashes."""
    entries, part, entry, quote, at = [], "", [], None, 0
    while at < len(value):
        c = value[at]
        if c == "\\":
            at += 1
            part += value[at]
        elif c == quote:
            quote = None
        elif c in "\"'" and not quote:
            quote = c
        elif c == ":" and not quote:
            entry.append(part)
            part = ""
        elif c in " \t\n" and not quote:
            entries.append(entry + [part])
            entry, part = [], ""
        else:
            part += c
        at += 1
    return entries + [entry + [part]]


def of_confinix(service):
    settings, said = service["settings"], {}
    for setting in EXECS:
        said[setting] = []
        for line in in_force([line["text"] for line in service["exec"].get(setting, [])]):
            commands = [[]]
            for raw, word in c_words(line):
                if raw == ";":
                    commands.append([])
                else:
                    commands[-1].append(percent(word))
            for first, *rest in filter(None, commands):
                flags = {}
                while first and first[0] in "@-:+!|" and (first[0] not in flags or first[0] == "!"):
                    flags[first[0]] = flags.get(first[0], 0) + 1
                    first = first[1:]
                names = {"-": "ignore-failure", ":": "no-env-expand", "+": "privileged"}
                known = {name for flag, name in names.items() if flag in flags}
                known |= {{1: "no-setuid", 2: "ambient"}[flags["!"]]} if "!" in flags else set()
                if "|" in flags:
                    rest, first, known = ["-sh" if "@" in flags else "sh"] + ([first] if first else []) + rest, "/bin/sh", known | {"via-shell"}
                    flags["@"] = 1
                said[setting].append((first, rest if "@" in flags else [first] + rest, sorted(known)))
    assignments = {}
    for value in in_force(settings.get("Environment")):
        for _, word in c_words(value):
            name, _, text = percent(word).partition("=")
            assignments[name] = text
    said["Environment"] = assignments
    said["UnsetEnvironment"] = sorted({percent(word) for value in in_force(settings.get("UnsetEnvironment")) for _, word in c_words(value)})
    said["PassEnvironment"] = sorted({percent(word) for value in in_force(settings.get("PassEnvironment")) for word in literal_words(value)})
    for setting in PATHS:
        said[setting] = [percent(word) for value in in_force(settings.get(setting)) for word in literal_words(value)]
    for setting in ["BindPaths", "BindReadOnlyPaths"]:
        said[setting] = []
        for value in in_force(settings.get(setting)):
            for source, *rest in bind_words(value):
                optional, source = source.startswith("-"), percent(source.removeprefix("-"))
                target = percent(rest[0]) if rest else source
                said[setting].append((source, target, optional, rest[1:] != ["norbind"]))
    said["TemporaryFileSystem"] = []
    for value in in_force(settings.get("TemporaryFileSystem")):
        for word in literal_words(value):
            path, *options = split_colons(word)
            said["TemporaryFileSystem"].append((percent(ESCAPE.sub(lambda m: m[1], path)), ":".join(options)))
    for setting in DIRECTORIES:
        said[setting], links = set(), set()
        for value in in_force(settings.get(setting)):
            for word in value.split():
                path, *rest = [percent(ESCAPE.sub(c_escape, part)) for part in split_colons(word)]
                said[setting].add(path)
                if rest and rest[0]:
                    links.add((path, rest[0]))
        said[setting], said[setting + "Symlink"] = sorted(said[setting]), sorted(links)
    for setting in VALUES:
        said[setting] = percent(in_force(settings.get(setting), False))
    if said["WorkingDirectory"] in ("~", "-~"):
        said["WorkingDirectory"] = {"~": "~", "-~": "!~"}[said["WorkingDirectory"]]
    elif said["WorkingDirectory"].startswith("-"):
        said["WorkingDirectory"] = "!" + said["WorkingDirectory"][1:]
    said["EnvironmentFiles"] = [(percent(v.removeprefix("-")), v.startswith("-")) for v in in_force(settings.get("EnvironmentFile"))]
    said["ExecSearchPath"] = [percent(ESCAPE.sub(lambda m: m[1], path))
                              for value in in_force(settings.get("ExecSearchPath")) for path in split_colons(value)]
    for setting in BOOLEANS:
        value = in_force([v for v in settings.get(setting, []) if v], False).lower()
        said[setting] = value in ("1", "yes", "y", "true", "t", "on")
    # Its own root directory implies it.
    if not in_force(settings.get("MountAPIVFS"), False):
        said["MountAPIVFS"] = bool(said["RootDirectory"] or said["RootImage"])
    return said


def of_systemd(properties):
    said = {}
    for setting in EXECS:
        said[setting] = [(path, argv, sorted(flags)) for path, argv, flags, *_ in properties.get(setting + "Ex", [])]
    said["Environment"] = dict(word.split("=", 1) for word in properties["Environment"])
    for setting in ["UnsetEnvironment", "PassEnvironment"]:
        said[setting] = sorted(set(properties[setting]))
    for setting in PATHS:
        said[setting] = properties[setting]
    for setting in ["BindPaths", "BindReadOnlyPaths"]:
        said[setting] = [(source, target, optional, bool(flags & 16384)) for source, target, optional, flags in properties[setting]]
    said["TemporaryFileSystem"] = [tuple(entry) for entry in properties["TemporaryFileSystem"]]
    for setting in DIRECTORIES:
        said[setting] = sorted(set(properties[setting]))
        said[setting + "Symlink"] = sorted({tuple(entry[:2]) for entry in properties.get(setting + "Symlink", []) if entry[1]})
    for setting in VALUES:
        said[setting] = properties[setting]
    said["EnvironmentFiles"] = [tuple(entry) for entry in properties["EnvironmentFiles"]]
    said["ExecSearchPath"] = properties["ExecSearchPath"]
    for setting in BOOLEANS:
        said[setting] = properties[setting]
    return said


def lines_of_systemd(messages):
    found = {}
    for line in messages.splitlines():
        message = json.loads(line)
        if "CONFIG_FILE" in message and "UNIT" in message:
            found.setdefault(message["UNIT"], set()).add((message["CONFIG_FILE"], int(message["CONFIG_LINE"])))
    return found


def compare(version, work, exceptions):
    names = (work / "names").read_text().split("\n")[:-1]
    replies = [json.loads(line) for line in (work / "systemd").read_text().splitlines()]
    services = json.loads((work / "confinix").read_text())["services"]
    warnings = (work / "warnings").read_text().splitlines()
    left_out = {match[1] for match in (re.match(r"warning: skipping (\S+): systemd", line) for line in warnings) if match}
    told = lines_of_systemd((work / "messages").read_text())
    lines = set()
    for warning in warnings:
        match = re.match(r"warning: (/\S+\.(?:service|conf)):(\d+): ", warning)
        if match:
            lines.add((match[1], int(match[2])))
    assert len(names) == len(replies), (len(names), len(replies))
    differences, compared, states = [], 0, {}
    for name, reply in zip(names, replies):
        if reply is None:
            differences.append((name, "reply", "none", ""))
            continue
        properties = {key: value["data"] for key, value in reply["data"][0].items()}
        state = properties["LoadState"]
        if properties["Id"] != name:
            # An alias of a unit.
            if name in services:
                differences.append((name, "alias", properties["Id"], "a service"))
            states["alias"] = states.get("alias", 0) + 1
            continue
        compared += 1
        states[state] = states.get(state, 0) + 1
        mine = "loaded" if name in services else "refused" if name in left_out else "none"
        wanted = {"loaded": "loaded", "bad-setting": "refused", "error": "refused"}.get(state, "none")
        if wanted == "loaded" and mine == "none" and not any(properties.get(setting) for setting in EXECS):
            continue
        # A dangling link deserves a warning.
        if mine != wanted and (state, mine) != ("not-found", "refused"):
            differences.append((name, "verdict", state, mine))
            continue
        if mine != "loaded":
            continue
        systemd, confinix = of_systemd(properties), of_confinix(services[name])
        if int(version) >= 258:
            # !! no longer has an effect: confinix keeps it for the versions of systemd that know it.
            for setting in EXECS:
                confinix[setting] = [(path, argv, [flag for flag in flags if flag != "ambient"]) for path, argv, flags in confinix[setting]]
        # It implies a user and a group.
        if properties["DynamicUser"]:
            for setting in ["User", "Group"]:
                confinix[setting] = confinix[setting] or systemd[setting]
        for setting, value in systemd.items():
            mine = confinix[setting]
            if setting in DIRECTORIES and len(value) == len(mine):
                # Specifiers that only the host knows sort differently.
                equal = all(any(same(one, other) for other in mine) for one in value)
            else:
                equal = same(value, mine)
            if not equal:
                differences.append((name, setting, value, mine))
        files = {properties["FragmentPath"], *properties["DropInPaths"]}
        own = {line for line in lines if line[0] in files}
        for line in sorted(own - told.get(name, set())):
            # A drop-in may belong to several units.
            if not any(line in other for other in told.values()):
                differences.append((name, "ignored", "nothing", f"{line[0]}:{line[1]}"))
        if name.startswith("gen-"):
            for line in sorted(told.get(name, set()) - own):
                differences.append((name, "ignored", f"{line[0]}:{line[1]}", "nothing"))
    rules = [line.split("\t") for line in exceptions.read_text().splitlines() if line and not line.startswith("#")]
    used, listed, open_ = set(), 0, []
    for difference in differences:
        for index, (versions, unit, setting, _) in enumerate(rules):
            if version in versions.split(",") and fnmatch.fnmatchcase(difference[0], unit) and fnmatch.fnmatchcase(difference[1], setting):
                used.add(index)
                listed += 1
                break
        else:
            open_.append(difference)
    for name, setting, systemd, confinix in open_:
        print(f"{name}\t{setting}\n    systemd  {systemd!r}\n    confinix {confinix!r}"[:2000])
    for index, rule in enumerate(rules):
        if version in rule[0].split(",") and index not in used:
            print(f"an exception that excepts nothing with systemd {version}: {' '.join(rule[:3])}")
    states = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    print(f"systemd {version}: {compared} units compared ({states}), {len(open_)} differences, {listed} more by {len(used)} exceptions")
    return bool(open_)


if sys.argv[1] == "paths":
    print("\n".join(bus_path(name) for name in sys.stdin.read().split("\n")[:-1]))
else:
    sys.exit(compare(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])))
