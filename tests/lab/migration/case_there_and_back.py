"""A running guest moves there and back, and notices nothing but a pause."""
from hosts import Disk, Load
from stage import Stage


def pre_copy(short):
    with Stage() as stage:
        for _ in range(2 if short else 20):
            stage.move()
        return f"{stage.must_be_whole()}"


def post_copy(short):
    with Stage() as stage:
        for _ in range(1 if short else 5):
            stage.move("--post-copy")
        return f"{stage.must_be_whole()}"


def with_its_disk(short):
    """1 GiB of local disk, which the guest writes; its file is made at the destination."""
    load = Load(fill=64, dirty=5, working_set=8, disk=10, span=32)
    with Stage(load=load, disk=Disk(mib=1024, format="qcow2")) as stage:
        for _ in range(1 if short else 5):
            stage.move("--copy-storage")
            source = stage.lab.other(stage.here())
            source.path(stage.guest.disk.path).unlink(missing_ok=True)  # it is to come back whole
        return f"{stage.must_be_whole()}"


CASES = [pre_copy, post_copy, with_its_disk]
