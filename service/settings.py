"""The settings: environment variables `JALON_…`. The only module that reads the environment."""

import difflib
import os
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import Refused

PREFIX = "JALON_"
NO_PROXIES = NOBODY = NO_RANGES = "none"
OFF = "off"


def _known_ranges(text: str) -> str:
    """Addresses and ranges with commas between them. "Any" is none: whoever comes directly could then claim any
    address to be a proxy's."""
    if text == NO_PROXIES:
        return text
    try:
        return ",".join(str(ip_network(part.strip(), strict=False)) for part in text.split(","))
    except ValueError:
        raise ValueError("addresses or ranges are given with commas between them, or `none`") from None


class Settings(BaseSettings):
    """How the service runs. Each field is the environment variable `JALON_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: Annotated[
        str,
        Field(
            pattern=r"^(sqlite:///.+|postgres(ql)?(\+psycopg)?://.+)$",
            description="Where everything is kept: `sqlite:///file.db` or `postgresql://user@host/name`.",
        ),
    ] = "sqlite:///jalon.db"
    rate_limit: Annotated[
        int, Field(ge=0, le=1_000_000, description="Requests a second that one token may make; 0: no limit.")
    ] = 100
    rate_burst: Annotated[int, Field(ge=1, le=10_000_000, description="Requests that one token may make at once.")] = 2_000
    body_limit: Annotated[int, Field(ge=1_024, le=2**30, description="Bytes of a JSON body at most.")] = 2**20
    upload_limit: Annotated[int, Field(ge=1_024, le=2**40, description="Bytes of an imported file at most, unpacked.")] = (
        200 * 2**20
    )
    files_kept_days: Annotated[
        int,
        Field(
            ge=1,
            le=36_500,
            description="Days that an imported file and its report are kept once it has been read; then dropped.",
        ),
    ] = 90
    most_waiting: Annotated[
        int, Field(ge=1, le=1_000_000, description="Changes that may wait for their turn before the next is told to come back.")
    ] = 1_000
    readers_at_once: Annotated[
        int,
        Field(
            ge=1,
            le=1_000,
            description="Questions that are computed at once, per process; others wait, each caller in turn.",
        ),
    ] = 8
    pool_size: Annotated[int, Field(ge=2, le=1_000, description="Connections to the database at most, per process.")] = 48
    trusted_proxies: Annotated[
        str,
        Field(
            description="Proxies in front, as `10.0.0.7,10.1.0.0/16`, whose `X-Forwarded-For` is believed; nobody else's is."
        ),
        AfterValidator(_known_ranges),
    ] = NO_PROXIES
    oidc_issuer: Annotated[
        str,
        Field(
            pattern=r"^(https://[^\s?#]{1,490}|http://(127\.0\.0\.1|localhost)(:\d+)?|none)$",
            description="Who vouches for people (OpenID Connect): its address, as its tokens name it; `none`: nobody.",
        ),
    ] = NOBODY
    oidc_audience: Annotated[
        str, Field(max_length=500, description="What the issuer's tokens call this service: the client id that it was given.")
    ] = NOBODY
    oidc_sign_in: Annotated[
        str,
        Field(
            pattern="^(on|off)$",
            description="`on`: pages offer to sign in at the issuer, to which `…/signed-in` here is a redirect URI.",
        ),
    ] = "off"
    oidc_client_secret: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1_000,
            repr=False,
            description="What the issuer gave this service to exchange codes with; `none`: nothing, it is a public client.",
        ),
    ] = NOBODY
    webhooks: Annotated[
        str,
        Field(
            pattern="^(on|off)$",
            description="`off`: this process delivers to no webhook and makes no alerts; another has to, or `jalon alerts`.",
        ),
    ] = "on"
    webhook_allowed_ranges: Annotated[
        str,
        Field(
            description="Addresses inside, as `10.1.0.0/16`, that webhooks may lead to besides the public internet, "
            "to these without TLS as well."
        ),
        AfterValidator(_known_ranges),
    ] = NO_RANGES
    smtp_url: Annotated[
        str,
        Field(
            pattern=r"^(smtps?://([^\s/?#@]+@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?(\?starttls=(yes|no))?|none)$",
            repr=False,
            description="What `jalon digest` hands letters to: `smtps://user:password@host` (TLS) or `smtp://…` (STARTTLS).",
        ),
    ] = NOBODY
    mail_from: Annotated[
        str,
        Field(
            pattern=r"^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}|none)$",
            max_length=254,
            description="The address that the digest comes from, and where its recipients write to be left out.",
        ),
    ] = NOBODY
    log_level: Annotated[
        str,
        Field(pattern="^(debug|info|warning|error)$", description="What is logged at least: debug, info, warning or error."),
    ] = "info"


class ClientSettings(BaseSettings):
    """What `jalon import` takes from the environment: where the service is, and the token to go there with."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    server: Annotated[str, Field(pattern=r"^https?://\S+$", description="The address of the service.")] = (
        "http://127.0.0.1:8000"
    )
    token: Annotated[SecretStr | None, Field(description="The token to call it with.")] = None


def read_settings() -> Settings:
    """The settings of this process.

    Raises Refused, naming the variable and what is allowed, where one has a wrong value, and where one looks like a
    misspelt setting: a limit that is silently not applied is worse than a start that fails.
    """
    _refuse_misspelt()
    try:
        settings = Settings()
    except ValidationError as error:
        raise _wrong(error) from None
    if (settings.oidc_issuer == NOBODY) != (settings.oidc_audience in ("", NOBODY)):
        # Without an audience a token that was made for any other service of the issuer would do.
        raise Refused("wrong_setting", "JALON_OIDC_ISSUER and JALON_OIDC_AUDIENCE are given together or not at all.")
    if settings.oidc_sign_in == "on" and settings.oidc_issuer == NOBODY:
        raise Refused("wrong_setting", "JALON_OIDC_SIGN_IN is on where JALON_OIDC_ISSUER names who vouches for people.")
    if (settings.smtp_url == NOBODY) != (settings.mail_from == NOBODY):
        raise Refused("wrong_setting", "JALON_SMTP_URL and JALON_MAIL_FROM are given together or not at all.")
    return settings


def read_client_settings() -> ClientSettings:
    """The client's settings of this process. Raises Refused like `read_settings`."""
    try:
        return ClientSettings()
    except ValidationError as error:
        raise _wrong(error) from None


def describe_settings() -> list[tuple[str, str, str]]:
    """Every setting: the variable's name, its default, what it means."""
    return [
        (PREFIX + name.upper(), str(field.default), field.description or "") for name, field in Settings.model_fields.items()
    ]


def _wrong(error: ValidationError) -> Refused:
    sentences = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(fault["loc"][0])
        field = Settings.model_fields.get(name) or ClientSettings.model_fields[name]
        sentences.append(f"{PREFIX}{name.upper()}: {fault['msg']}. {field.description}")
    return Refused("wrong_setting", "\n".join(sentences))


def _refuse_misspelt() -> None:
    known = {PREFIX + name.upper() for model in (Settings, ClientSettings) for name in model.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(PREFIX + "TEST_") and name not in known:
            meant = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if meant:
                raise Refused("wrong_setting", f"{name}: there is no such setting. Did you mean {meant[0]}?")
