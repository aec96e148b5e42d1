from datetime import time

import pytest

from crawler.notify_tables import MissingVariableError, daily, expand, hours, named
from crawler.sources import ConfigError, parse

HOOK = '[[notify]]\nname = "hook"\nwebhook = "https://hooks.example/x"\nsecret = "env:HOOK_SECRET"\n'
MAIL = (
    '[[notify]]\nname = "mail"\nemail = ["desk@example.org"]\nsender = "nw@example.org"\nsmtp = "mail.example:587"\n'
    'smtp_user = "nw"\nsmtp_password = "${SMTP_PASSWORD}"\n'
)


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value)


def test_channels_of_each_way_are_read() -> None:
    more = '[[notify]]\nname = "chat"\nurl = "slack://${A}/${B}"\n[[notify]]\nname = "screen"\nterminal = true\n'
    settings = parse(HOOK + MAIL + more)
    assert [(channel.name, channel.way) for channel in settings.notify] == [
        ("hook", "webhook"),
        ("mail", "email"),
        ("chat", "url"),
        ("screen", "terminal"),
    ]
    assert settings.lines == {"hook": 1, "mail": 5, "chat": 12, "screen": 15}


def test_a_channel_has_rules_hours_and_a_digest() -> None:
    rules = '[[notify.rule]]\nkinds = ["headline"]\nkeywords = ["ferry"]\n[[notify.rule]]\nsignificance = "minor"\n'
    given = 'quiet_hours = "22:00-07:00"\nzone = "Europe/Berlin"\ndigest = "daily 08:00"\nmost_per_hour = 6\n'
    (channel,) = parse(HOOK + given + rules).notify
    assert [rule.significance for rule in channel.rule] == [None, "minor"]
    assert hours(channel.quiet_hours or "") == (time(22), time(7))
    assert daily(channel.digest or "") == time(8)
    assert daily("hourly") is None


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (HOOK + 'keyword = ["x"]\n', 5, "keyword"),
        (HOOK + 'kinds = ["headlines"]\n', 5, "headlines"),
        (HOOK + 'natures = ["numbr"]\n', 5, "numbr"),
        (HOOK + 'keywords = ["  "]\n', 5, "keywords"),
        (HOOK + 'quiet_hours = "22-7"\n', 5, "quiet_hours"),
        (HOOK + 'quiet_hours = "07:00-07:00"\n', 5, "quiet_hours"),
        (HOOK + 'digest = "weekly"\n', 5, "digest"),
        (HOOK + "most_per_hour = 0\n", 5, "most_per_hour"),
        (HOOK + 'zone = "Mars/Base"\n', 5, "zone"),
        (HOOK + '[[notify.rule]]\nkinds = ["body"]\n[[notify.rule]]\nkind = ["body"]\n', 8, "kind"),
        (HOOK + HOOK, 6, "hook"),
        (HOOK + '[[notify]]\nname = "x"\nwebhook = "ftp://x"\nsecret = "y"\n', 7, "webhook"),
        (HOOK + '[[notify]]\nname = "x"\nwebhook = "https://x.example"\n', 5, "secret"),
        (HOOK + '[[notify]]\nname = "x"\n', 5, "webhook"),
        (HOOK + '[[notify]]\nname = "terminal"\nurl = "json://x"\n', 5, "terminal"),
        (MAIL.replace("desk@example.org", "desk\\r\\nBcc: all@example.org"), 3, "email"),
        (MAIL.replace("desk@example.org", "desk"), 3, "desk"),
        (MAIL.replace("mail.example:587", "mail.example:99999"), 5, "smtp"),
        (MAIL + 'smtp_security = "none"\n', 1, "password"),
        (MAIL + "allow_private = true\n", 1, "allow_private"),
    ],
)
def test_a_mistake_names_line_and_key(text: str, line: int, key: str) -> None:
    said = problem(text)
    assert f"newswatch.toml, line {line}:" in said
    assert key in said
    assert "\n" not in said


def test_a_secret_is_never_repeated_in_a_mistake() -> None:
    assert "hush" not in problem('[[notify]]\nname = "x"\nurl = "hush"\n')
    assert "8675309" not in problem('[[notify]]\nname = "x"\nwebhook = "https://x.example"\nsecret = 8675309\n')


def test_what_the_environment_holds_is_put_in() -> None:
    environment = {"TOKEN": "abc", "WHOLE": "slack://x"}
    assert expand("env:WHOLE", environment) == "slack://x"
    assert expand("slack://${TOKEN}/b", environment) == "slack://abc/b"
    assert expand("plain $TOKEN", environment) == "plain $TOKEN"
    assert named("env:WHOLE")
    assert not named("https://x.example")
    with pytest.raises(MissingVariableError, match="no variable NOPE"):
        expand("${TOKEN}${NOPE}", environment)
