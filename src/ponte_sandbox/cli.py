"""The two commands. Each program is imported only when it is run, so that one starts without the
other's weight, and a fault in one cannot keep the other from starting.
"""

from pathlib import Path
from typing import Annotated

import typer

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


@app.command()
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
) -> None:
    """Run the sandbox hub.

    Example: python -m ponte_sandbox hub --data ./data/hub --assume not_updated_status=422
    """
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
        )
    except (ValueError, OSError) as error:
        typer.echo(f"The hub cannot start: {error}", err=True)
        raise typer.Exit(2) from error


@app.command()
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
    """Run the sandbox store.

    Example: python -m ponte_sandbox store --data ./data/store --families 2000 --seed 7
    """
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
