from __future__ import annotations

import json
from pathlib import Path

import harness
import pytest
from harness import Measured


def test_contenders_take_turns_and_the_warm_up_does_not_count() -> None:
    order: list[str] = []
    ticks = iter(range(100))
    contenders = {name: (lambda name=name: order.append(name)) for name in "AB"}
    found = harness.measure(contenders, rows=5, repeats=2, clock=lambda: next(ticks))
    assert order == ["A", "B"] * 3
    assert found == [Measured("A", 5, (1, 1)), Measured("B", 5, (1, 1))]


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The second round was busy for both: medians of the seconds alone would say 5 / 2.
    assert harness.ratio(Measured("A", 1, (4, 40, 5)), Measured("B", 1, (2, 20, 1))) == 2


def test_ratios_need_the_same_rounds() -> None:
    with pytest.raises(ValueError, match="zip"):
        harness.ratio(Measured("A", 1, (4,)), Measured("B", 1, (2, 3)))


def test_each_size_is_compared_with_the_reference_of_that_size() -> None:
    results = [Measured("A", 10, (2,)), Measured("B", 10, (1,)), Measured("A", 100, (30,)), Measured("B", 100, (10,))]
    found = harness.ratios(results, ["B"])
    assert found["A", 10] == {"B": 2}
    assert found["A", 100] == {"B": 3}
    assert found["B", 100] == {"B": 1}


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_the_exponent_of_a_power_law_is_its_power(power: float) -> None:
    rows = [10**5, 10**6, 10**7]
    assert harness.growth_exponent(rows, [3 * n**power for n in rows]) == pytest.approx(power)


def test_one_size_has_no_exponent() -> None:
    assert harness.growth_exponent([10], [1.0]) is None
    assert harness.growth_exponent([10, 10], [1.0, 2.0]) is None


def test_the_table_and_the_file_say_the_same(tmp_path: Path) -> None:
    results = [Measured("A", 10, (2.0, 4.0)), Measured("B", 10, (1.0, 2.0))]
    about = {"cores": "2 of 2"}
    text = harness.table(results, ["B"], about)
    assert "3.00" in text
    assert "cores 2 of 2" in text
    file = harness.save("some", tmp_path, results, references=["B"], about=about)
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["results"][0]["median_seconds"] == 3
    assert content["results"][0]["ratios"] == {"B": 2}
    assert content["environment"] == about
