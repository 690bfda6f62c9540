"""The report of whole, partial and odd runs: what is on the page, what is safe, what is missing."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overseed.config import ReportSettings
from overseed.errors import InputError
from overseed.stages.report import report
from tests.engine.reporting.run_maker import ALL_STAGES, small_scene, write_json

ATTACK = "<script>alert(1)</script>"


def page_of(run: Path, **settings) -> str:
    outputs = report(ReportSettings(run=run, **settings))
    assert outputs["report"] == str(run / "report.html")
    return (run / "report.html").read_text(encoding="utf-8")


class Page(HTMLParser):
    """Tables as lists of rows, by the id or class of the table; also links and opened tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.section = ""
        self.texts: dict[str, str] = {}
        self._table = ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes.update(given)
        names = ("src", "href", "xlink:href", "action", "data")
        self.addresses += [v for k, v in attrs if k in names and v]
        if tag == "section":
            self.section = given["id"]
        if tag == "table":
            self._table = given.get("id") or f"{self.section} {given.get('class', '')}".strip()
            self.tables[self._table] = []
        if tag == "tr":
            self.tables[self._table].append([])
        if tag in ("td", "th"):
            self._cell = True
            self.tables[self._table][-1].append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data):
        if self._cell:
            cell = self.tables[self._table][-1]
            cell[-1] = f"{cell[-1]} {data.strip()}".strip()
        self.texts[self.section] = self.texts.get(self.section, "") + data


def row(table: list[list[str]], start: str) -> list[str]:
    found = [cells for cells in table if cells[0].startswith(start)]
    assert len(found) == 1, f"{start} in {table}"
    return found[0][1:]


def pictures(text: str, alt: str) -> list[np.ndarray]:
    """The pictures whose alternative text starts with ``alt``, as RGBA arrays."""
    found = re.findall(rf'<img src="data:image/png;base64,([^"]+)" alt="{alt}', text)
    return [np.array(Image.open(io.BytesIO(base64.b64decode(f))).convert("RGBA")) for f in found]


def test_page_needs_no_network_and_no_scripts(make_run):
    text = page_of(make_run().make())
    page = Page(text)
    assert len(page.addresses) > 20
    assert all(a.startswith(("data:image/png;base64,", "#")) for a in page.addresses)
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert not {"script", "link", "iframe", "object", "embed"} & set(page.tags)
    assert "default-src 'none'" in text
    assert len(text.encode()) < 3_000_000


def test_names_from_users_are_escaped_everywhere(make_run):
    maker = make_run(
        classes=(
            ("farm", "#f0d264", False, 3000),
            (ATTACK, "red;background:url(http://x.example/)", False, 1500),
            ('water" onmouseover="x', "#0072b2", True, 120),
            ("$\\frac{1}{2}$ & --> reeds", "#5fc8c8", True, 60),
        ),
        settings={"title": ATTACK, "rest_as": ATTACK},
    )
    maker.run_yaml()
    text = page_of(maker.make())
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "x.example" not in text
    page = Page(text)
    assert "script" not in page.tags
    assert not [name for name in page.attributes if name.startswith("on")]
    assert [r for r in page.tables["table-f1"] if r[0] == ATTACK]
    assert [r for r in page.tables["table-f1"] if r[0].startswith("$\\frac{1}{2}$ & --> reeds")]
    # Charts write the name as it is, not as a formula.
    assert re.search(r"<text[^>]*>\$\\frac\{1\}\{2\}\$ &amp; --&gt; r", text)


def test_scores_of_every_arm_stand_in_the_tables(make_run):
    page = Page(page_of(make_run().make()))
    f1, iou = page.tables["table-f1"], page.tables["table-iou"]
    assert f1[0][1:] == ["real only", "+\u00a0pix2pix", "random forest", "test pixels"]
    assert row(f1, "farm") == ["0.81", "0.80", "0.75", "100"]
    assert row(f1, "water rare") == ["0.43", "0.51", "0.37", "300"]
    assert row(f1, "wetland & reeds") == ["not evaluated"] * 3 + ["0"]
    assert row(f1, "Macro, rare classes")[:3] == ["0.43", "0.51", "0.37"]
    assert row(f1, "Macro, all classes")[:3] == ["0.65", "0.68", "0.59"]
    assert row(iou, "water")[:3] == ["0.27", "0.34", "0.23"]
    # Overall accuracy is the very last line of the scores.
    assert iou[-1][:4] == ["Overall accuracy", "0.77", "0.77", "0.77"]
    assert not [r for r in f1 if r[0] == "Overall accuracy"]


def test_order_is_verdict_then_warnings_then_sections(make_run):
    text = page_of(make_run().make())
    page = Page(text)
    marks = [
        "may have helped here, but the interval",
        "Class &#39;water&#39; has a single polygon.",
        *(f'<section id="{name}">' for name in (
            "asked", "scene", "classes", "split", "samples", "training", "scores", "difference",
            "fidelity", "map", "accuracy", "made",
        )),
    ]  # fmt: skip
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert "Blocks are 48 pixels wide." in page.texts[""]
    assert "not the map's accuracy" in page.texts["accuracy"]
    assert "sampled by design" in page.texts["scores"]


def test_difference_and_fidelity_figures(make_run):
    page = Page(page_of(make_run().make()))
    assert "+0.080 (95 % interval: −0.021 to +0.173; 5 test blocks)" in page.texts["difference"]
    assert row(page.tables["difference"], "forest") == ["+0.010", "−0.050 to +0.070"]
    assert row(page.tables["difference"], "farm") == ["0.000", "too few blocks"]
    assert row(page.tables["difference"], "wetland") == ["not evaluated", "–"]
    assert row(page.tables["fidelity lda"], "water") == ["0.62", "0.71", "0.87"]
    assert row(page.tables["fidelity lda"], "wetland") == ["0.52", "not evaluated", "not evaluated"]
    assert row(page.tables["fidelity spectral"], "nir_B08") == ["3.1 %", "2.5 %", "1.24"]
    assert "12.5 % of the samples' pixels were made" in page.texts["fidelity"]


def test_a_comparison_of_arms_has_its_own_section_and_the_last_word(make_run):
    maker = make_run()
    maker.make()
    maker.compared()
    text = page_of(maker.root)
    page = Page(text)
    table = page.tables["comparison"]
    assert [cells[0] for cells in table[1:]] == ["spade", "none", "weighted", "noise"]
    assert row(table, "spade")[0].startswith("0.60")
    assert len(row(table, "spade")[0]) == 5
    assert row(table, "spade")[1].startswith("+0.28")
    assert row(table, "none")[1:4] == ["", "", ""]
    assert row(table, "spade")[-2:] == ["2\u202f160", "720"]
    # Wetland lies in two blocks only.
    assert "mean over water." in page.texts["comparison"]
    assert "wetland & reeds (40 pixels in 2 blocks)" in page.texts["comparison"]
    verdict = json.loads((maker.root / "comparison/comparison.json").read_text())["verdict"]
    assert page.texts[""].count(verdict) == 1
    assert len(pictures(text, "Mean IoU of each arm")) == 1
    assert len(pictures(text, "Mapped over labelled area")) == 1


def test_a_comparison_of_other_trainings_than_those_that_are_there_is_not_shown(make_run):
    maker = make_run()
    maker.make()
    maker.compared()
    record = maker.root / "split-0/models/none/seed-0/record.json"
    record.write_text(record.read_text().replace('"key": "k"', '"key": "other"'))
    text = page_of(maker.root)
    assert '<section id="comparison">' not in text
    assert "may have helped here, but the interval" in text


def test_a_comparison_without_its_picture_is_refused_in_words(make_run):
    maker = make_run()
    maker.make()
    maker.compared()
    (maker.root / "comparison/areas.png").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        report(ReportSettings(run=maker.root))


def test_where_arms_were_compared_only_the_ones_that_matter_have_curves(make_run):
    maker = make_run()
    maker.make(("tiles",))
    maker.models(("none", "pix2pix", "random-forest"))
    maker.compared()
    write_json(maker.root / "best.json", {"arm": "pix2pix", "model": "m"})
    text = page_of(maker.root)
    assert Page(text).tables["table-f1"][0][1:] == [
        "real only", "+\u00a0pix2pix", "random forest", "test pixels",
    ]  # fmt: skip
    assert "not in this run yet" in text
    assert "The comparison of real-only" not in text


def test_shares_and_split_tables(make_run):
    page = Page(page_of(make_run().make()))
    assert [r[0] for r in page.tables["classes bars"][1:]] == [
        "farm", "forest", "water rare", "wetland & reeds rare",
    ]  # fmt: skip
    assert row(page.tables["classes bars"], "water") == ["2.6 %", "120", "3"]
    split = page.tables["split"]
    assert row(split, "farm") == ["2\u202f011", "500", "489"]
    assert row(split, "wetland & reeds") == ["60", "none", "none"]
    assert row(split, "blocks") == ["2", "1", "1"]
    assert "“wetland & reeds” has no labelled pixels on the test ground" in page.texts["split"]
    assert row(page.tables["map bars shares"], "farm") == ["25.0 %", "64.1 %"]


def test_map_is_painted_in_the_classes_colours(make_run):
    text = page_of(make_run().make())
    (picture,) = pictures(text, "Land-cover map")
    # 70 × 130 pixels are drawn three times as large; the first two rows hold no value.
    assert picture.shape == (210, 390, 4)
    assert (picture[:6, :, 3] == 0).all()
    assert tuple(picture[3 * 45, 3 * 80]) == (0x1B, 0x6E, 0x3C, 255)
    assert tuple(picture[3 * 50, 3 * 10]) == (0x00, 0x72, 0xB2, 255)


def test_samples_show_source_and_sown_class(make_run):
    text = page_of(make_run().make())
    page = Page(text)
    assert text.count('<figure class="sample">') == 6
    assert page.texts["samples"].count("Sown: ") == 6
    assert "8 samples made with pix2pix" in page.texts["samples"]
    assert "3 tries were rejected: too close to a training tile (3)" in page.texts["samples"]
    real, made = pictures(text, "real tile"), pictures(text, "synthetic")
    labels = pictures(text, "its labels")
    assert len(real) == len(made) == 6
    assert len(labels) == 12
    # Rare classes take turns, and the sown parcel has the class's colour in the synthetic labels.
    assert tuple(labels[1][12, 16]) == (0x00, 0x72, 0xB2, 255)
    assert tuple(labels[3][12, 16]) == (0x5F, 0xC8, 0xC8, 255)
    # The changed parcel is outlined in black and white.
    edge = {tuple(made[0][8, col, :3]) for col in range(8, 24)}
    assert edge == {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize(
    ("stages", "missing", "present"),
    [
        ((), ["prepare", "train-generator", "synthesize", "train", "classify", "run"], []),
        (("tiles",), ["train-generator", "synthesize", "train", "classify", "run"], ["prepare"]),
        (("tiles", "generator"), ["synthesize", "train", "classify", "run"], ["train-generator"]),
        (("tiles", "generator", "synthetic"), ["train", "classify", "run"], ["synthesize"]),
        (
            ("tiles", "generator", "synthetic", "models"),
            ["classify", "run"],
            ["synthesize", "train"],
        ),
        (ALL_STAGES, [], ["prepare", "train-generator", "synthesize", "train", "classify", "run"]),
    ],
)
def test_missing_parts_are_named_with_their_command(make_run, stages, missing, present):
    maker = make_run()
    if stages:
        maker.make(stages)
    else:
        maker.inspect()
    text = page_of(maker.root)
    blocks = " ".join(re.findall(r'<div class="missing">.*?</div>', text, re.DOTALL))
    for command in missing:
        assert f"overseed {command} " in blocks
    for command in present:
        assert f"overseed {command} " not in blocks
    if "tiles" in stages:
        assert "farm" in Page(text).tables["classes bars"][1][0]
    if "models" in stages and "comparison" not in stages:
        assert "does not say yet whether augmentation helps" in text


def test_one_missing_arm_is_named(make_run):
    maker = make_run()
    maker.make(("tiles", "generator", "synthetic"))
    maker.models(("none",))
    page = Page(page_of(maker.root))
    assert page.tables["table-f1"][0][1:] == ["real only", "test pixels"]
    assert f"overseed train {maker.root} --augment random-forest" in page.texts["scores"]
    assert f"overseed train {maker.root} --augment pix2pix" in page.texts["scores"]


def test_run_without_augmentation_does_not_ask_for_it(make_run):
    maker = make_run(settings={"augment": "none"})
    maker.run_yaml()
    maker.make(("tiles",))
    maker.models(("none", "random-forest"))
    maker.map()
    page = Page(page_of(maker.root))
    assert "trained on real samples only" in page.texts[""]
    assert "samples" not in page.texts
    assert "train-generator" not in "".join(page.texts.values())


def test_run_without_rare_classes_has_no_samples_to_miss(make_run):
    maker = make_run(classes=(("farm", "#f0d264", False, 300), ("forest", "#1b6e3c", False, 200)))
    maker.labels[maker.labels != 255] %= 2
    maker.run_yaml()
    maker.make(("tiles", "map"))
    maker.models(("none", "random-forest"))
    page = Page(page_of(maker.root))
    assert "since no class is rare" in page.texts[""]
    assert "samples" not in page.texts
    assert "pix2pix" not in page.texts["scores"]
    assert not [r for r in page.tables["table-f1"] if "rare" in r[0]]


def test_seed_of_the_run_is_the_one_shown(make_run):
    maker = make_run(settings={"seed": 1})
    maker.run_yaml()
    maker.make()
    arm = maker.root / "split-0" / "models" / "none"
    (arm / "seed-0").rename(arm / "seed-1")
    maker.models(("none",))
    other = json.loads((arm / "seed-1" / "scores.json").read_text())
    other["macro_f1"] = 0.111
    (arm / "seed-1" / "scores.json").write_text(json.dumps(other))
    page = Page(page_of(maker.root))
    assert row(page.tables["table-f1"], "Macro, all classes")[0] == "0.11"


def test_scores_under_rest_as_are_explained(make_run):
    maker = make_run(settings={"rest_as": "farm"})
    maker.run_yaml()
    page = Page(page_of(maker.make()))
    assert "nobody checked that ground" in page.texts["scores"]
    assert "--rest-as farm" in page.texts["made"]


@pytest.mark.parametrize(
    ("bands", "dtype"), [(1, "uint8"), (1, "float32"), (2, "int16"), (7, "float32")]
)
def test_any_bands_and_types(make_run, bands, dtype):
    image, labels = small_scene(1 if dtype == "uint8" else bands, "float64")
    if dtype == "uint8":
        image = image / 8
    image = image.astype(dtype)
    if dtype == "float32":
        image[0, 20:30, 50:60] = np.nan
    names = tuple(f"band_{i + 1}" for i in range(bands))
    text = page_of(make_run(image=image, labels=labels, band_names=names).make())
    (picture,) = pictures(text, "Picture of the scene")
    hole = picture[3 * 20 : 3 * 30, 3 * 50 : 3 * 60, 3]
    assert (hole == 0).all() == (dtype == "float32")
    assert (picture[..., 3] == 255).mean() > 0.95
    # Contrast survives: dark and bright ground are both there.
    shown = picture[picture[..., 3] == 255][:, 0]
    assert shown.min() < 40
    assert shown.max() > 215
    grey = bands < 3
    assert ("in grey" in text) == grey
    assert ("False colour: band_1, band_2 and band_3" in text) == (not grey)


def test_scene_without_any_value(make_run):
    image, labels = small_scene(3, "float32")
    image[:] = np.nan
    text = page_of(
        make_run(image=image, labels=labels, band_names=("a", "b", "c")).make(("tiles",))
    )
    (picture,) = pictures(text, "Picture of the scene")
    assert (picture[..., 3] == 0).all()


def test_big_scenes_are_thinned_out(make_run):
    height, width = 700, 3100
    rng = np.random.default_rng(0)
    image = rng.integers(0, 4000, (4, height, width)).astype("uint16")
    labels = np.full((height, width), 255, np.uint8)
    labels[100:400, 200:900] = 2
    text = page_of(
        make_run(image=image, labels=labels).make(("tiles", "generator", "synthetic", "map"))
    )
    (picture,) = pictures(text, "Picture of the scene")
    assert picture.shape[:2] == (175, 775)
    assert len(text.encode()) < 3_000_000


def test_title_copy_and_commands(make_run, tmp_path):
    maker = make_run(settings={"rest_as": None, "rare": ["water", "wetland & reeds"], "seed": 7})
    maker.run_yaml()
    copy = tmp_path / "elsewhere" / "page.html"
    text = page_of(maker.make(), title="Ponds & reeds", out=copy)
    assert "<title>Ponds &amp; reeds</title>" in text
    assert copy.read_text(encoding="utf-8") == text
    made = Page(text).texts["made"]
    assert (
        f"overseed run {maker.root} --seed 7 --raster /data/scene.tif --labels /data/polygons.gpkg "
        "--class-field kind --rare water --rare 'wetland & reeds'" in made
    )
    assert "torch 2.15.0" in made
    assert "cpu (x86_64), 2 threads" in made
    # 3.5 + 120 + 33 + 3 × 95 + 8 seconds
    assert row(Page(text).tables["made stages"], "together") == ["7 min 30 s"]
    assert not list(maker.root.glob(".partial*"))


def test_stages_run_by_hand_give_one_command_each(make_run):
    maker = make_run()
    text = Page(page_of(maker.make())).texts["made"]
    assert f"overseed prepare {maker.root} --seed 0 --raster /data/scene.tif" in text
    assert f"overseed synthesize {maker.root} --seed 0" in text


def test_other_folders_and_broken_files_are_refused(make_run, tmp_path):
    with pytest.raises(InputError, match="not a run folder") as refusal:
        report(ReportSettings(run=tmp_path / "nothing"))
    assert refusal.value.code == "run.missing"
    assert not (tmp_path / "nothing").exists()
    maker = make_run()
    maker.make()
    (maker.root / "best.json").write_text('{"model": ')
    with pytest.raises(InputError, match=r"best\.json") as refusal:
        report(ReportSettings(run=maker.root))
    assert refusal.value.code == "run.unreadable"
    assert not (maker.root / "report.html").exists()


def test_records_may_lack_what_old_runs_lack(make_run):
    maker = make_run()
    maker.make()
    for path in maker.root.rglob("record.json"):
        content = json.loads(path.read_text())
        path.write_text(json.dumps({"stage": content["stage"], "device": None}))
    page = Page(page_of(maker.root))
    assert row(page.tables["made stages"], "prepare")[-1] == "–"


def test_an_unknown_arm_in_the_settings_is_refused_in_words(make_run):
    maker = make_run(settings={"augment": "cyclegan"})
    maker.run_yaml()
    maker.make(("tiles",))
    with pytest.raises(InputError) as refusal:
        report(ReportSettings(run=maker.root))
    assert refusal.value.code == "run.unreadable"
    assert "cyclegan" in refusal.value.message
