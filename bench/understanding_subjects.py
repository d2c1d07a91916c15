"""Measure subjects, same matters and topics on other people's messages; nothing of them is kept or shown."""

from __future__ import annotations

import gzip
import json
import random
import re
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from bot.rules.meaning import classify
from bot.rules.normalise import plain
from bot.rules.similar import MOST, similar
from bot.rules.subjects import Subjects
from bot.rules.teaching import Lesson, teach
from bot.rules.topics import TOGETHER, Said, topics
from handlers.knowledge import subjects_in_files

FOLDS = 4
# our first-level subjects in the seven of the data; the others have none there
BROAD = {
    "chengjian": "城乡建设", "gongyong": "城乡建设", "zhufang": "城乡建设", "guihua": "城乡建设",
    "huanjing": "环境保护", "jiaotong": "交通运输", "chexing": "交通运输", "jiaoyu": "教育文体", "wenti": "教育文体",
    "laodong": "劳动和社会保障", "shebao": "劳动和社会保障", "weisheng": "卫生计生", "shipin": "卫生计生",
    "xiaofei": "商贸旅游", "lvyou": "商贸旅游",
}  # fmt: skip
DESK = {  # what a desk that knows only the seven would choose
    "城乡建设": "chengjian", "环境保护": "huanjing", "交通运输": "jiaotong", "教育文体": "jiaoyu",
    "劳动和社会保障": "laodong", "卫生计生": "weisheng", "商贸旅游": "xiaofei",
}  # fmt: skip
ELSEWHERE = {  # the writer's own choice in another city
    "城建": "城乡建设", "环保": "环境保护", "交通": "交通运输", "教育": "教育文体", "文娱": "教育文体",
    "就业": "劳动和社会保障", "医疗": "卫生计生", "旅游": "商贸旅游",
}  # fmt: skip
# invented matters, scattered among real messages: place, thing, what people say of it, how many do
MATTERS = (
    ("丽桥新城", "搅拌站", "噪音扰民|灰尘污染|离居民区太近|没有环评|半夜生产", 45),
    ("伊美园滨江苑", "车位", "捆绑销售|强制购买|不买不让选房|价格太高", 40),
    ("金毛湾", "小学配套", "入学难|没有兑现|就近入学|划片不公", 30),
    ("魅城小区", "餐饮店油烟", "扰民|直排|夜宵噪音|没人管", 25),
    ("五八车贷", "诈骗案", "立案没进展|资金追回|案件进展", 20),
    ("绿海外滩", "高铁", "离小区太近|噪音|线路规划|要求外移", 18),
    ("月岛路", "高压线", "要求入地|离住宅太近|辐射", 15),
    ("西城经济学校", "学生实习", "强制外出实习|不发毕业证|强迫进厂", 12),
    ("泉星公园", "湖水", "发臭|管理差", 10),
    ("星沙四区", "旧城改造", "什么时候开始|没有进展", 10),
    ("东四线", "道路出口", "什么时候通车|通行难", 8),
    ("枫林绿洲", "幼儿园", "收费高|变更性质", 5),
)
WAYS = (
    "{p}{t}{w}",
    "投诉{p}{t}{w}问题",
    "关于{p}{t}{w}的反映",
    "{p}的{t}{w}，求解决",
    "请问{p}{t}{w}谁来管",
    "{p}{t}又{w}了",
)


def lines_of(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Messages:
    """The real messages: (text, label, group)."""

    def __init__(self, data: Path) -> None:
        rows = lines_of(data / "dev/tipdm2020c/classify_dev.jsonl.gz")
        self.city = [(_text(row) if row["text"] else row["seg"], row["label"], row["group"]) for row in rows]
        there = lines_of(data / "dev/liuyan_zj/dev.jsonl.gz")
        self.elsewhere = [(_text(row), ELSEWHERE[row["domain"]]) for row in there if row["domain"] in ELSEWHERE]
        replied = lines_of(data / "dev/tipdm2020c/reply_dev.jsonl.gz")
        self.every = [(text, group) for text, _, group in self.city]
        self.every += [(_text(row), row["group"]) for row in (*there, *replied)]


def _text(row: dict) -> str:
    return f"{row['title']}\n{row['text']}"


def subjects(messages: Messages, office: Path):
    """Yield the figures of subjects without teaching, after it, and in another city."""
    words = subjects_in_files(office)
    yield "主题：没有教过，七大类准确率", _hits(words, messages.city).mean(), "—", "≥ .70"
    fold_of = _folds(messages.city)
    hits, sizes = [], []
    for fold in range(FOLDS):
        taught = [
            Lesson(text, DESK[label]) for (text, label, _), n in zip(messages.city, fold_of, strict=True) if n != fold
        ]
        learnt = _learnt(words, taught, office)
        hits.append(_hits(learnt, [row for row, n in zip(messages.city, fold_of, strict=True) if n == fold]))
        sizes.append(len(taught))
    yield (
        f"主题：{min(sizes)} 条更正之后（{FOLDS} 折，同组不拆）",
        np.concatenate(hits).mean(),
        ".886（不分组）",
        "≥ .885",
    )
    everything = _learnt(words, [Lesson(text, DESK[label]) for text, label, _ in messages.city], office)
    found = [everything.guess(plain(text[:400])) for text, _ in messages.elsewhere]
    right = _hits(everything, messages.elsewhere)
    surest = np.argsort([-each.confidence for each in found], kind="stable")[: len(found) // 2]
    yield "主题：别的城市，全部", right.mean(), ".666", "—"
    yield "主题：别的城市，最有把握的一半", right[surest].mean(), "—", "≥ .80"


def _learnt(words: Subjects, lessons: list[Lesson], office: Path) -> Subjects:
    taught = teach(lessons, words)
    return subjects_in_files(office, taught.model, taught.fusing)


def _hits(known: Subjects, rows) -> np.ndarray:
    """Say for each message whether the best candidate is right; an open one is wrong."""
    found = (known.guess(plain(row[0][:400])).candidates for row in rows)
    return np.array([bool(best) and BROAD.get(best[0][0]) == row[1] for best, row in zip(found, rows, strict=True)])


def _folds(rows) -> list[int]:
    pick, fold_of = random.Random(0), {}
    return [fold_of.setdefault(group, pick.randrange(FOLDS)) for _, _, group in rows]


class Case:
    """A message as the desk compares it."""

    def __init__(self, number: int, text: str) -> None:
        self.id, self.text, self.place, self.category_id = number, text, "", None


def copies(messages: Messages):
    """Yield how many copies and near copies of real messages are offered among the others."""
    pick = random.Random(1)
    texts = list({plain(text): text for text, _ in messages.every}.values())[:400]
    cases = [Case(n, text) for n, text in enumerate(texts)]
    exact = near = 0
    for case in cases[:200]:
        exact += _offered(case.text, case, cases)
        cut = pick.randrange(len(case.text))
        near += _offered(f"{case.text[:cut]}，{case.text[cut + 1 :]}！", case, cases)
    yield "同一件事：原文再发，被列入至多 3 件", exact / 200, "—", "1.0"
    yield "同一件事：改一字再发，被列入至多 3 件", near / 200, "—", "1.0"


def _offered(text: str, case: Case, cases: list[Case]) -> bool:
    return case.id in [other.id for other, _ in similar(text, "", None, cases)][:MOST]


def hot(messages: Messages):
    """Yield how well invented matters are found again among the real messages, at the setting and ± 20 %."""
    said, gold = _scattered(messages)
    for share in (1.0, 0.8, 1.2):
        started = time.perf_counter()
        groups = topics(said, TOGETHER * share)
        took = time.perf_counter() - started
        yield (
            f"热点：{len(said)} 条里的 {len(MATTERS)} 件事，平均 F1（门槛 × {share}）",
            _f1(groups, gold),
            "—",
            "≥ .85",
        )
    yield "热点：最大一组占", max(len(group.ids) for group in groups) / len(said), "—", "≤ .10"
    yield "热点：用时（秒）", took, "—", "—"


def _scattered(messages: Messages) -> tuple[list[Said], dict[str, set[int]]]:
    pick = random.Random(7)
    sentences = [part for text, _ in messages.every for part in re.split("[。！？\n]", text) if 8 < len(part) < 40]
    made = [(text, "") for text, _ in messages.every]
    for place, thing, wrong, count in MATTERS:
        for _ in range(count):
            head = pick.choice(WAYS).format(p=place, t=thing, w=pick.choice(wrong.split("|")))
            body = [*pick.sample(sentences, pick.randint(1, 3)), f"{thing}{pick.choice(wrong.split('|'))}"]
            made.append((f"{head}\n{'。'.join(body)}", place))
    pick.shuffle(made)
    gold = defaultdict(set)
    for number, (_, place) in enumerate(made):
        if place:
            gold[place].add(number)
    return [Said(number, text) for number, (text, _) in enumerate(made)], gold


def _f1(groups, gold) -> float:
    sets = [set(group.ids) for group in groups]
    best = [max((2 * len(own & each) / (len(own) + len(each)) for each in sets), default=0.0) for own in gold.values()]
    return sum(best) / len(best)


def speed(messages: Messages, office: Path):
    """Yield how many lines a second `classify` answers."""
    known = subjects_in_files(office)
    lines = [text[:200] for text, _ in messages.every][:2000]
    started = time.perf_counter()
    for number, text in enumerate(lines):
        classify(number, text, known)
    yield "classify：每秒行数（信件，前 200 字）", len(lines) / (time.perf_counter() - started), "—", "≥ 1000"
