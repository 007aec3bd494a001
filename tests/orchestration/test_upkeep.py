"""`franchise replay` and `vacuum` need a lake and nothing else; what AWS refuses is one line."""

import os

import pytest

HELD = ("replay", "--reason", "header_unknown")
OLD = ("vacuum", "--older-than", "30d")


@pytest.fixture
def cleaned(franchise, tmp_path):
    """A workspace after `land` and `clean` of a file that is no delivery: it has no warehouse."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rota.csv").write_text("Name,Shift\nAnn,early\n")
    workspace = ("--workspace", tmp_path / "ws")
    assert franchise("land", "--source", tmp_path / "in", *workspace).returncode == 0
    assert franchise("clean", *workspace).returncode == 3
    return tmp_path / "ws"


def test_both_work_before_there_is_a_warehouse(cleaned, franchise):
    done = franchise(*HELD, "--workspace", cleaned)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "rota.csv: the next run cleans it again\n"
    done = franchise(*OLD, "--workspace", cleaned)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("0 files of 0 runs removed")


@pytest.mark.parametrize("command", [HELD, OLD])
def test_a_workspace_without_a_lake_is_code_2_and_is_not_made(franchise, tmp_path, command):
    done = franchise(*command, "--workspace", tmp_path / "ws")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: there is no lake at {tmp_path / 'ws' / 'lake'}. Name the")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [HELD, OLD])
def test_missing_credentials_are_one_line_and_code_2(franchise, tmp_path, monkeypatch, command):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("FRANCHISE_LAKE", "s3://lake/pos")
    done = franchise(*command, "--workspace", tmp_path / "ws")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "Unable to locate credentials. Check the credentials, the region and" in line


@pytest.mark.parametrize("command", [HELD, OLD])
def test_a_lake_in_s3_needs_no_warehouse(franchise, bucket, tmp_path, monkeypatch, command):
    monkeypatch.setenv("FRANCHISE_LAKE", f"s3://{bucket}/pos")
    done = franchise(*command, "--workspace", tmp_path / "ws")
    if command is OLD:
        assert done.stdout.startswith("0 files of 0 runs removed")
    else:
        assert "no cleaned file is selected" in done.stderr
