#!/usr/bin/env python3
"""Writes units that are hard to read: generate.py DIRECTORY [SEED [COUNT]]

The same seed gives the same units. Each list below is one kind of oddity; each entry becomes a unit of its own, so that a
difference points to its cause. COUNT more units are random combinations of the same pieces."""
import os
import random
import sys
from pathlib import Path

here = Path(sys.argv[1])
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
count = int(sys.argv[3]) if len(sys.argv) > 3 else 200
START = b"ExecStart=/bin/x\n"

EXECS = r"""
/bin/x
/bin/x a 'b c' "d e" f'g h'i
/bin/x "a 'b' c" 'd "e" f' ""
/bin/x \x41 \101 \u00e9 \U0001F600 \s. \t. \n. \a \b \f \v \r.
/bin/x \q a\zb \x4 \8 \400 \u12 \xg0
/bin/x a\ b
/bin/x "a\"b" 'c\'d' \"e
/bin/x a\
/bin/x "unclosed
-/bin/x 'unclosed
"/bin/x y" z
'/bin/x'
/bin/x%%y %%n 100%% %- %
/bin/x %n %N %p %P %i %I %j %J %f
/bin/x %t %S %C %L %E %T %V %d %h %u %U %g %G %y %Y
/bin/x %z
-/bin/x %z
/bin/%n %1
/bin/%p-%j x
%t/x y
%z/x
-%z/x
/bin/x ; /bin/y z ; -/bin/w
/bin/x ;
; /bin/x
/bin/x ;; y
/bin/x a; b ;c d
/bin/x \; ";" ';' \\; y
/bin/x ; a/b ; /bin/y
/bin/x ; -a/b ; /bin/y
@/bin/x zero one
@/bin/x
@-+/bin/x zero
-@/bin/x
+-/bin/x
-+:@/bin/x zero $A ${B} $$C
!/bin/x
!!!/bin/x
+!/bin/x
!+/bin/x
--/bin/x
- /bin/x
-
@
:
+
//bin//./x y
/bin/../x
/bin/x/
/
.
..
x y
-x
x/y
./x
/bin/x"y
/bin/"x y"/z
/bin/x\"y
/bin/x\\y
/bin/x\ty
/bin/x é ü €
/bin/é x
/bin/x	tab	separated
/bin/x $A $$A ${A} $${A}
/bin/x = a=b [c] {d} #e ;f
/bin/x #comment ;not
/bin/x * ? [a-z] ~ ! & | < > ( )
""".strip("\n").split("\n")

ENVIRONMENTS = r"""
A=b
A=b B=c A=d
"A=b c" 'B=d e' C="f g" D='h i'j
A= B="" C='' D
A=\x41 B=\101 C=a\tb D=\s E=\u00e9
A=1 B=\q C=1
A=1 B="unclosed C=1
A=1 B=x\
A-B=1 1A=1 =1 _A=1 A.B=1 é=1 C=1
A=%n B=%i C=%I D=%%n E=\x25n
A=%z B=1
%p=1 A_%j=1
A="a%%b" B='%h'
A=a=b=c B==
A="x \"y\" 'z'" B='x "y"'
A=$HOME B=${C} D=`e`
A=é B=\xc3\xa9
A="a;b" B=a;b C=#d
A="a
""".strip("\n").split("\n")

PATHS = r"""
/a
/a /b /c
-/a +/b -+/c +-/d
"/a b" '/c d' "/e" /f" "g
/a\ b /c\\d /e\x20f /g\"h
/a//b/./c/ / //
/a/../b /c
/a "/b
/a b /c
/%n /%i /%I %f %S/x %h/y
/%z /a
/%%a
- + -+
-/a:b
/a\
"-/a" '+/b' "-+/c d"
~ ~/x
/é /€
""".strip("\n").split("\n")

BINDS = r"""
/a
/a:/b /c:/d:rbind /e:/f:norbind
-/a -/b:/c
/a: /b
/a:/b:x /c
/a:/b:rbind:x /c
/a: b
"/a b":/c '/d e':'/f g'
/a\:b:/c\:d
/a\\b
"/a
/a:"/b
/a:/b"c
rel /a
/a:rel /b
/a/../b /c
//a//b/:/c/.
/%n:/%i %S/%p:/%f
/a:/%z /b
/%%a:/b
-
-/a:-/b
""".strip("\n").split("\n")

TEMPORARY = r"""
/a
/a:ro /b:ro,mode=0700 /c:size=1M
"/a b:ro" '/c d'
/a\:b:ro /c\\:d
/a: /b
rel:ro /a
/%n:ro /%i
/%z /a
/a/../b /c
/a "/b
//a/./b/
""".strip("\n").split("\n")

DIRECTORIES = r"""
a
a b/c d-e
a/ b//c ./d e/.
/a b
../a b/../c d
. a
a:l b:m/n
a:/l b
a:../l b
private private/a privatex a
"a b" 'c d' e
a\x20b c\:d e\\f
a\qb c
a "b
%n %p %i %I
%z a
a%%b
a a a
b a/c a-b a
é
"a b:l"
""".strip("\n").split("\n")

# systemd 258 and newer read these differently.
PARTED = ["/a:/b: /c", "/a :/b", '"/a:/b"', r"/a\ b:/c", "/%z:/a /b", "/a  /b\t/c", "rel:/a", "/a:rel:/b", r"/a\x20b"]
# systemd before 257 reads these differently.
NEWER = ["a:: b", "a::ro b:l:ro", "a::rw b", "a:l:ro:x b", ":a b"]

WORKING = ["/a", "/a/", "//a/./b", "-/a", "~", "-~", "~/x", "-~/x", "rel", "-rel", "/a b", '"/a"', "-\"/a\"", "/a/../b", "-/a/../b",
           "%h", "%h/x", "-%S/%p", "%f", "/%z", "-/%z", "/%%a", "- /a", "", "+/a", "/a\\ b", "/é"]
FILES = ["/a", "-/a", "- /a", "rel", "-rel", '"/a"', "/a b", "%E/%p/%i.env", "-%h/x", "/%z", "/a/../b", "//a/./b/", "/a*", "/a\\x20b", ""]
USERS = ["x", "root", "0", "1000", "65535", "4294967295", "x y", "x:y", "x/y", "é", "%i", "%p", "%u", "%z", "-1", "012", "x.y", "x$",
         ".", "nobody", "%n", "a@b", ""]
BOOLEANS = ["yes", "No", "TRUE", "f", "1", "0", "on", "OFF", "y", "n", "t", "maybe", "", "2", "yes no"]
LINES = {
    "missing-equals": b"Restart always\nStateDirectory=a\n",
    "missing-name": b"=x\n = y\nStateDirectory=a\n",
    "unknown": b"Unknown=1\nexecstart=/bin/y\nX-Unknown=1\nStateDirectory=a\n",
    "spaces": b"  StateDirectory  =  a b  \n\tUser\t=\tx\t\n",
    "continued": b"Environment=A=1 \\\n  B=2 \\\n\tC=3\n",
    "comments-in-continued": b"Environment=A=1 \\\n# no\n  ; no \\\nB=2 \\\n\n",
    "continued-empty": b"Environment=A=1 \\\n\nUser=x\n",
    "continued-to-the-end": b"Environment=A=1 \\",
    "continued-to-the-end-with-newline": b"Environment=A=1 \\\n",
    "continued-header": b"User=x\n[Serv\\\nice]\nGroup=y\n",
    "even-backslashes": b"Environment=A=1\\\\\nUser=x\n",
    "odd-backslashes": b"Environment=A=1\\\\\\\n B=2\nUser=x\n",
    "backslash-space": b"Environment=A=1 \\ \nUser=x\n",
    "comment-with-backslash": b"# x \\\nUser=x\n; y \\\nGroup=y\n",
    "crlf": b"User=x\r\nEnvironment=A=1 \\\r\n B=2\r\nStateDirectory=a\r\n",
    "cr": b"User=x\rStateDirectory=b\r",
    "nul": b"User=x\0StateDirectory=b\0\0Group=y\n",
    "lf-cr": b"User=x\n\rBad line\n\rStateDirectory=b\n",
    "nbsp": b"\xc2\xa0StateDirectory=c\nUser=\xc2\xa0x\n",
    "vertical-tab": b"\x0bUser=x\nStateDirectory=a\x0bb\n",
    "latin1-comment": b"# d\xe9mon\nUser=x\n",
    "latin1-value": b"User=x\nDescription=\xe9\nGroup=y\n",
    "latin1-section": b"User=x\n[\xe9]\nGroup=y\n",
    "latin1-other-section": b"[X-Mine]\nName=\xe9\n[Service]\nUser=x\n",
    "non-character": b"User=x\nGroup=\xef\xbf\xbf\n",
    "surrogate": b"User=x\nGroup=\xed\xa0\x80\n",
    "unknown-section": b"[Socket]\nUser=x\n[service]\nUser=y\n[X-Mine]\nUser=z\n[ Service ]\nGroup=x\n",
    "sections-again": b"User=x\n[Unit]\nDescription=x\n[Service]\nGroup=y\n[Install]\nWantedBy=x\nUser=z\n",
    "header-open": b"User=x\n[Service\nGroup=y\n",
    "header-after": b"User=x\n[Service] # x\nGroup=y\n",
    "header-quote": b"User=x\n[\"Service\"]\nGroup=y\n",
    "header-empty": b"User=x\n[]\nGroup=y\n",
    "header-spaces": b"  [Service]  \nUser=x\n",
    "semicolon": b";User=x\n ; Group=x\nUser=y ; z\n",
    "hash-in-value": b"StateDirectory=a # b\n",
    "no-newline": b"User=x",
    "mark-again": b"User=x\n\xef\xbb\xbfGroup=y\n",
    "long-value": b"Environment=A=" + b"x" * 5000 + b"\nUser=x\n",
    "long-line": b"User=x\nEnvironment=A=" + b"x" * (1 << 20) + b"\nGroup=y\n",
    "long-continued": b"User=x\nEnvironment=A=" + (b"x" * 1000 + b"\\\n") * 1100 + b"\nGroup=y\n",
    "long-path": b"WorkingDirectory=/" + b"x/" * 2100 + b"\n",
    "long-component": b"ReadWritePaths=/a /" + b"x" * 256 + b" /b\n",
    "reset-exec": b"ExecStart=\nExecStart=/bin/y\nExecStop=/a\nExecStop=\n",
    "reset-exec-blank": b"ExecStart=   \nExecStart=/bin/y\n",
    "reset-binds": b"BindPaths=/srv/a\nBindReadOnlyPaths=/srv/b\nBindReadOnlyPaths=\nBindPaths=/srv/c\n",
    "reset-binds-other": b"BindReadOnlyPaths=/srv/b\nBindPaths=\nBindReadOnlyPaths=/srv/c\n",
    "reset-lists": b"".join(name + b"=/a\n" + name + b"=\n" + name + b"=/b\n" for name in
                            [b"ReadWritePaths", b"ReadOnlyPaths", b"InaccessiblePaths", b"TemporaryFileSystem", b"EnvironmentFile"]),
    "reset-environment": b"Environment=A=1 B=2\nEnvironment=\nEnvironment=C=3\nPassEnvironment=D\nPassEnvironment=\n",
    "reset-values": b"User=x\nUser=\nGroup=y\nWorkingDirectory=/a\nWorkingDirectory=\nRootDirectory=/b\nRootDirectory=\n",
    "reset-directories": b"StateDirectory=a\nStateDirectory=\nStateDirectory=b\nLogsDirectory=a\nLogsDirectory=\n",
    "ignored-is-no-reset": b"StateDirectory=a\nStateDirectory=/b\nReadWritePaths=/a\nReadWritePaths=rel\nEnvironment=A=1\nEnvironment=1\n",
    "legacy-names": b"ReadWriteDirectories=+/a//\nReadOnlyDirectories=-/b rel\nInaccessibleDirectories=/%n/\nReadWritePaths=/d\n",
    "legacy-reset": b"ReadWriteDirectories=/a\nReadWritePaths=\nReadWriteDirectories=/b\n",
    "two-starts": b"ExecStart=/bin/y\n",
    "two-starts-oneshot": b"Type=oneshot\nExecStart=/bin/y\n",
    "oneshot-always": b"Type=oneshot\nRestart=always\n",
    "dbus-nameless": b"Type=dbus\n",
    "dbus": b"BusName=a.b\n",
    "bad-type": b"Type=dbus\nType=other\nBusName=a.b\n",
    "no-start": b"ExecStart=\n",
    "only-stop": b"ExecStart=\nExecStop=/bin/y\nRemainAfterExit=yes\n",
    "only-stop-gone": b"ExecStart=\nExecStop=/bin/y\n",
    "only-reload": b"ExecStart=\nExecReload=/bin/y\n",
    "action": b"ExecStart=\nExecStopPost=/bin/y\n[Unit]\nSuccessAction=reboot\n",
    "action-none": b"ExecStart=\n[Unit]\nSuccessAction=none\n",
    "dynamic-home": b"DynamicUser=yes\nWorkingDirectory=~\n",
    "dynamic-bad": b"DynamicUser=maybe\n",
    "pam-process": b"PAMName=x\nKillMode=process\n",
    "all-execs": b"".join(b"Exec" + name + b"=-/bin/" + name + b" %n\n" for name in
                          [b"Condition", b"StartPre", b"StartPost", b"Reload", b"Stop", b"StopPost"]),
}


def write(path, text):
    path = here / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def service(name, lines, start=START):
    write(f"{name}.service", b"[Service]\n" + start + (lines if isinstance(lines, bytes) else lines.encode()))


def each(kind, setting, values, start=START):
    for index, value in enumerate(values):
        service(f"gen-{kind}-{index:03}", f"{setting}={value}\n", start)
        # An instance whose name exercises many specifiers.
        if "%" in value:
            service(f"gen-{kind}-{index:03}@", f"{setting}={value}\n", start)
            for instance in [r"in-st\x2dan\x20ce", "plain", r"bad\x", "-lead", r"a\x25b"]:
                (here / f"gen-{kind}-{index:03}@{instance}.service.d").mkdir()


def single_oddities():
    each("exec", "ExecStart", EXECS, b"")
    each("stop", "ExecStopPost", EXECS)
    each("environment", "Environment", ENVIRONMENTS)
    each("unset", "UnsetEnvironment", ENVIRONMENTS)
    each("pass", "PassEnvironment", ENVIRONMENTS)
    for setting in ["ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths"]:
        each(setting.lower(), setting, PATHS)
    each("bind", "BindPaths", BINDS)
    each("bind-ro", "BindReadOnlyPaths", BINDS)
    each("tmpfs", "TemporaryFileSystem", TEMPORARY)
    for setting in ["StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory", "ConfigurationDirectory"]:
        each(setting.lower(), setting, DIRECTORIES)
    each("directory-program", "ExecStart", ["/bin/x/.", "/bin/.."], b"")
    each("ambient", "ExecStart", ["!!/bin/x", "-!!/bin/x y"], b"")
    each("parted", "BindPaths", PARTED)
    each("newer", "StateDirectory", NEWER)
    each("cwd", "WorkingDirectory", WORKING)
    each("root", "RootDirectory", WORKING)
    each("image", "RootImage", WORKING[:4])
    each("file", "EnvironmentFile", FILES)
    each("user", "User", USERS)
    each("group", "Group", USERS)
    each("bool", "PrivateDevices", BOOLEANS)
    each("tristate", "MountAPIVFS", BOOLEANS)
    each("search", "ExecSearchPath", ["/a:/b", "/a::/b", "rel:/a", "/a:rel:/b", "/a/../b", "/%p:/%i", "/a:", "/a\\:b:/c"])
    for name, lines in LINES.items():
        service(f"gen-line-{name}", lines)
    write("gen-line-mark.service", b"\xef\xbb\xbf[Unit]\nDescription=x\n[Service]\n" + START)
    write("gen-line-mark-comment.service", b"\xef\xbb\xbf# x\n[Service]\n" + START)
    write("gen-line-outside.service", b"User=x\nnonsense\n[Service]\n" + START)
    write("gen-line-no-section.service", b"ExecStart=/bin/x\n")
    write("gen-line-cr-only.service", (b"[Service]\n" + START + b"User=x\n").replace(b"\n", b"\r"))


def links():
    """Aliases, linked units, dangling links; hierarchies of drop-ins."""
    service("gen-link-real", "User=x\n")
    service("gen-link-real@", "User=%i\n")
    outside = "/srv/linked"
    for name, target in {
        "gen-link-alias": "gen-link-real.service",
        "gen-link-alias2": "gen-link-alias.service",
        "gen-link-absolute": "/etc/systemd/system/gen-link-real.service",
        "gen-link-dotted": "../system/./gen-link-real.service",
        "gen-link-outside": f"{outside}/other-name.service",
        "gen-link-outside-same": f"{outside}/gen-link-outside-same.service",
        "gen-link-outside-hash": f"{outside}/0123-gen-link-outside-hash.service",
        "gen-link-outside-text": f"{outside}/text.txt",
        "gen-link-dead": f"{outside}/gone.service",
        "gen-link-dead-within": "gone.service",
        "gen-link-dead-same": f"{outside}/gen-link-dead-same.service",
        "gen-link-self": "gen-link-self.service",
        "gen-link-loop1": "gen-link-loop2.service",
        "gen-link-loop2": "gen-link-loop1.service",
        "gen-link-null": "/dev/null",
        "gen-link-to-template": "gen-link-real@.service",
        "gen-link-to-target": "gen.target",
        "gen-link-directory": outside,
        "gen-link-alias@": "gen-link-real@.service",
        "gen-link-alias@one": "gen-link-real@one.service",
        "gen-link-alias@two": "gen-link-real@one.service",
        "gen-link-alias@three": "gen-link-real@.service",
        "gen-link-other@": "gen-link-real.service",
    }.items():
        (here / f"{name}.service").symlink_to(target)
    for instance in ["one", "two", "three", "four"]:
        for name in ["real", "alias", "other"]:
            (here / f"gen-link-{name}@{instance}.service.d").mkdir(exist_ok=True)
    (here / "gen-link-folder.service").mkdir()
    write("gen-link-empty.service", b"")
    write("gen-link-alias.service.d/10-alias.conf", "[Service]\nEnvironment=ALIAS=1\n")
    write("gen-link-alias2.service.d/20-alias.conf", "[Service]\nEnvironment=ALIAS2=1\n")
    write("gen-link-real.service.d/15-real.conf", "[Service]\nEnvironment=REAL=1\n")
    write("gen-link-alias@.service.d/10-alias.conf", "[Service]\nEnvironment=ALIAS=%i\n")
    write("gen-link-outside.service.d/10-x.conf", "[Service]\nEnvironment=DROPIN=1\n")
    service("gen-drop-in-many@", "Environment=FRAGMENT=%i\n")
    service("gen-drop-in-many", "Environment=FRAGMENT=1\n")
    drop = lambda where, name, value: write(f"{where}.service.d/{name}.conf", f"[Service]\nEnvironment={value}\n")
    for where in ["gen-drop-in-many@a-b", "gen-drop-in-many@", "gen-drop-in-@a-b", "gen-drop-in-@", "gen-drop-@", "gen-@a-b",
                  "gen-drop-in-many", "gen-drop-in-", "gen-drop-"]:
        drop(where, "50-same", f"SAME={where.replace('@', '_at_')}")
        drop(where, f"40-{where}", f"A{abs(hash_of(where))}=1")
        if where != "gen-drop-in-many@a-b":
            drop(where, "60-but-first", f"SECOND={where.replace('@', '_at_')}")
    for place, text in {
        "10-bad-line": "nonsense\n[Service]\nEnvironment=BADLINE=1\n",
        "11-bad-header": "[Service]\nEnvironment=BEFORE=1\n[Bad\nEnvironment=AFTER=1\n",
        "12-bad-exec": "[Service]\nEnvironment=BEFORE2=1\nExecStop=a/b\nEnvironment=AFTER2=1\n",
        "13-bad-user": "[Service]\nUser=a:b\nEnvironment=AFTER3=1\n",
        "14-reset": "[Service]\nExecStart=\nExecStart=/bin/other %n\n",
        "16-no-section": "Environment=NOSECTION=1\n",
    }.items():
        service(f"gen-drop-bad-{place}", "")
        write(f"gen-drop-bad-{place}.service.d/{place}.conf", text)
    service("gen-drop-odd", "")
    write("gen-drop-odd.service.d/10-latin.conf", b"[Service]\nEnvironment=BEFORE=1\nUser=\xe9\nEnvironment=AFTER=1\n")
    write("gen-drop-odd.service.d/20-mark.conf", b"\xef\xbb\xbf[Service]\nEnvironment=MARK=1\n")
    write("gen-drop-odd.service.d/30-folder.conf/x", "")
    write("gen-drop-odd.service.d/.40-hidden.conf", "[Service]\nEnvironment=HIDDEN=1\n")
    write("gen-drop-odd.service.d/50-other.txt", "[Service]\nEnvironment=TXT=1\n")
    write("gen-drop-odd.service.d/55-backup.conf~", "[Service]\nEnvironment=BACKUP=1\n")
    (here / "gen-drop-odd.service.d/60-dead.conf").symlink_to("/srv/gone")
    write("gen-drop-.service.d/60-dead.conf", "[Service]\nEnvironment=BELOWDEAD=1\n")
    write("gen-drop-.service.d/30-folder.conf", "[Service]\nEnvironment=BELOWFOLDER=1\n")
    (here / "gen-drop-odd.service.d/70-null.conf").symlink_to("/dev/null")
    write("gen-drop-.service.d/70-null.conf", "[Service]\nEnvironment=BELOWNULL=1\n")
    write("gen-drop-odd.service.d/80-empty.conf", "")
    write("gen-drop-.service.d/80-empty.conf", "[Service]\nEnvironment=BELOWEMPTY=1\n")
    (here / "gen-drop-odd.service.d/90-link.conf").symlink_to("/srv/linked/drop-in.conf")
    write("gen-drop-orphan.service.d/10-x.conf", "[Service]\nExecStart=/bin/x\n")
    for name in ["gen--double--dash", "gen-trail-", "gen-trail--", "-gen-lead"]:
        service(name, "")
    drop("gen--", "10-x", "DOUBLE=1")
    drop("gen-trail-", "10-x", "TRAIL=1")
    drop("gen-", "90-all", "ALLGEN=1")


def hash_of(text):
    return sum(ord(c) * 31 ** (i % 7) for i, c in enumerate(text)) % 100_000


def by_chance():
    """Units of several settings, with values combined from the pieces above."""
    chance = random.Random(seed)
    pools = {
        "ExecStartPre": EXECS, "ExecStop": EXECS, "Environment": ENVIRONMENTS, "UnsetEnvironment": ENVIRONMENTS,
        "ReadWritePaths": PATHS, "InaccessiblePaths": PATHS, "BindPaths": BINDS, "BindReadOnlyPaths": BINDS,
        "TemporaryFileSystem": TEMPORARY, "StateDirectory": DIRECTORIES, "RuntimeDirectory": DIRECTORIES,
        "LogsDirectory": DIRECTORIES, "WorkingDirectory": WORKING, "EnvironmentFile": FILES, "PrivateDevices": BOOLEANS,
    }
    pieces = list("\"'\\:%;-+@ /") + ["\\x20", "\\:", "%n", "%i", "%%", "/a", "b", " ", " ", "\t", "é", "A=", "\\\n ", "..", "/."]

    # Only what all versions read alike.
    harmless = [piece for piece in pieces if not set(piece) & set(" \t\\:\"'")]

    def value(setting):
        pool = pools[setting]
        if "Bind" in setting:
            # A quote that spans others contains a colon.
            pool = [entry for entry in pool if entry.count('"') % 2 == 0]
        text = chance.choice(pool)
        for _ in range(chance.choice([0, 0, 1, 2])):
            at = chance.randrange(len(text) + 1)
            is_parted = "Bind" in setting or setting.endswith("Directory")
            text = text[:at] + chance.choice(harmless if is_parted else pieces) + text[at:]
        if chance.random() < 0.3:
            text += " " + chance.choice(pool)
        return text

    for index in range(count):
        lines = []
        for _ in range(chance.randrange(1, 6)):
            setting = chance.choice(list(pools))
            lines.append(f"{setting}={'' if chance.random() < 0.1 else value(setting)}\n")
        service(f"gen-chance-{index:04}", "".join(lines))


os.makedirs(here, exist_ok=True)
single_oddities()
links()
by_chance()
