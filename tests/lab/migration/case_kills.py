"""kill -9 of whoever takes part, at ten points each: the guest runs on exactly one host, whole, and status says so."""
import os
import signal
import time

from hosts import Failed, Load, Wan, wait_until
from stage import Stage

LINK = "delay=10ms,rate=200Mbit/s"
LOAD = Load(fill=96, zero=20, text=40, dirty=5, working_set=8)
# Seconds after the beginning, or the first record of that name in the log of an agent ("source" or "target").
EARLY = [0.05, 0.3, 0.8, 1.5, 2.2]
HAND_OVER = [("source", "migration.guest_stopped"), ("target", "migration.prepared"), ("source", "migration.decided"),
             ("target", "migration.owner"), ("source", "migration.settled")]
BEFORE_DECISION = [0.05, 0.2, 0.4, 0.6, 0.9, 1.3, 1.7, 2.1, ("source", "migration.guest_stopped"),
                   ("target", "migration.prepared")]
POINT_LIMIT = 60


def wait_for(point, stage, source, target, started):
    """False when the migration ended before the point came."""
    if isinstance(point, float):
        time.sleep(point)
        return True
    side, record = point
    agent = stage.agents[source if side == "source" else target]
    begin = started[side]

    def seen():
        return f'"{record}"' in agent.log()[begin:]
    try:
        wait_until(seen, POINT_LIMIT, f"{record} at the {side}", step=0.001)
    except Failed:
        return False
    return True


def kill_agent(which):
    def kill(stage, source, target, client):
        stage.agents[source if which == "source" else target].kill()
    return kill


def kill_client(stage, source, target, client):
    client.kill()


def kill_qemu(stage, source, target, client):
    """The destination's, when there is one by then."""
    file = target.path(f"/run/libvirt/qemu/{stage.guest.name}.pid")
    if file.exists():
        pid = int(file.read_text())
        target.run(["kill", "-KILL", str(pid)], check=False)


def one(stage, point, kill):
    source = stage.here()
    target = stage.lab.other(source)
    started = {"source": len(stage.agents[source].log()), "target": len(stage.agents[target].log())}
    client = stage.agents[source].begin(stage.guest.name, target)
    reached = wait_for(point, stage, source, target, started)
    kill(stage, source, target, client)
    for host in (source, target):
        if stage.agents[host].process.poll() is not None:
            stage.agents[host].start()
    if kill is not kill_client:
        wait_until(lambda: client.poll() is not None, 60, "dwcp migrate to end")
    else:
        wait_until(lambda: not stage.agents[source].status()["migrations"]
                   or stage.agents[source].status()["migrations"][-1]["state"] == "ended", 120, "the migration to go on and end")
    host = stage.settle()
    stage.must_be_whole()
    leftovers = [path for h in stage.lab.hosts.values() for path in h.path("/run/dwcp/moves").glob("*")]
    if leftovers:
        raise Failed(f"sockets were left behind: {leftovers}")
    return f"{point if isinstance(point, float) else point[1]}{'' if reached else ' (not reached)'} -> {host.name}"


def at_points(points, kill, short):
    with Stage(link=Wan(LINK), load=LOAD, settings="session:\n  resume_timeout: 10s\n") as stage:
        outcomes = []
        for point in (points[1::3] if short else points):
            try:
                outcomes.append(one(stage, point, kill))
            except Failed as failure:
                raise Failed(f"at {point}, after {outcomes}: {failure}\n{stage.guest.states()}\n{stage.logs(6000)}")
        return "; ".join(outcomes)


def source_agent(short):
    return at_points(EARLY + HAND_OVER, kill_agent("source"), short)


def destination_agent(short):
    return at_points(EARLY + HAND_OVER, kill_agent("target"), short)


def client(short):
    return at_points(EARLY + HAND_OVER, kill_client, short)


def destination_qemu(short):
    return at_points(BEFORE_DECISION, kill_qemu, short)


CASES = [source_agent, destination_agent, client, destination_qemu]
