"""Two guests pass each other."""
import json

from hosts import Failed, Guest, Load
from stage import Stage


def at_once(short):
    with Stage(load=Load(fill=96, dirty=5, working_set=8)) as stage:
        second = Guest(stage.lab, name="vm2", memory=256, load=Load(fill=96, dirty=5, working_set=8))
        second.start(stage.lab.b)
        second.wait_filled()
        runs = [stage.agents[stage.lab.a].begin("vm1", stage.lab.b), stage.agents[stage.lab.b].begin("vm2", stage.lab.a)]
        reports = [json.loads(run.communicate(timeout=200)[0]) for run in runs]
        if any(report["outcome"] != "completed" for report in reports):
            raise Failed(f"{reports}\n{stage.logs()}")
        if stage.guest.host() is not stage.lab.b or second.host() is not stage.lab.a:
            raise Failed(f"{stage.guest.states()} {second.states()}")
        stage.must_be_whole()
        if not (health := second.check()).whole:
            raise Failed(f"the second guest took harm: {health}")
        return "both arrived whole"


CASES = [at_once]
