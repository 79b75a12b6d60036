"""Commands and waiting, both with a limit."""
import os
import subprocess
import time


class Failed(RuntimeError):
    """Something in the lab did not do what it should; the message names it."""


def run(command, timeout=60.0, check=True, **options):
    """Runs a command to its end and returns it, with text in stdout and stderr; Failed says what it printed."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", **options)
    except subprocess.TimeoutExpired as expired:
        raise Failed(f"{' '.join(command)}: not done within {timeout:g} s") from expired
    except FileNotFoundError as missing:
        raise Failed(f"{command[0]} is not there; tests/lab/hosts/lab setup gets what the lab needs") from missing
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(command)}: status {done.returncode}: {(done.stderr or done.stdout).strip()[-1500:]}")
    return done


def wait_until(happened, seconds: float, what: str, step=0.02):
    """Returns the first true value of happened(); Failed after `seconds`. `what` completes "waited for"."""
    deadline = time.monotonic() + seconds
    while True:
        if value := happened():
            return value
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds:g} s in vain for {what}")
        time.sleep(step)


def children_of(parent: int):
    """The processes whose parent has this id; needs no kernel option, unlike /proc/*/task/*/children."""
    return [pid for pid in all_processes() if stat_of(pid)[1:2] == [str(parent)]]


def all_processes(proc="/proc"):
    return [int(name) for name in os.listdir(proc) if name.isdigit()]


def stat_of(pid: int, proc="/proc"):
    """The fields of /proc/PID/stat from the state on (field 3 of proc(5) is number 0 here); [] when it is gone."""
    try:
        with open(f"{proc}/{pid}/stat", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()
    except OSError:
        return []
