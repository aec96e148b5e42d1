"""What is done by the clock is done by one machine and by many: the table that the processes take their works from."""

from __future__ import annotations

import pytest

from monitor.service.duties import DUTIES, By, works

FLEET = {By.SCHEDULER, By.EACH, By.WORKER}


def test_each_work_of_one_machine_is_done_in_a_fleet_and_the_other_way_round() -> None:
    for name, duty in DUTIES.items():
        stands = DUTIES[duty.instead] if duty.instead else duty
        if By.ENGINE in duty.by:
            assert stands.by & FLEET, f"{name!r} is forgotten in a fleet"
        else:
            assert By.ENGINE in stands.by, f"{name!r} is forgotten on one machine"


def test_a_run_too_few_or_too_many_is_refused() -> None:
    async def run(_: object) -> None: ...

    names = [name for name, duty in DUTIES.items() if By.WORKER in duty.by]
    assert [work.name for work in works([By.WORKER], dict.fromkeys(names, run))] == names
    with pytest.raises(ValueError, match="worker: seal"):
        works([By.WORKER], dict.fromkeys(set(names) - {"seal"}, run))
    with pytest.raises(ValueError, match="worker: budget"):
        works([By.WORKER], dict.fromkeys([*names, "budget"], run))


def test_what_a_process_does_for_itself_is_no_tick_that_another_may_take() -> None:
    async def run(_: object) -> None: ...

    def own(*who: By) -> set[str]:
        names = [name for name, duty in DUTIES.items() if duty.by & set(who)]
        return {work.name for work in works(who, dict.fromkeys(names, run)) if work.own}

    assert own(By.SCHEDULER, By.EACH) == {"sources"}
    assert own(By.WORKER) == {name for name, duty in DUTIES.items() if By.WORKER in duty.by}
    sooner = works(
        [By.SCHEDULER, By.EACH],
        dict.fromkeys([name for name, duty in DUTIES.items() if duty.by & {By.SCHEDULER, By.EACH}], run),
        most_s={"hosts": 0.1, "websub": 900.0},
    )
    assert {work.name: work.every_s for work in sooner}.items() >= {"hosts": 0.1, "websub": 30.0}.items()
