"""The help pages as HTML: an index, one page for each algorithm, the words, and how to read the report."""

from html import escape
from pathlib import Path
from typing import Optional

from qgis.core import QgsProcessingAlgorithm, QgsProcessingParameterDefinition

from ..icons import ALGORITHM_ICONS, FOLDER
from ..texts import tr
from ..translation import qgis_locale
from .words import privacy, report_sections, words

INDEX, WORDS, REPORT = "index.html", "words.html", "report.html"
STYLE = Path(__file__).with_name("style.css")


def pages(algorithms: list[QgsProcessingAlgorithm]) -> dict[str, str]:
    """Return every page by its file's name; algorithms come in the order of the work, which icons have."""
    order = list(ALGORITHM_ICONS)
    algorithms = sorted(
        algorithms, key=lambda a: order.index(a.name()) if a.name() in order else len(order)
    )
    made = {INDEX: _index(algorithms), WORDS: _words(), REPORT: _report()}
    for algorithm in algorithms:
        made[f"{algorithm.name()}.html"] = _algorithm(algorithm)
    return made


def _index(algorithms: list[QgsProcessingAlgorithm]) -> str:
    introduction = tr(
        "Overseed maps land cover whose interesting classes are rare. It learns from your polygons, makes "
        "more samples of classes that have hardly any, classifies the whole raster, and says with numbers, "
        "on ground that no step has seen, whether the made samples helped."
    )
    start = tr(
        "Start with “{algorithm}”: choose a raster, polygons and the field with their classes, and press "
        "Run. Effort “quick” gives a first map in minutes. “{sample}” in the menu Raster → Overseed loads "
        "a real scene to try it on."
    ).format(algorithm=tr("Classify rare classes"), sample=tr("Open sample project…"))
    single = [a for a in algorithms if not a.group()]
    groups = list(dict.fromkeys(a.group() for a in algorithms if a.group()))
    body = [f'<p class="lead">{escape(introduction)}</p><p>{escape(start)}</p>']
    body.append(_list(single))
    for group in groups:
        body.append(f"<h2>{escape(group)}</h2>")
        body.append(_list([a for a in algorithms if a.group() == group]))
    title = tr("What leaves this machine")
    body.append(f"<h2>{escape(title)}</h2><p>{escape(privacy())}</p>")
    return _page(tr("Overseed help"), "".join(body), "overseed")


def _list(algorithms: list[QgsProcessingAlgorithm]) -> str:
    items = [
        f"<li>{_picture(_icon(a))}<div>"
        f'<a href="{a.name()}.html">{escape(a.displayName())}</a>'
        f"<p>{escape(a.shortDescription())}</p></div></li>"
        for a in algorithms
    ]
    return f'<ul class="steps">{"".join(items)}</ul>'


def _algorithm(algorithm: QgsProcessingAlgorithm) -> str:
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    rows = "".join(
        f"<tr><td><code>{d.name()}</code></td><td>{escape(d.description())}</td>"
        f"<td><code>{escape(d.type())}</code></td>"
        f"<td>{tr('optional') if d.flags() & optional else ''}</td></tr>"
        for d in algorithm.parameterDefinitions()
    )
    parameters = {d.name() for d in algorithm.parameterDefinitions()}
    results = "".join(
        f"<tr><td><code>{d.name()}</code></td><td>{escape(d.description())}</td>"
        f"<td><code>{escape(d.type())}</code></td><td>{tr('result')}</td></tr>"
        for d in algorithm.outputDefinitions()
        if d.name() not in parameters
    )
    head = "".join(
        f"<th scope=col>{escape(text)}</th>" for text in (tr("name"), tr("meaning"), tr("type"), "")
    )
    scripts = tr("For models, scripts and the command line")
    body = (
        f"{algorithm.shortHelpString()}<h2>{escape(scripts)}</h2>"
        f"<pre>qgis_process help {algorithm.id()}</pre>"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}{results}</tbody></table></div>'
    )
    return _page(algorithm.displayName(), body, _icon(algorithm))


def _words() -> str:
    items = "".join(f"<dt>{escape(word)}</dt><dd>{escape(text)}</dd>" for word, text in words())
    return _page(tr("Words"), f"<dl>{items}</dl>")


def _report() -> str:
    sections = "".join(
        f"<h2>{escape(title)}</h2><p>{escape(text)}</p>" for title, text in report_sections()
    )
    return _page(tr("How to read the report"), sections, "report")


def _page(title: str, body: str, icon: Optional[str] = None) -> str:
    links = (
        (INDEX, tr("Overseed help")),
        (WORDS, tr("Words")),
        (REPORT, tr("How to read the report")),
    )
    navigation = "".join(f'<a href="{page}">{escape(text)}</a>' for page, text in links)
    return (
        f'<!DOCTYPE html>\n<html lang="{qgis_locale().partition("_")[0]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n<nav>{navigation}</nav>\n<h1>{_picture(icon) if icon else ''}{escape(title)}</h1>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _icon(algorithm: QgsProcessingAlgorithm) -> str:
    return ALGORITHM_ICONS.get(algorithm.name(), "overseed")


def _picture(name: str) -> str:
    """Both drawings; the page's style shows the one that suits."""
    drawn = ""
    for mode in ("light", "dark"):
        svg = (FOLDER / mode / f"{name}.svg").read_text(encoding="utf-8").strip()
        # The title would be read aloud beside the same words.
        svg = "".join(line for line in svg.splitlines() if "<title>" not in line)
        drawn += svg.replace("<svg ", f'<svg class="on-{mode}" aria-hidden="true" ', 1)
    return drawn
