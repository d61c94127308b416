"""What may stand in ``chats.<name>`` beside what every chat has."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilotbridge import FilePath, Positive, Proxy, SecretText, WebUrl

TELEGRAM = "https://api.telegram.org"
LONGEST_POLL_S = 50


class TelegramOptions(BaseModel):
    """One bot."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    token: Annotated[SecretText, Field(description="The bot's token, as BotFather gave it; better a file.")]
    api_url: Annotated[
        WebUrl, Field(description="The Bot API's address; one of your own may stand below a path.")
    ] = TELEGRAM
    proxy: Annotated[
        Proxy, Field(description="direct, env (the usual variables) or a URL, socks5h included.")
    ] = "direct"
    ca_file: Annotated[
        FilePath | None, Field(description="Authorities to trust beside the system's (PEM).")
    ] = None
    updates: Annotated[
        Literal["poll", "webhook"],
        Field(description="Fetch what people write, or have it brought to web.external_url."),
    ] = "poll"
    poll_timeout: Annotated[
        Positive, Field(description="How long a poll waits for news.", le=timedelta(seconds=LONGEST_POLL_S))
    ] = timedelta(seconds=30)
    connect_timeout: Annotated[Positive, Field(description="How long to try to connect.")] = timedelta(
        seconds=5
    )
    read_timeout: Annotated[Positive, Field(description="How long to wait for an answer.")] = timedelta(
        seconds=20
    )
