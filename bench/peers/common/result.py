"""What every bench's JSON has in common (the format: `schema` 1)."""
import os
import platform
import re
import subprocess
import time


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release()}


def begun(bench: str, program: str):
    """A result without rows, as of now; `load` is the machine's before the first run."""
    commit = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"schema": 1, "bench": bench, "commit": commit, "machine": machine(), "load": os.getloadavg()[0],
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "rows": []}


def version(text: str):
    """The first thing in it that looks like a version; None where there is none."""
    found = re.search(r"\d+\.\d+[\w.]*", text)
    return found[0] if found else None


def versions(**commands):
    """What programs tell of themselves, by name; None of those that are not installed."""
    told = {}
    for name, command in commands.items():
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=10)
            told[name] = version(done.stdout + done.stderr)
        except FileNotFoundError:
            told[name] = None
    return told
