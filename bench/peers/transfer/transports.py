"""What carries a file: dwcp, and its peers. carry() returns seconds, or None when it failed."""
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from sshd import SSH_OPTIONS, Sshd


def timed(command):
    begin = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        print(f"{command[0]}: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return None, done
    return seconds, done


class Dwcp:
    """As users run it: one process each side, started anew for every file; the sender's whole life is measured."""

    def __init__(self, program: str, name: str, sender_options, receiver_options):
        self.program, self.name = program, name
        self.sender_options, self.receiver_options = sender_options, receiver_options
        self.sender_peak = self.receiver_peak = 0

    def carry(self, path, source: Path, into: Path):
        receiver = subprocess.Popen(
            [*path.at_receiver(), self.program, "receive", "--listen", f"{path.address}:0", "--into", str(into), "--once",
             "--json", *self.receiver_options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        listening = receiver.stderr.readline()
        port = listening.strip().rsplit(":", 1)[-1]
        seconds, sent = timed([*path.at_sender(), self.program, "send", str(source), f"{path.address}:{port}", "--json",
                               *self.sender_options])
        if seconds is None:
            receiver.kill()
        out, _ = receiver.communicate()
        if seconds is not None:
            self.sender_peak = max(self.sender_peak, json.loads(sent.stdout)["process_memory_peak_bytes"])
            self.receiver_peak = max(self.receiver_peak, json.loads(out)["process_memory_peak_bytes"])
        return seconds

    def close(self):
        pass


def dwcp_both_ways(program: str, folder: Path):
    """As it is by default, with certificates of its own; and in plain text."""
    pki = folder / "pki"
    for command in (["init"], ["issue", "sender", "receiver"]):
        subprocess.run([program, "pki", *command, "--folder", str(pki)], check=True, stdout=subprocess.DEVNULL)
    plain = ["--plain-text"]
    return [Dwcp(program, "dwcp", ["--pki", str(pki / "sender")], ["--pki", str(pki / "receiver")]),
            Dwcp(program, "dwcp --plain-text", plain, plain)]


class Scp:
    """scp over an sshd of our own; `options` are its own."""

    def __init__(self, sshd: Sshd, name: str, options):
        self.sshd, self.name, self.options = sshd, name, options

    def missing(self):
        for tool in ("scp", "ssh-keygen", "/usr/sbin/sshd"):
            if not shutil.which(tool):
                return f"{tool} is not installed (packages openssh-client and openssh-server)"
        return None

    def carry(self, path, source: Path, into: Path):
        port = self.sshd.port_on(path)
        return timed([*path.at_sender(), "scp", "-q", *self.options, "-i", str(self.sshd.key), *SSH_OPTIONS, "-P",
                      str(port), str(source), f"{path.address}:{into}/"])[0]

    def close(self):
        self.sshd.close()


class Rsync:
    """rsync --inplace -W over the same sshd."""

    name = "rsync"

    def __init__(self, sshd: Sshd):
        self.sshd = sshd

    def missing(self):
        for tool in ("rsync", "ssh-keygen", "/usr/sbin/sshd"):
            if not shutil.which(tool):
                return f"{tool} is not installed (packages rsync and openssh-server)"
        return None

    def carry(self, path, source: Path, into: Path):
        port = self.sshd.port_on(path)
        shell = " ".join(["ssh", "-i", str(self.sshd.key), *SSH_OPTIONS, "-p", str(port)])
        return timed([*path.at_sender(), "rsync", "-W", "--inplace", "-e", shell, str(source),
                      f"{path.address}:{into}/"])[0]

    def close(self):
        self.sshd.close()


def peers(folder: Path):
    sshd = Sshd(folder)
    return [Scp(sshd, "scp", []), Scp(sshd, "scp -C", ["-C"]), Rsync(sshd)]
