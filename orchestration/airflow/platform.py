"""Where the steps run: the one setting, FRANCHISE_PLATFORM, is read here and nowhere else."""

import importlib
import os
from pathlib import Path
from types import ModuleType

from orchestration.workspace import Workspace

PLATFORMS = ("local", "aws")


class InstallationError(Exception):
    """Airflow's environment lacks something that the DAG needs; the message says what to set."""


def chosen() -> ModuleType:
    """The module whose functions make the tasks: `local` (the default) or `aws`."""
    name = os.environ.get("FRANCHISE_PLATFORM", "local")
    if name not in PLATFORMS:
        raise InstallationError(
            f"FRANCHISE_PLATFORM={name}: set it to {' or '.join(PLATFORMS)} where Airflow starts"
        )
    return importlib.import_module(f"orchestration.airflow.{name}")


def required(variable: str, meaning: str) -> str:
    """The value of an environment variable; InstallationError when it is missing."""
    value = os.environ.get(variable)
    if not value:
        raise InstallationError(
            f"{variable} is not set. Set it to {meaning}, in the environment of every part of "
            "Airflow, then clear the task."
        )
    return value


def workspace() -> Workspace:
    """The installation's workspace; nothing is made or read."""
    folder = Path(required("FRANCHISE_WORKSPACE", "the absolute path of the folder for results"))
    if not folder.is_absolute():
        raise InstallationError(f"FRANCHISE_WORKSPACE={folder}: set it to an absolute path")
    return Workspace(folder)
