"""The register on paper: LibreOffice opens it, and what comes out of its printer is the office's form."""

import csv
import io
import shutil
import stat
import subprocess
from datetime import date

import pypdfium2
import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from bot.actions.figures import all_stations, of_month, punctual
from bot.paper.plain import csv_text, printable
from bot.store.tables import reception_entry
from handlers import register_files

TENTH = date(2026, 12, 10)
HOW_TO_GET_ONE = "These tests need LibreOffice: apt-get install libreoffice-writer-nogui libreoffice-calc-nogui"
A4 = (595, 842)  # points
FORMULA = '=HYPERLINK("http://evil.example","点我")'


@pytest.fixture
async def register(house, station, tian, zhang):
    """A closed session with three entries: one whole, one without a name, one that looks like a formula."""
    station.comes_to(12, 10, 9, 0)
    await zhang.says("签到")
    await tian.says("登记 王桂兰 13800000000 楼道灯坏了三个月，晚上看不见路，楼里老人多，怕摔着")
    await tian.says("1")
    await tian.says("当场联系了物业，答应三天内更换")
    await tian.says("改记 1 住址 滨河家园3号楼2单元")
    await tian.says("登记 门口路面塌了一块，下雨天全是水，请补一下")
    await tian.says("3")
    await tian.says("转建议 2")
    await tian.says("登记 刘建国 13900000001 " + FORMULA)
    await tian.says("2")
    for number, category in ((1, "路灯"), (2, "道路"), (3, "路灯")):
        await tian.says(f"类别 {number} {category}")
    await station.changes(update(reception_entry).where(reception_entry.c.category_id.is_(None)).values(category_id=1))
    assert "归档编号 hepan-2026-JD0001 到 hepan-2026-JD0003" in await tian.says("结束接待")
    return station


@pytest.fixture
async def files(house, register, tmp_path):
    """The register as Word and Excel files."""
    deps = house.deps
    folder = tmp_path / "register"
    paths = await register_files.export(
        deps.store, deps.sealer, deps.texts, folder, station="hepan", first=TENTH, last=TENTH
    )
    return {path.suffix: path for path in paths}


def printed(paths, folder):
    """Return what LibreOffice prints of each file, as PDF documents."""
    assert shutil.which("soffice"), HOW_TO_GET_ONE
    copies = [shutil.copy(path, folder / f"{path.suffix[1:]}{path.suffix}") for path in paths]
    profile = f"-env:UserInstallation=file://{folder}/profile"
    done = subprocess.run(
        ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", folder, *copies],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [pypdfium2.PdfDocument(folder / f"{path.suffix[1:]}.pdf") for path in paths]


def words(page):
    return page.get_textpage().get_text_bounded().replace("\r", "").replace("\n", "")


def ink(page):
    """Return the box that everything drawn on a page stays in."""
    boxes = [each.get_bounds() for each in page.get_objects()]
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


async def test_the_form_comes_out_of_a_printer_one_page_an_entry_within_its_margins(files, tmp_path):
    folder = tmp_path / "printed"
    folder.mkdir()
    for document in printed([files[".docx"], files[".xlsx"]], folder):
        assert len(document) == 4, "a summary and three forms"
        summary, first, second, third = (words(page) for page in document)
        assert "代表接待选民登记汇总表" in summary
        assert "共 3 条" in summary
        assert "张卫国（" in summary
        for form in (first, second, third):
            assert "代表接待选民登记表" in form
            for label in ("接待时间", "反映事项", "选民原话", "处置方式", "接待代表签字", "选民签字", "记录人：田敏"):
                assert label in form
        assert "hepan-2026-JD0001" in first
        assert "王桂兰" in first
        assert "13800000000" in first
        assert "滨河家园3号楼2单元" in first.replace(" ", "")
        assert "☑ 当场答复" in first
        assert "☐ 当场答复" in second
        assert "没有留姓名" in second
        assert "hepan-261210-1" in second
        assert "HYPERLINK" in third, "a formula is printed as the words it is"
        for page in list(document)[1:]:
            assert tuple(round(side) for side in page.get_size()) == A4
            left, bottom, right, top = ink(page)
            assert min(left, A4[0] - right, A4[1] - top) > 28, "nothing is cut off"
            assert bottom > 14
            assert right - left > 440, "the form takes the width of the page"
        assert tuple(round(side) for side in document[0].get_size()) == A4[::-1]


async def test_a_file_with_names_and_phones_is_for_its_owner_alone(files):
    for path in files.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_visitors_say_is_never_a_formula(files):
    book = load_workbook(files[".xlsx"])
    cells = [cell for paper in book for line in paper.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    (said,) = {cell.value for cell in cells if "HYPERLINK" in str(cell.value)}
    assert said == FORMULA


async def test_the_figures_open_their_rows_in_csv_and_excel(house, register, tmp_path):
    deps = house.deps
    for suffix in (".csv", ".xlsx"):
        path = tmp_path / "figures" / f"december{suffix}"
        count = await register_files.export_figures(deps.store, deps.texts, path, TENTH, TENTH)
        rows = read(path)
        assert len(rows) == count + 1
        for name in ("登记件次", "来访人次", "已转为建议", "接待场次"):
            mine = [row for row in rows if row[0] == name]
            assert int(mine[0][1]) == len(mine) - 1, "the number is the rows below it"
        share, *seats = [row for row in rows if row[0].startswith("代表参与率")]
        assert int(share[2]) == len(seats)
        assert int(share[1]) == sum("参加 1 场" in row[6] for row in seats) == 1
        assert not any("王桂兰" in str(cell) or "13800000000" in str(cell) for row in rows for cell in row)


def read(path):
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    return [["" if value is None else value for value in row] for row in load_workbook(path).active.values]


@pytest.mark.parametrize("said", ["=1+1", "+86 138", "-3", "@SUM(A1)", "\t=1", "＝1"])
def test_csv_keeps_a_formula_from_being_one(said):
    assert csv_text(["话"], [[said]]).splitlines()[1].lstrip('"').startswith("'")
    assert csv_text(["数"], [[-3]]).splitlines()[1] == "-3"


def test_signs_that_no_document_can_hold_are_left_out():
    assert printable("灯\x00坏\x1b了\ud800") == "灯坏了"


async def test_a_notice_counts_as_punctual_only_three_days_ahead_and_with_proof(house, station):
    station.comes_to(12, 7, 8, 59)
    await house.tick("remind")
    before = await notices_of_the_tenth(house)
    assert (before.value, before.of) == (0, len(before.rows))
    assert before.of > 1
    station.comes_to(12, 7, 9, 5)
    await house.deliver()
    await house.tick("proof")
    after = await notices_of_the_tenth(house)
    assert after.of == before.of
    assert after.value == sum(row.proven_at is not None for row in after.rows) > 0
    proven = next(row for row in after.rows if row.proven_at)
    assert punctual(proven, 3)
    assert not punctual(proven, 4), "a day later than the office wants is not punctual"


async def notices_of_the_tenth(house):
    async with house.deps.store.read() as db:
        found = await of_month(db, await all_stations(db), TENTH, TENTH)
    return next(each for each in found if each.code == "punctual")
