"""`franchise demo`: a simulated franchise behind a local Drive server, through the whole pipeline.

The simulator knows the truth it generated, so the demo ends by comparing the marts with it.
"""

import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.franchise import simulate
from demo.settings import FranchiseSettings
from demo.truth import Truth
from ingestion.drive import open_drive
from orchestration.load import connect
from orchestration.pipeline import STEPS, Run
from orchestration.run import execute
from orchestration.workspace import Workspace
