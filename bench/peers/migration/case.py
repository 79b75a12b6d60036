"""One case: a fresh guest on A, one way of moving it to B, and what that took."""
import os
import sys
import time

from hosts import Failed, Guest, Load
from movers import Stopped
from processors import GUEST, Processors

MEMORY_MIB = 1024
BOOTS_MAX = 3    # an emulated guest may not come up where others want the processors ("IO-APIC + timer doesn't work")
SETTLED_S = 0.5  # heartbeats are still judged so long after the end


def new_guest(lab, write: str):
    """Filled and running on A. One that does not come up says nothing of what would have moved it: it is booted again."""
    for boot in range(1, BOOTS_MAX + 1):
        guest = Guest(lab, memory=MEMORY_MIB, load=Load(fill=512, zero=40, text=40, dirty=5, working_set=32, write=write))
        try:
            guest.start(lab.a)
            guest.wait_filled()
            return guest
        except Failed as failure:
            if boot == BOOTS_MAX:
                raise
            print(f"  boot {boot} of {BOOTS_MAX}: {failure}", file=sys.stderr, flush=True)
            guest.destroy()


def measured(lab, mover, write: str, seconds: float):
    """A dict of figures; `outcome` is completed, stopped or failed. After the last two the lab is to be thrown away."""
    case = {"outcome": "completed", "load": round(os.getloadavg()[0], 1)}
    try:
        guest = new_guest(lab, write)
        mover.ready(lab)
        guest.mark()
        bytes_before = sent(lab)
        with Processors(lab.a) as source, Processors(lab.b) as destination:
            begin = time.monotonic()
            try:
                told = mover.carry(guest, lab, seconds)
            except Stopped:
                case.update(outcome="stopped", not_before_s=seconds)
            end = time.monotonic()
        forward, back = (now - before for now, before in zip(sent(lab), bytes_before))
        case.update(link_bytes=forward + back, link_bytes_back=back, source=figures(source),
                    destination=figures(destination))
        if case["outcome"] == "completed":
            case.update(total_s=end - begin, told=told, stages=mover.stages(lab))
            look_after(guest, lab, case)
    except Failed as failure:
        case.update(outcome="failed", why=str(failure))
    finally:
        mover.end()
    if case["outcome"] == "completed":
        guest.destroy()
    return case


def look_after(guest, lab, case):
    """Is the guest where it should be, and whole?"""
    time.sleep(SETTLED_S)
    case["downtime_s"] = guest.gap().seconds
    if guest.host() is not lab.b:
        raise Failed(f"the guest is not on host B: {guest.states()}")
    try:
        health = guest.check()
        case["health"] = health._asdict()
        case["whole"] = health.whole
    except Failed as dead:
        case.update(whole=False, why=str(dead))
    if not case["whole"]:
        print(f"GUEST DAMAGED: {case.get('why') or case['health']}", file=sys.stderr, flush=True)


def sent(lab):
    return lab.a.bytes_sent(), lab.b.bytes_sent()


def figures(used: Processors):
    by_program = used.by_program
    guest = by_program.pop(GUEST, 0.0)
    return {"cpu_s": round(used.total, 2), "guest_cpu_s": guest, "by_program": by_program, "by_thread": used.by_thread}


def work_s(side) -> float:
    """Processor seconds of a side without the guest's own."""
    return max(0.0, side["cpu_s"] - side["guest_cpu_s"])
