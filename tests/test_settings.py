"""Settings: read once, and a wrong one stops the start."""

import pytest

from service.errors import Refused
from service.settings import Settings, describe_settings, read_client_settings, read_settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _, _ in describe_settings():
        monkeypatch.delenv(name, raising=False)


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JALON_TEST_DATABASE_URL", raising=False)
    assert read_settings() == Settings(
        database_url="sqlite:///jalon.db", rate_limit=100, rate_burst=2_000, body_limit=1_048_576, upload_limit=209_715_200,
        most_waiting=1_000, pool_size=48, trusted_proxies="none", oidc_issuer="none", oidc_audience="none", log_level="info",
    )  # fmt: skip


def test_a_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_RATE_LIMIT", "7")
    monkeypatch.setenv("JALON_DATABASE_URL", "postgresql://user@host/name")
    assert read_settings().rate_limit == 7
    assert read_settings().database_url == "postgresql://user@host/name"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("JALON_RATE_LIMIT", "fast", "Requests a second"),
        ("JALON_RATE_LIMIT", "-1", "greater than or equal to 0"),
        ("JALON_BODY_LIMIT", "", "Bytes of a JSON body"),
        ("JALON_DATABASE_URL", "mysql://root:secret@host/x", "sqlite:///file.db"),
        ("JALON_TRUSTED_PROXIES", "*", "addresses or ranges are given with commas between them"),
        ("JALON_TRUSTED_PROXIES", "10.0.0.1, proxy.example", "addresses or ranges are given with commas between them"),
        ("JALON_LOG_LEVEL", "loud", "debug, info, warning or error"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Refused) as refused:
        read_settings()
    assert refused.value.code == "wrong_setting"
    assert name in refused.value.detail
    assert allowed in refused.value.detail
    assert "secret" not in refused.value.detail


@pytest.mark.parametrize("name", ["JALON_OIDC_ISSUER", "JALON_OIDC_AUDIENCE"])
def test_an_issuer_is_named_with_what_its_tokens_call_us(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://id.example")
    with pytest.raises(Refused, match="together or not at all"):
        read_settings()


def test_signing_in_needs_an_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_OIDC_SIGN_IN", "on")
    with pytest.raises(Refused, match="JALON_OIDC_ISSUER names who vouches"):
        read_settings()


def test_a_misspelt_setting_is_not_silently_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_RATE_LIMT", "7")
    with pytest.raises(Refused, match=r"JALON_RATE_LIMT: there is no such setting\. Did you mean JALON_RATE_LIMIT"):
        read_settings()


@pytest.mark.parametrize("name", ["JALON_TEST_DATABASE_URL", "JALON_TOKEN", "JALON_SERVER", "JALON_HOME"])
def test_what_is_meant_for_others_is_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://x")
    assert read_settings()


def test_the_client_has_settings_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_TOKEN", "jln_secret")
    monkeypatch.setenv("JALON_SERVER", "https://jalon.example")
    settings = read_client_settings()
    assert settings.token is not None
    assert settings.token.get_secret_value() == "jln_secret"
    assert "jln_secret" not in repr(settings)
    monkeypatch.setenv("JALON_SERVER", "jalon.example")
    with pytest.raises(Refused, match="JALON_SERVER"):
        read_client_settings()


def test_every_setting_says_what_it_means() -> None:
    for name, default, meaning in describe_settings():
        assert name.startswith("JALON_") and default and meaning.endswith(".")
