"""A store, services and a guest made for benchmarks."""

import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CONFINIX = os.environ.get("CONFINIX", os.path.join(HERE, "..", "target", "release", "confinix"))
GUEST = os.path.join(HERE, "..", "tests", "systemd", "guest")
os.environ["NIX_CONF_DIR"] = os.path.join(HERE, "..", "tests", "etc-nix")
PROBE = os.path.join(HERE, "..", "tests", "systemd", "probe", "main.rs")
NAME = f"bench-{os.getpid()}"
NIX32 = "0123456789abcdfghijklmnpqrsvwxyz"
FILES_A_PATH = 50


def run(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, **options)
    if result.returncode != 0:
        sys.exit(f"failed: {' '.join(command[:8])}")
    return result.stdout


def store_path(name):
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:20], "little")
    return "/nix/store/" + "".join(NIX32[number >> 5 * i & 31] for i in reversed(range(32))) + "-" + name


def make_store(directory, paths):
    """Makes a store that Nix opens as `local?root=directory`, with a probe, a large file and `paths` directories of files."""
    os.makedirs(f"{directory}/nix/store")
    probe, large = store_path("probe"), store_path("large")
    os.makedirs(f"{directory}{probe}/bin")
    run(["rustc", "--edition", "2024", "-O", "-C", "target-feature=+crt-static", "-C", "strip=symbols", "-o", f"{directory}{probe}/bin/probe", PROBE])
    with open(f"{directory}{large}", "wb") as file:
        file.write(os.urandom(1 << 20) * 100)
    many = [store_path(f"path{i}-1.0") for i in range(paths)]
    for path in many:
        for i in range(FILES_A_PATH):
            # The first ten are documentation.
            place = f"{directory}{path}/share/{i // 10 * 10 or 'doc'}"
            os.makedirs(place, exist_ok=True)
            with open(f"{place}/file{i}", "w") as file:
                file.write(f"{path} {i}\n")
    listed = [probe, large, *many]
    run(["find", f"{directory}/nix/store", "-exec", "chmod", "a-w", "{}", "+"])
    # path, hash, size, deriver, number of references
    registration = "".join(f"{path}\n{hashlib.sha256(path.encode()).hexdigest()}\n120\n\n0\n" for path in listed)
    run(["nix-store", "--store", f"local?root={directory}", "--load-db"], input=registration)
    return probe, large, many


def string(text):
    return {"text": text, "context": {}}


def service(exec_start, packages, hides_docs=False):
    return {
        "exec": {"ExecStart": [string(exec_start)]},
        "settings": {},
        "confinement": {"mode": "full-apivfs", "packages": [string(path) for path in packages], "binSh": None, "fullUnit": None,
                        "hide": ["docs"] if hides_docs else []},
        "unitPackages": [],
    }


def guest(script):
    return run([GUEST, "run", NAME, "--", "bash", "-c", script])


def need_release_build():
    if not os.access(CONFINIX, os.X_OK):
        sys.exit("there is no release build: run `cargo build --release` first")
