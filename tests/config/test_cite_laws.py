"""The articles our answers stand on are cut from the statutes by a program, never by hand."""

import gzip
import json
import shutil
import tomllib
from pathlib import Path

import pytest

from tools.cite_laws import main

SAMPLE = Path("config/office")
COMMITTED = (SAMPLE / "laws_cited.toml").read_text(encoding="utf-8")
ARTICLES = tomllib.loads(COMMITTED)["article"]


@pytest.fixture
def office(tmp_path):
    return shutil.copytree(SAMPLE, tmp_path / "office")


@pytest.fixture
def statutes(tmp_path):
    """Write statutes as the data folder holds them and return the folder."""

    def write(articles):
        folder = tmp_path / "laws"
        folder.mkdir()
        with gzip.open(folder / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
            for each in articles:
                row = {"law": each["title"], "short": each["law"]} | {
                    k: each[k] for k in ("version", "article", "text")
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return folder

    return write


def test_the_committed_file_is_what_the_program_writes(office, statutes, capsys):
    noise = ARTICLES[0] | {"article": "第九百条", "text": "没有人引用。"}
    assert main(statutes([*ARTICLES, noise]), office) == 0
    assert (office / "laws_cited.toml").read_text(encoding="utf-8") == COMMITTED
    assert capsys.readouterr().err == ""


def test_a_citation_the_statutes_do_not_hold_is_named(office, statutes, capsys):
    assert main(statutes(ARTICLES[1:]), office) == 1
    first = ARTICLES[0]
    assert capsys.readouterr().err == f"查无此条：{first['law']}（{first['version']}）{first['article']}\n"


def test_an_older_version_of_the_law_is_not_good_enough(office, statutes, capsys):
    assert main(statutes([ARTICLES[0] | {"version": "2015-08-29"}, *ARTICLES[1:]]), office) == 1
    assert "查无此条" in capsys.readouterr().err
