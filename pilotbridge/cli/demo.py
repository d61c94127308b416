"""`pilotbridge demo`: a bridge, a gateway and phones on this machine."""

from __future__ import annotations

import sys
import threading
from shutil import which
from typing import TYPE_CHECKING

import click

from pilotbridge.cli.invocation import Invocation
from pilotbridge.clock import SystemClock
from pilotbridge.errors import PilotBridgeError

if TYPE_CHECKING:
    from pilotbridge.demo.ground import DemoGround
    from pilotbridge.service import Service

_FIRE = """\
curl {url}/in/alertmanager -H 'Authorization: Bearer {token}' -d '{{"version": "4", "status": "firing",
  "groupKey": "demo", "receiver": "demo", "alerts": [{{"status": "firing", "startsAt": "{now}",
  "endsAt": "0001-01-01T00:00:00Z", "annotations": {{}},
  "labels": {{"alertname": "DiskFull", "instance": "db01", "severity": "critical"}}}}]}}'"""


@click.command()
@click.option("--once", is_flag=True, help="Play the story, print its timeline, and end.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The bridge's port.  [8080, or the next free one]"
)
@click.pass_obj
def demo(invocation: Invocation, port: int | None, *, once: bool) -> None:
    """See it work: an alert reaches a phone and a chat, the phone takes it, a stranger's SMS is answered.

    Everything runs on loopback and is gone afterwards. With --once it exits 0 when the story came true.
    """
    from pilotbridge.demo.ground import demo_ground

    try:
        with demo_ground(port=port, language=invocation.language or "en") as ground:
            click.get_current_context().exit(_run(ground, once=once))
    except OSError as error:
        raise PilotBridgeError(error.strerror or str(error)) from error


def _run(ground: DemoGround, *, once: bool) -> int:
    from pilotbridge import logs
    from pilotbridge.service import Service
    from pilotbridge.web.reload import ReloadOutcome

    demo = Invocation(ground.file)
    loaded, plugins = demo.load()
    settings = loaded.settled()
    logs.configure(logs.Redaction(settings.secrets), now=SystemClock().utc_now, level="warning")
    outcome: list[str] = []

    def ready(_url: str) -> None:
        if once:
            threading.Thread(target=_play, args=(ground, service, outcome), daemon=True).start()
        else:
            _tell(ground)

    def read_again() -> tuple[None, ReloadOutcome]:
        return None, ReloadOutcome(("the demo's configuration is fixed",))

    service: Service = Service(settings, plugins, read_again=read_again, ready=ready)
    code = service.run()
    if once and outcome != ["it came true"]:
        click.echo("; ".join(outcome) or "the demo was ended before its story was", err=True)
        return 1
    return code


def _play(ground: DemoGround, service: Service, outcome: list[str]) -> None:
    from pilotbridge.demo.outside import Outside, StoryBroke
    from pilotbridge.demo.story import Story

    story = Story(
        Outside(ground.bridge_url, ground.sandbox.url, ground.token),
        tell=lambda seconds, what: click.echo(f"{seconds:6.1f} s  {what}"),
    )
    try:
        story.play()
        outcome.append("it came true")
    except StoryBroke as error:
        outcome.append(str(error))
    except BrokenPipeError:
        outcome.append("nobody reads it any more")
    finally:
        service.stop()


def _tell(ground: DemoGround) -> None:
    for moved in ground.moved:
        click.echo(moved)
    click.echo(f"phones     {ground.phones_url}    phones and chats: look, text and write back")
    click.echo(f"bridge     {ground.bridge_url}/in/alertmanager    where alerts are posted, with the token")
    click.echo(f"token      {ground.token}")
    command = f"{_our_name()} -c {ground.file}"
    click.echo(f"commands   {command} messages list   (and incidents list, inbox list, trace REF)")
    click.echo("\nSet off an alert:\n")
    now = SystemClock().utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")
    click.echo(_FIRE.format(url=ground.bridge_url, token=ground.token, now=now))
    click.echo(
        "\nThen press Take on its card in the duty room, or text the number after # from the phone. The\n"
        "same with resolved in place of firing ends it. Text anything else, and answer it in its topic."
    )
    click.echo("Ctrl-C ends the demo.")


def _our_name() -> str:
    """What to type for this program: `make demo` runs it from a folder that is not in PATH."""
    return "pilotbridge" if which("pilotbridge") else sys.argv[0]
