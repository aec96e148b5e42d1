"""Pages of edits that many pages share: a whole site's, and those that other outlets carry."""

from __future__ import annotations

from pathlib import Path

from crawler.sources import load
from db.engine import reading, writing
from db.queries import changes
from db.queries.changes import ChangeFilter
from monitor import siblings
from tests.monitor.test_sitewide import edited, suffixed
from tests.monitor.test_syndication import kept, paragraphs
from tests.monitor.web.site import Site


def test_a_whole_sites_edit_lists_what_it_folded_and_shows_it_again(site: Site) -> None:
    for number in range(6):
        edited(site.engine, number, suffixed(f"T{number}"))
    assert site.tree("/noise").xpath("//a[@href='/sitewide/1']")
    tree = site.tree("/sitewide/1")
    assert len(tree.xpath("//li[@class='card']")) == 6
    assert "Harbour Post" in site.text("/sitewide/1")
    answer = site.post("/sitewide/1/undo", {})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sitewide/1")
    assert "shown again" in site.text("/sitewide/1")
    assert not site.tree("/sitewide/1").xpath("//form[contains(@action, 'undo')]")
    with reading(site.engine) as session:
        found = changes.find(session, ChangeFilter(kinds=("headline",)))
    assert sum(record.change.surface == "title" for record in found) == 6


def test_what_does_not_exist_is_told(site: Site) -> None:
    for path in ("/sitewide/7", "/sitewide/0", f"/sitewide/{2**70}", "/articles/99/elsewhere"):
        assert "There is no" in " ".join(site.tree(path, 404).text_content().split())
    assert site.post("/sitewide/7/undo", {}).status_code == 404
    assert site.client.post("/sitewide/7/undo").status_code == 403


def test_other_outlets_stand_with_the_edits_they_carry(site: Site) -> None:
    whole = paragraphs("meridian", -1)
    old = f"{whole[1]} The toll stood at 12 in the evening, and nobody was missing any more."
    new = old.replace("12", "20")
    mine = kept(site.engine, "harbour", (whole[0], old, *whole[2:]), (whole[0], new, *whole[2:]))
    kept(site.engine, "meridian", (whole[0], new, *whole[2:-1]))
    kept(site.engine, "valley", (whole[0], old, *whole[2:]))
    assert "No other outlet" in site.text(f"/articles/{mine}/elsewhere")
    with writing(site.engine) as session:
        siblings.keep(session, siblings.prints(session))
    assert site.tree(f"/articles/{mine}").xpath(f"//a[@href='/articles/{mine}/elsewhere']")
    tree = site.tree(f"/articles/{mine}/elsewhere")
    rows = {row.xpath("string(td[1])"): row.xpath("string(td[4])") for row in tree.xpath("//tbody/tr")}
    assert rows == {"meridian": "1 of 1", "valley": "0 of 1"}
    assert {" ".join(i.text_content().split()) for i in tree.xpath("//ul[@class='facts']/li")} == {
        "meridian: carried",
        "valley: not carried",
    }


def test_the_example_of_a_channel_can_be_pasted(site: Site, tmp_path: Path) -> None:
    example = site.tree("/notifications").xpath("string(//pre)")
    file = tmp_path / "newswatch.toml"
    file.write_text(f'{example}\n[[source]]\nname = "An outlet"\n', encoding="utf-8")
    (channel,) = load(file).notify
    assert (channel.name, channel.sources) == ("desk", ("An outlet",))
