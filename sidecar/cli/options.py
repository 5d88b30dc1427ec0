"""Options of several commands."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ConfigFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The settings file; else CARDWARDEN_CONFIG, ./config/sidecar.toml, /etc/cardwarden/sidecar.toml.",
    ),
]
