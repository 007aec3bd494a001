"""The franchise as a whole: size, determinism, delivery day by day, every kind of dirt."""

import hashlib
from collections import Counter
from dataclasses import replace

import pytest

from demo.dirt import ITEM_KINDS, OPTION_KINDS, WORKBOOK_KINDS
from demo.formats import FORMATS
from demo.franchise import ForeignFileError, simulate
from demo.scenarios import STORIES
from demo.settings import FranchiseSettings

TINY = FranchiseSettings(restaurants=3, days=20, opened_share=1.0, daily_days=6)


def _snapshot(folder):
    """path -> (sha256, time of modification) of every file."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_equal_settings_give_the_same_bytes_and_times(tmp_path):
    simulate(TINY).deliver(tmp_path / "one")
    simulate(TINY).deliver(tmp_path / "two")
    assert _snapshot(tmp_path / "one") == _snapshot(tmp_path / "two")


def test_a_number_may_be_written_with_or_without_a_point():
    whole = simulate(FranchiseSettings(restaurants=1, days=3, orders_per_day=20, opened_share=1))
    point = simulate(
        FranchiseSettings(restaurants=1, days=3, orders_per_day=20.0, opened_share=1.0)
    )
    assert [d.at for d in whole.deliveries] == [d.at for d in point.deliveries]


def test_another_seed_gives_other_orders():
    other = replace(TINY, seed=8)
    assert simulate(TINY).truth().totals != simulate(other).truth().totals


def test_delivering_day_by_day_ends_where_delivering_at_once_does(small, tmp_path):
    for day in range(54, 72):  # two days beyond the last: what was late has come
        small.deliver(tmp_path / "daily", day)
    small.deliver(tmp_path / "once", 71)
    assert _snapshot(tmp_path / "daily") == _snapshot(tmp_path / "once")


def test_the_next_day_brings_new_and_corrected_files_and_touches_no_other(small, tmp_path):
    small.deliver(tmp_path, 66)
    before = _snapshot(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in small.deliver(tmp_path, 67)}
    after = _snapshot(tmp_path)
    assert written == {path for path in after if before.get(path) != after[path]}
    assert 10 <= len(written) <= 24  # two files of each of six restaurants, and corrections


def test_delivering_twice_writes_nothing_the_second_time(small, tmp_path):
    assert small.deliver(tmp_path, 60)
    assert small.deliver(tmp_path, 60) == []


def test_a_folder_with_foreign_files_is_refused_untouched(small, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ForeignFileError, match=r"thesis\.txt"):
        small.deliver(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_default_size_is_that_of_the_demo(default):
    truth = default.truth()
    assert 1_500 < len(truth.files) < 2_400
    assert 120_000 < truth.totals.lines < 200_000
    assert truth.listed == 40
    assert truth.as_of == default.settings.last_day
    zones = {restaurant.timezone for restaurant in default.source.restaurants}
    assert len(zones) == 3


def test_every_kind_of_dirt_is_there_at_default_size(default):
    files = default.truth().files.values()
    kinds = {*ITEM_KINDS, *OPTION_KINDS, *WORKBOOK_KINDS, "draft"}
    assert {kind for file in files for kind in file.spoils} == kinds
    told = Counter(delivery.scenario for delivery in default.deliveries)
    stories = set(STORIES) - {"never", "empty_options"}  # of the first nothing is seen
    assert {name for name in stories if not told[name]} == set()
    saved = {delivery.form.name for delivery in default.list_files()}
    assert saved == {form.name for form in FORMATS}
    closed = [f for f in files if f.entity == "order_items" and f.lines == 1 and not f.rejected]
    assert closed


def test_some_files_are_quarantined_held_and_outstanding(default):
    truth = default.truth()
    reasons = {file.reason for file in truth.files.values() if file.status == "quarantined"}
    assert reasons >= {"empty_file", "no_text", "header_unknown", "required_column_missing"}
    assert sum(file.status == "held" for file in truth.files.values()) >= 2
    assert truth.pending_options > 0
    assert default.truth(day=735).pending_options < truth.pending_options


def test_daily_files_can_reach_back_to_the_first_day():
    settings = replace(TINY, daily_throughout=True, dirty=False)
    files = simulate(settings).list_files()
    assert len(files) == 3 * 20 * 2 + 1  # three restaurants, twenty days, and one list
