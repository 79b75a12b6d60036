"""What the processors can do of TLS's cipher at most, by `openssl speed`: the bound of a session under TLS on one machine."""
import os
import re
import subprocess

RECORD = 16384  # bytes, as TLS cuts what it is given
TURNS = 3       # of which the fastest counts: a bound is of what the machine can do undisturbed


def speed(options, processors: int):
    """Bytes a second of processor time, of AES-128-GCM on so many processors at once."""
    done = subprocess.run(["openssl", "speed", "-mr", "-evp", "aes-128-gcm", "-bytes", str(RECORD), "-seconds", "1",
                           "-multi", str(processors), *options], capture_output=True, text=True, timeout=60)
    found = re.findall(r"^\+F:\d+:[^:]+:([\d.]+)$", done.stdout, re.MULTILINE)
    return float(found[-1]) if found else None


def bound():
    """(bytes a second, how it was got), or none without openssl.

    Every byte is sealed once and opened once, on the same processors: 1 / (1 / sealing + 1 / opening), each the rate of all
    processors together.
    """
    processors = os.cpu_count()
    try:
        turns = [(speed([], processors), speed(["-decrypt"], processors)) for _ in range(TURNS)]
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    if not all(seal and opened for seal, opened in turns):
        return None
    seal, opened = (max(rates) for rates in zip(*turns))
    words = (f"openssl speed, AES-128-GCM, {RECORD} bytes, {processors} processors: seal {seal / 1e9:.2f} GB/s, open "
             f"{opened / 1e9:.2f} GB/s; both sides share them: 1 / (1/seal + 1/open)")
    return 1 / (1 / seal + 1 / opened), words
