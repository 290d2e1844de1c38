"""What docs/sandbox.md tells an integrator to type works, and prints what stands there."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CHAPTER = re.compile(r"^## Ten minutes with the hub.*?(?=^## )", re.MULTILINE | re.DOTALL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_first_ten_minutes_go_as_the_page_says(tmp_path: Path) -> None:
    chapter = _CHAPTER.search(_PAGE.read_text("utf-8"))
    assert chapter is not None
    blocks = _BLOCK.findall(chapter[0])
    script = "".join(code for kind, code in blocks if kind == "sh")
    expected = "".join(code for kind, code in blocks if kind == "text")
    assert script.count("curl") > 10
    for written, here in (
        ("/tmp/hub", str(tmp_path)),  # noqa: S108 - the page's folder, which is replaced
        ("8091", str(_free_port())),
        ("9091", str(_free_port())),
        ("ponte sandbox", f"{sys.executable} -m ponte_sandbox"),
    ):
        script = script.replace(written, here)
    # Its hub runs until it is told to stop: `wait` in the page waits for the receiver only.
    shell = subprocess.Popen(  # noqa: S603 - our own page
        ["/bin/bash", "-euo", "pipefail", "-c", script + "\nkill %1\nwait %1 || true\n"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, complaints = shell.communicate(timeout=60)
    finally:
        # Whatever it started and did not end.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    printed = re.sub(r"^hub listening on .*\n", "", printed, flags=re.MULTILINE)
    assert (shell.returncode, complaints) == (0, "")
    assert printed == expected
