"""`auditor serve`: the screens in a browser on this machine, for somebody who looks over a tunnel."""

from __future__ import annotations

import click

from auditor.cli import Fault, cli, language_option, plain_faults, words


@cli.command()
@click.option("--port", type=click.IntRange(1024, 65535), default=8765, show_default=True, help="TCP port on loopback.")
@language_option
@plain_faults
def serve(port: int, language: str) -> None:
    """Open the screens in a browser: prints an address on loopback with a token that is good once.

    For a manager elsewhere: ssh -L 8765:127.0.0.1:8765 THIS-MACHINE, then the address. Needs the extra [web].
    """
    try:
        from auditor.serve import serve as run
    except ModuleNotFoundError as error:
        if error.name not in ("aiohttp", "textual_serve", "aiohttp_jinja2"):
            raise
        need = words(language)("This needs the extra [web]: pip install 'remote-work-auditor[web]'.")
        raise Fault(need) from None
    run(port, words(language))
