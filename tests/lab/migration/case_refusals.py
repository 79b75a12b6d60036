"""What cannot work is refused before the guest is touched, in words that say what is wrong."""
import shutil
from pathlib import Path

from agents import issue
from hosts import Disk, Failed, Load, apt
from hosts.process import run
from stage import Stage


def refused(stage, expected, *options, vm="vm1", to=None):
    """The reason of a migration that must not begin; the guest must run on without a pause."""
    stage.guest.mark()
    report = stage.agents[stage.lab.a].migrate(vm, to or stage.lab.b, *options, limit=60)
    reason = report.get("reason") or report.get("error") or str(report)
    if report.get("outcome") == "completed" or expected not in reason:
        raise Failed(f"expected a refusal with '{expected}', got {report}")
    if stage.guest.host() is not stage.lab.a:
        raise Failed(f"the guest is not where it was: {stage.guest.states()}")
    return reason


def wrong_name(short):
    with Stage() as stage:
        return refused(stage, "nobody", vm="nobody")


def no_memory(short):
    """More than this machine has left: QEMU itself takes it only when it is used."""
    total = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    with Stage(memory=total - 512, load=Load(fill=32)) as stage:
        return refused(stage, "memory")


def missing_disk(short):
    with Stage(load=Load(fill=32), disk=Disk(mib=64, format="raw")) as stage:
        return refused(stage, "is missing")


def foreign_folder(short):
    """Where the guest's disk lies, host B takes none."""
    with Stage(load=Load(fill=32), disk=Disk(mib=64, format="raw"), settings="libvirt: {disk_folders: [/srv]}\n") as stage:
        return refused(stage, "disk_folders", "--copy-storage")


def full_disk(short):
    with Stage(load=Load(fill=32), disk=Disk(mib=64, format="raw")) as stage:
        stage.lab.a.run(["dd", "if=/dev/urandom", f"of={stage.guest.disk.path}", "bs=1M", "count=48", "conv=notrunc"])
        stage.lab.b.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", "/var/lib/libvirt/images"])
        return refused(stage, "left", "--copy-storage")


def unlike(host, file, changed):
    """Lays another file over one of the host's, for this host alone, and lets its libvirt look at its QEMU anew."""
    host.run(["mount", "--bind", str(changed), str(file)])
    host.stop_libvirtd()
    shutil.rmtree(host.path("/var/cache/libvirt/qemu"), ignore_errors=True)
    host.start_libvirtd()


def wrong_processor(short):
    """Host B does not know the guest's processor model."""
    with Stage(load=Load(fill=32), cpu="Nehalem") as stage:
        index = Path("/usr/share/libvirt/cpu_map/index.xml")
        changed = stage.lab.b.folder / "index.xml"
        changed.write_text("".join(line for line in index.read_text().splitlines(True) if "Nehalem" not in line))
        unlike(stage.lab.b, index, changed)
        return refused(stage, "processor model 'Nehalem'")


def old_qemu(short):
    """One that loses an emulated guest's writes on the way (before 9.0)."""
    apt.install(["qemu-system-x86"])
    system = Path("/usr/bin/qemu-system-x86_64")
    version = run([system, "--version"]).stdout.split()[3]
    if int(version.split(".")[0]) >= 9:
        return f"not shown: this machine's own QEMU is {version}"
    with Stage(load=Load(fill=32)) as stage:
        if stage.lab.assets.modules:  # the old one has modules of its own
            stage.lab.b.run(["umount", "/usr/lib/x86_64-linux-gnu/qemu"], check=False)
        # Not the program itself: QEMU looks for its modules from where it is.
        wrapper = stage.lab.b.folder / "old-qemu"
        wrapper.write_text(f'#!/bin/sh\nexec {system} "$@"\n')
        wrapper.chmod(0o755)
        unlike(stage.lab.b, stage.lab.assets.qemu, wrapper)
        return refused(stage, "corrupts guests without KVM")


def stranger(short):
    """Host B proves by another authority's certificate who it is."""
    with Stage(load=Load(fill=32)) as stage:
        agent, other = stage.agents[stage.lab.b], stage.lab.b.folder / "other"
        agent.stop()
        issue(other, agent.host.name)
        shutil.copytree(other / agent.host.name, stage.lab.b.folder / "pki", dirs_exist_ok=True)
        agent.start()
        return refused(stage, "unable to get local issuer certificate")


def exists_already(short):
    with Stage(load=Load(fill=32)) as stage:
        stage.guest.define(stage.lab.b)
        return refused(stage, "defined here already")


def no_agent(short):
    with Stage(load=Load(fill=32)) as stage:
        stage.agents[stage.lab.b].stop()
        return refused(stage, "refused")


CASES = [wrong_name, no_memory, missing_disk, foreign_folder, full_disk, wrong_processor, old_qemu, stranger, exists_already, no_agent]
