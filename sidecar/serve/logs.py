"""Structured logs on standard error. They carry counts, identifiers and digests; never names, never card numbers."""

import logging
import sys
from pathlib import Path
from traceback import extract_tb

import structlog
from structlog.dev import plain_traceback
from structlog.typing import Processor

from sidecar.settings import LogSettings

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(settings: LogSettings) -> structlog.stdlib.BoundLogger:
    """Set up logging for a daemon and give its logger. Libraries' warnings come out in the same form."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if settings.format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain_traceback)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(LEVELS[settings.level])
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it quotes addresses, which hold tokens
    for chatty in ("uvicorn", "alembic", "urllib3", "asyncio", "asyncssh"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("cardwarden")
    return logger


def place_of(error: BaseException) -> list[str]:
    """Where in the program an error arose. Its own words are left out: they may quote what was read."""
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
