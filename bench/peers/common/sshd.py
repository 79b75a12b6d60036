"""An sshd that belongs to a bench, and how its clients trust it."""
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

SSH_OPTIONS = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
               "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]


class Sshd:
    """An sshd of our own, with its own keys and configuration; one for each path."""

    def __init__(self, folder: Path):
        self.folder = folder / "ssh"
        self.folder.mkdir(mode=0o700)
        self.running = {}
        self.key = self.folder / "key"

    def prepare(self):
        if self.key.exists():
            return
        for name in ("key", "host"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)], check=True)
        shutil.copy(self.folder / "key.pub", self.folder / "authorized")

    def port_on(self, path) -> int:
        if path not in self.running:
            self.running[path] = self.start(path)
        return self.running[path][1]

    def start(self, path):
        """(process, port) of one more, which the caller ends."""
        self.prepare()
        with socket.socket() as probe:
            probe.bind(("", 0))
            port = probe.getsockname()[1]
        config = self.folder / f"config{port}"
        config.write_text(
            f"Port {port}\nListenAddress {path.address}\nHostKey {self.folder}/host\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {self.folder}/authorized\nStrictModes no\nPermitRootLogin yes\n"
            "Subsystem sftp internal-sftp\n")
        os.makedirs("/run/sshd", exist_ok=True)  # where privilege separation goes; sshd insists on it
        process = subprocess.Popen([*path.at_receiver(), "/usr/sbin/sshd", "-D", "-e", "-f", str(config)],
                                   stderr=open(self.folder / "log", "ab"))
        time.sleep(0.5)
        return process, port

    def close(self):
        for process, _ in self.running.values():
            process.terminate()
            process.wait()
        self.running.clear()
