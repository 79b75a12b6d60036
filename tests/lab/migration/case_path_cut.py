"""The path between the hosts goes away in the middle."""
import threading

from hosts import Failed, Load, Wan
from stage import Stage

LINK = "delay=5ms,rate=100Mbit/s"
LOAD = Load(fill=128, zero=10, text=30, dirty=2, working_set=8)  # some 10 s on that link


def for_ten_seconds(short):
    with Stage(link=Wan(LINK), load=LOAD) as stage:
        begin = threading.Timer(2, stage.lab.link.cut)
        end = threading.Timer(12, stage.lab.link.restore)
        begin.start(), end.start()
        report = stage.move()
        if report["total_time_s"] < 10:
            raise Failed(f"the migration was over before the cut: {report['total_time_s']} s")
        log = stage.lab.a.path("/var/log/libvirt/qemu/vm1.log").read_text(errors="replace")
        if "error" in log.lower():
            raise Failed(f"QEMU saw an error: {log[-800:]}")
        stage.must_be_whole()
        return f"total {report['total_time_s']:.1f} s, resent {report['bytes_resent']} of {report['bytes_wire']} bytes"


def for_good(short):
    """By policy the guest stays, and runs on."""
    with Stage(link=Wan(LINK), load=LOAD, settings="session:\n  resume_timeout: 5s\n") as stage:
        threading.Timer(2, stage.lab.link.cut).start()
        report = stage.agents[stage.lab.a].migrate("vm1", stage.lab.b, limit=120)
        if report["outcome"] != "rolled_back":
            raise Failed(f"{report}")
        stage.lab.link.restore()
        if stage.settle() is not stage.lab.a:
            raise Failed(f"the guest is not where it was: {stage.guest.states()}")
        stage.must_be_whole()
        return report["reason"]


CASES = [for_ten_seconds, for_good]
