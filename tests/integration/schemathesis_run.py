"""Runs schemathesis over an OpenAPI document and the program that claims to obey it.

The document is loaded from the running program, and data is made from it: right data, wrong data,
borders of every value. A seed makes a run the same each time, up to the ids that the program hands
out. Only what a caller may rely on is checked. That right data is accepted is not: a document
cannot say which SKUs exist, or that amounts add up.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# What an answer must be, whatever was sent.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
# Each operation's random data, besides the borders that are always tried. Eighty, and other seeds,
# found nothing more when this was written, and took ten times as long.
EXAMPLES = 6
_SEED = 1
_WITHIN_SECONDS = 240


def conform(
    document_url: str,
    folder: Path,
    *,
    token: str | None = None,
    checks: Sequence[str] = CHECKS,
    known: Mapping[str, Mapping[str, Sequence[str] | Sequence[int]]] | None = None,
    left_out: Sequence[str] = (),
    without_borders: Sequence[str] = (),
) -> None:
    """Fails with schemathesis's report unless every answer is as the document says.

    `known`: by path, values of its parameters that lead to something; a parameter of the query is
    named `query.name`. `left_out`: operation ids.
    `without_borders`: operation ids whose body is another operation's, so that the borders of its
    values, which are hundreds of calls, are tried there; random data they get all the same.
    """
    config = folder / "schemathesis.toml"
    config.write_text(_configuration(known or {}, without_borders), "utf-8")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(config),
        "run", document_url, "--no-color", "--seed", str(_SEED), "--checks", ",".join(checks),
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
        "--continue-on-failure", "--generation-database", "none", "--warnings", "off",
    ]  # fmt: skip
    for operation in left_out:
        command += ["--exclude-operation-id", operation]
    if token is not None:
        command += ["--header", f"Authorization: Bearer {token}"]
    ran = subprocess.run(  # noqa: S603 - a tool of ours, on our own program
        command, cwd=folder, capture_output=True, text=True, timeout=_WITHIN_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-5_000:]
    assert "No issues found" in ran.stdout, ran.stdout[-3_000:]


def _configuration(
    known: Mapping[str, Mapping[str, Sequence[str] | Sequence[int]]], without_borders: Sequence[str]
) -> str:
    """Values that lead to something, most of the time; JSON's texts and lists are TOML's, too."""
    lines = []
    for operation in without_borders:
        lines += [
            "[[operations]]",
            f"include-operation-id = {json.dumps(operation)}",
            "phases.coverage.enabled = false",
        ]
    for number, (path, parameters) in enumerate(known.items()):
        for name, values in parameters.items():
            place = name if "." in name else f"path.{name}"
            dictionary = f"known_{number}_{place.replace('.', '_')}"
            lines += [
                f"[dictionaries.{dictionary}]",
                f"values = {json.dumps(values)}",
                "[[operations]]",
                f"include-path = {json.dumps(path)}",
                "[operations.parameters]",
                f'"{place}" = {{ dictionary = "{dictionary}", probability = 0.8 }}',
            ]
    return "\n".join(lines)
