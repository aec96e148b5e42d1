"""Every name that the dashboard and the alerts ask for is one that `/metrics` tells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from db.engine import writing
from db.queries import crawls, deliveries, figures, jobs
from tests.monitor.web.site import Site
from tests.monitor.web.test_metrics import busy, now

PACKAGING = Path(__file__).parents[3] / "packaging"
NAME = re.compile(r"\b(?:newswatch|process)_[a-z_]+\b")
NOT_OURS = {"job", "instance"}  # labels that Prometheus adds


def told(site: Site) -> tuple[set[str], set[str]]:
    """Names of series and of labels."""
    with writing(site.engine) as session:
        figures.put(session, "engine", now(), busy().families())
        deliveries.add(session, site.ids[0], "desk", now())
        crawls.add(session, ["https://a.example/1"], {}, "somebody", now())
        jobs.record(session, "discover", last_run_at=now())
    site.client.app.state.desk.archive.mkdir()  # type: ignore[attr-defined] # of the application
    families = list(text_string_to_metric_families(site.client.get("/metrics").text))
    names = {sample.name for family in families for sample in family.samples} | {family.name for family in families}
    return names, {label for family in families for sample in family.samples for label in sample.labels}


def expressions(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [value for key, value in node.items() if key == "expr"]
        return own + [found for value in node.values() for found in expressions(value)]
    return [found for value in node for found in expressions(value)] if isinstance(node, list) else []


def test_the_dashboard_asks_for_what_is_told(site: Site) -> None:
    names, labels = told(site)
    dashboard = json.loads((PACKAGING / "grafana" / "newswatch.json").read_text())
    asked = expressions(dashboard)
    assert len(asked) > 20
    for words in [*asked, dashboard["templating"]["list"][1]["query"]["query"]]:
        assert set(NAME.findall(words)) <= names, words
    shown = re.findall(r"{{(\w+)}}", json.dumps(dashboard))
    assert set(shown) <= labels | {"queue"}  # which only a fleet has


def test_each_panel_has_a_place_of_its_own() -> None:
    panels = json.loads((PACKAGING / "grafana" / "newswatch.json").read_text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len({panel["id"] for panel in panels}) == len(panels)


def test_the_alerts_ask_for_what_is_told(site: Site) -> None:
    names, labels = told(site)
    rules = yaml.safe_load((PACKAGING / "prometheus" / "newswatch.rules.yaml").read_text())
    asked = expressions(rules)
    assert len(asked) == len(rules["groups"][0]["rules"])
    for words in asked:
        assert set(NAME.findall(words)) <= names, words
        used = {label for group in re.findall(r"{([^}]+)}", words) for label in re.findall(r"(\w+)=", group)}
        assert used <= labels | NOT_OURS
