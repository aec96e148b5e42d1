from pathlib import Path

import pytest

from crawler.sources import ConfigError, Source, default_text, load, parse, with_source, write_default


def problem(text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, environment=environment)
    return str(caught.value)


def test_the_sample_is_usable_and_has_outlets_of_several_languages(tmp_path: Path) -> None:
    settings = load(write_default(tmp_path), {})
    assert len(settings.sources) >= 6
    assert len({source.language for source in settings.sources}) >= 4
    assert all(source.zone and (source.feeds or source.sitemaps) for source in settings.sources)
    assert (settings.web_host, settings.web_port, settings.max_body_bytes) == ("127.0.0.1", 8765, 10 * 1024 * 1024)


def test_a_home_s_own_configuration_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "newswatch.toml").write_text("# mine\n")
    with pytest.raises(FileExistsError):
        write_default(tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("[newswatch]\n\nreders = 2\n", 3, "reders"),
        ('[newswatch]\npace = "fast"\n', 2, "pace"),
        ("[newswatch]\nweb_port = 99999\n", 2, "web_port"),
        ('[newswatch]\nallow_addresses = ["localhost"]\n', 2, "allow_addresses"),
        ('[significance]\ntypo = "huge"\n', 2, "typo"),
        ('[significance]\ntyop = "minor"\n', 2, "tyop"),
        ("[other]\n", 1, "other"),
        ('[[source]]\nhome = "https://a.example/"\n', 1, "name"),
        ('[[source]]\nname = "A"\n\n[[source]]\nname = "B"\nhom = "https://b.example/"\n', 6, "hom"),
        ('[[source]]\nname = "A"\n[[source]]\nname = "B"\nhome = "b.example"\n', 5, "home"),
        ('[[source]]\nname = "A"\ninclude = ["("]\n', 3, "include"),
        ('[[source]]\nname = "A"\nzone = "Mars/Base"\n', 3, "zone"),
        ('[[source]]\nname = "A"\nproxy = "proxy.example:3128"\n', 3, "proxy"),
        ('[[source]]\nname = "A"\nproxy = "http://proxy.example:port"\n', 3, "proxy"),
        ('[[source]]\nname = "A"\nproxy = "http://me:secret@proxy.example:3128"\n', 3, "proxy"),
        ('[[source]]\nname = "A"\n[[source]]\nname = "A"\n', 4, "A"),
        ('[[source]]\nname = "A"\nrender = "yes"\n', 3, "render"),
        ('[[source]]\nname = "A"\nrender_pages = ["("]\n', 3, "render_pages"),
        ('[[source]]\nname = "A"\nsections = ["world"]\n', 3, "sections"),
        ("[render]\nmemory_mb = 10\n", 2, "memory_mb"),
        ('[render]\nchromium = "/usr/bin/chromium"\n', 2, "chromium"),
        ('[newswatch]\nwebsub_callback = "here"\n', 2, "websub_callback"),
        ('[[source]]\nname = "A"\n[[source]]\nname = "B"\nwebsub = true\n', 5, "websub"),
    ],
)
def test_a_mistake_names_line_and_key(text: str, line: int, key: str) -> None:
    said = problem(text)
    assert f"newswatch.toml, line {line}:" in said
    assert repr(key) in said
    assert "\n" not in said


def test_what_is_no_toml_says_where() -> None:
    assert "line 2" in problem('[newswatch]\npace = "\n')


def test_the_environment_adds_networks_and_a_database() -> None:
    environment = {"NEWSWATCH_ALLOW_ADDRESSES": "127.0.0.0/8, ::1", "NEWSWATCH_DATABASE": "sqlite:///x.db"}
    settings = parse('[newswatch]\nallow_addresses = ["10.0.0.0/8"]\n', environment=environment)
    assert settings.allow_addresses == ("10.0.0.0/8", "127.0.0.0/8", "::1/128")
    assert settings.database == "sqlite:///x.db"
    assert "NEWSWATCH_ALLOW_ADDRESSES" in problem("", {"NEWSWATCH_ALLOW_ADDRESSES": "here"})


def test_a_source_is_written_at_the_end_and_the_rest_stays() -> None:
    source = Source(name='Hafen "Blatt"', home="https://h.example/", pace=2.5, include=(r"/\d+",))
    grown = with_source(default_text(), source)
    assert grown.startswith(default_text().rstrip())
    assert parse(grown).sources[-1] == source
    with pytest.raises(ConfigError, match="second source"):
        with_source(grown, source)


def test_where_the_log_goes_by_file_or_environment() -> None:
    assert parse("").log == "file"
    assert parse('[newswatch]\nlog = "stdout"').log == "stdout"
    assert parse("", environment={"NEWSWATCH_LOG": "stdout"}).log == "stdout"
    with pytest.raises(ConfigError, match="NEWSWATCH_LOG: 'syslog' is no place for the log; choose of file, stdout"):
        parse("", environment={"NEWSWATCH_LOG": "syslog"})
    with pytest.raises(ConfigError, match="'log'"):
        parse('[newswatch]\nlog = "syslog"')
