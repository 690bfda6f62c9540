"""Translations: sentences collected from the plugin's sources into .ts files, and .qm files made from those.

Qt loads only .qm files and most machines have no `lrelease`, whose wheels on the package index weigh about
100 MB; the format is simple, so that :func:`qm_bytes` writes it.
"""

from __future__ import annotations

import ast
import json
import re
import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from build_tools.processes import ROOT, Stop, say

PLUGIN = ROOT / "qgis_plugin"
FOLDER = PLUGIN / "i18n"
#: What the engine says about its commands and settings; forms and help pages show it.
ENGINE_SENTENCES = PLUGIN / "algorithms" / "settings.json"
#: The context that `qgis_plugin/texts.py` asks Qt with.
CONTEXT = "Overseed"


@dataclass
class Entry:
    """One sentence of a .ts file; ``state`` is "", "unfinished" or "vanished"."""

    source: str
    translation: str = ""
    state: str = "unfinished"


def run(language: str | None) -> int:
    """Bring every .ts file up to date, add one for ``language``, and list what is untranslated; returns 0."""
    sources = collect()
    paths = ts_files()
    if language:
        if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", language):
            raise Stop(f"{language!r} is no language; give a code such as fr or pt_BR.")
        paths = sorted({*paths, FOLDER / f"overseed_{language}.ts"})
    for path in paths:
        entries = merged(sources, read_ts(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ts_text(language_of(path), entries), encoding="utf-8")
        missing = [entry for entry in entries if entry.state == "unfinished"]
        for entry in missing:
            say(f"{path.name}: untranslated: {entry.source!r}")
        for entry in entries:
            for problem in problems(entry):
                say(f"{path.name}: {problem}: {entry.source!r}")
        say(f"{path.name}: {len(sources)} sentences, {len(missing)} untranslated.")
    return 0


def ts_files() -> list[Path]:
    """The .ts files of all languages."""
    return sorted(FOLDER.glob("overseed_*.ts"))


def language_of(path: Path) -> str:
    """The language code in a file's name."""
    return path.stem.partition("_")[2]


def collect() -> list[str]:
    """Every sentence that passes through ``tr()``, sorted, each once.

    Raises `Stop` where the argument of ``tr`` is put together, so that it could never be found.
    """
    found = set(_engine_sentences())
    for path in sorted(PLUGIN.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "tr"
            ):
                found.update(_literals(node.args[0], path))
    return sorted(found)


def _literals(argument: ast.expr, path: Path) -> list[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        return [*_literals(argument.body, path), *_literals(argument.orelse, path)]
    if isinstance(argument, (ast.JoinedStr, ast.BinOp)):
        raise Stop(
            f"{path.relative_to(ROOT)}, line {argument.lineno}: tr() needs one plain text; put what "
            "varies into {braces} and call .format() on the result of tr()."
        )
    # A name or an expression: the engine's sentences, which are read from their own file.
    return []


def _engine_sentences() -> list[str]:
    schema = json.loads(ENGINE_SENTENCES.read_text(encoding="utf-8"))
    sentences = []
    for command in schema.values():
        if "description" not in command:
            continue  # the table of efforts, which has no sentences
        sentences.append(" ".join(command["description"].split()))
        sentences += [setting["description"] for setting in command["properties"].values()]
    return sentences


def merged(sources: list[str], before: list[Entry]) -> list[Entry]:
    """The entries for ``sources``: earlier translations are kept, those nobody asks for marked vanished."""
    known = {entry.source: entry for entry in before}
    entries = []
    for source in sources:
        old = known.pop(source, Entry(source))
        state = "" if old.translation and old.state != "unfinished" else "unfinished"
        entries.append(Entry(source, old.translation, state))
    vanished = [Entry(e.source, e.translation, "vanished") for e in known.values() if e.translation]
    return entries + sorted(vanished, key=lambda entry: entry.source)


def problems(entry: Entry) -> list[str]:
    """What is wrong with a finished translation: placeholders, mnemonics, ellipses or tags that differ."""
    if entry.state:
        return []
    found = []
    for what, pattern in (
        ("placeholders differ", r"\{[^{}]*\}"),
        ("HTML tags differ", r"</?\w+"),
        ("mnemonics (&) differ", r"&\w"),
        ("ellipses differ", r"…$"),
    ):
        wanted, had = (
            sorted(re.findall(pattern, text)) for text in (entry.source, entry.translation)
        )
        if pattern.startswith("&"):
            wanted, had = [len(wanted)], [len(had)]  # another letter may carry it
        if wanted != had:
            found.append(what)
    return found


def read_ts(path: Path) -> list[Entry]:
    """The entries of a .ts file; none where there is no such file yet."""
    if not path.exists():
        return []
    entries = []
    for message in ElementTree.parse(path).iter("message"):
        translation = message.find("translation")
        state = translation.get("type", "") if translation is not None else "unfinished"
        text = (translation.text or "") if translation is not None else ""
        state = "vanished" if state == "obsolete" else state
        entries.append(Entry(message.findtext("source") or "", text, state))
    return entries


def ts_text(language: str, entries: list[Entry]) -> str:
    """A .ts file, as Qt Linguist reads it; without places in the sources, which change all the time."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<!DOCTYPE TS>",
        f'<TS version="2.1" language="{language}" sourcelanguage="en">',
        "<context>",
        f"    <name>{CONTEXT}</name>",
    ]
    for entry in entries:
        kind = f' type="{entry.state}"' if entry.state else ""
        lines += [
            "    <message>",
            f"        <source>{escape(entry.source)}</source>",
            f"        <translation{kind}>{escape(entry.translation)}</translation>",
            "    </message>",
        ]
    return "\n".join([*lines, "</context>", "</TS>", ""])


def compile_into(folder: Path) -> list[Path]:
    """Write one .qm file for each .ts file into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for path in ts_files():
        target = folder / f"{path.stem}.qm"
        target.write_bytes(qm_bytes(read_ts(path)))
        made.append(target)
    return made


_MAGIC = bytes.fromhex("3cb86418caef9c95cd211cbf60a1bddd")
_HASHES, _MESSAGES = 0x42, 0x69
_END, _TRANSLATION, _SOURCE, _CONTEXT, _COMMENT = 1, 3, 6, 7, 8


def qm_bytes(entries: list[Entry]) -> bytes:
    """A .qm file with the finished entries, as Qt's QTranslator reads it.

    A magic number, then sections, each a tag and a length (big endian): hashes of the sources with where
    their messages begin, sorted by hash, and the messages, each a row of tagged parts.
    """
    messages, index = b"", []
    for entry in entries:
        if entry.state or not entry.translation:
            continue
        index.append((_elf_hash(entry.source.encode()), len(messages)))
        messages += (
            _part(_TRANSLATION, entry.translation.encode("utf-16-be"))
            + _part(_COMMENT, b"")
            + _part(_SOURCE, entry.source.encode())
            + _part(_CONTEXT, CONTEXT.encode())
            + bytes([_END])
        )
    hashes = b"".join(struct.pack(">II", *pair) for pair in sorted(index))
    return _MAGIC + _part(_HASHES, hashes) + _part(_MESSAGES, messages)


def _part(tag: int, content: bytes) -> bytes:
    return struct.pack(">BI", tag, len(content)) + content


def _elf_hash(text: bytes) -> int:
    value = 0
    for byte in text:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return value or 1
