"""The two commands. Each program is imported only when it is run, so that one starts without the
other's weight, and a fault in one cannot keep the other from starting.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

# What people typed to get here, for usage and examples; whoever hands over to us may tell.
COMMAND = os.environ.get("SANDBOX_COMMAND", "python -m ponte_sandbox")

app = typer.Typer(
    help="A hub that behaves like Plugg.to, and a store to connect to it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)]
Folder = Annotated[Path, typer.Option(help="Folder of its database; made when missing.")]
Admin = Annotated[
    bool, typer.Option(help="Serve /_sandbox (credentials, faults, counts) to this machine.")
]


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """While a program is loaded: what is loaded stays, and the search takes a sixth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@app.command(
    help="Run the sandbox hub.\n\n"
    f"Example: {COMMAND} hub --data ./data/hub --assume not_updated_status=422\n\n"
    f"What can be assumed: {COMMAND} hub --assumptions"
)
def hub(
    data: Folder = Path("data/hub"),
    host: Host = "127.0.0.1",
    port: Port = 0,
    admin: Admin = True,
    accounts: Annotated[int, typer.Option(help="Accounts to have: 5910, 5911, …", min=1)] = 1,
    assume: Annotated[
        list[str] | None,
        typer.Option(help="Answer an undocumented question: name=value. May be repeated."),
    ] = None,
    token_seconds: Annotated[
        int, typer.Option(help="How long an access token lives.", min=1)
    ] = 3600,
    assumptions: Annotated[
        bool, typer.Option("--assumptions", help="List what --assume can answer, and end.")
    ] = False,
    app_url: Annotated[
        str | None,
        typer.Option(
            help="Where the app Webstore is opened from the panel, "
            "e.g. http://127.0.0.1:8000/instalar; kept until changed."
        ),
    ] = None,
) -> None:
    """Run the sandbox hub."""
    if assumptions:
        from ponte_sandbox.hub.assumptions import KNOWN
        from ponte_sandbox.hub.assumptions_table import print_assumptions

        print_assumptions(KNOWN)
        return

    with _no_search_for_garbage():
        from ponte_sandbox.hub.serve import run

    try:
        run(
            host=host,
            port=port,
            data=data,
            admin=admin,
            accounts=accounts,
            assume=assume or [],
            token_seconds=token_seconds,
            app_url=app_url,
        )
    except (ValueError, OSError) as error:
        typer.echo(f"The hub cannot start: {error}", err=True)
        raise typer.Exit(2) from error


@app.command(
    help="Run the sandbox store.\n\n"
    f"Example: {COMMAND} store --data ./data/store --families 2000 --seed 7"
)
def store(
    data: Folder = Path("data/store"),
    host: Host = "127.0.0.1",
    port: Port = 0,
    admin: Admin = True,
    shops: Annotated[int, typer.Option(help="Shops to have.", min=1)] = 1,
    families: Annotated[int, typer.Option(help="Product families of shop 1.", min=0)] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the generated catalogue.")] = 1,
    defects: Annotated[
        bool, typer.Option(help="Include the defects real catalogues have, in a known share.")
    ] = True,
    token_seconds: Annotated[
        int, typer.Option(help="How long an access token from a log-in lives.", min=1)
    ] = 3600,
) -> None:
    """Run the sandbox store."""
    with _no_search_for_garbage():
        from ponte_sandbox.store.serve import run

    try:
        run(
            host=host,
            port=port,
            data=data,
            admin=admin,
            shops=shops,
            families=families,
            seed=seed,
            defects=defects,
            token_seconds=token_seconds,
        )
    except (ValueError, OSError) as error:
        typer.echo(f"The store cannot start: {error}", err=True)
        raise typer.Exit(2) from error
