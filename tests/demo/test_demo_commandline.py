"""`python -m demo generate`."""

import pytest

from demo.__main__ import main


def test_generate_writes_the_files_and_says_so(tmp_path, caplog):
    caplog.set_level("INFO", logger="demo")
    assert main(["generate", str(tmp_path / "drive"), "--restaurants", "1", "--days", "3"]) == 0
    assert "files written" in caplog.text
    assert (tmp_path / "drive/headquarters/restaurants.csv").exists()


@pytest.mark.parametrize(
    "wrong",
    [["--days", "soon"], ["--last-day", "30.6.2026"], ["--size", "3"]],
    ids=["no number", "no date", "no such option"],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(wrong, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["generate", str(tmp_path / "drive"), *wrong])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "drive").exists()


def test_an_impossible_size_is_refused_with_code_2(tmp_path, caplog):
    assert main(["generate", str(tmp_path / "drive"), "--restaurants", "0"]) == 2
    assert "restaurants must be between 1 and 999" in caplog.text
    assert not (tmp_path / "drive").exists()
