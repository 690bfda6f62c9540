#!/usr/bin/env python3
"""The one entry for everything done to the repository; `python3 build.py --help` lists it all.

Standard library only; any Python from 3.9 on with pip will do.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 9):  # noqa: UP036 - said in words instead of a trace
    sys.exit("build.py needs Python 3.9 or newer; this is " + sys.version.split()[0] + ".")

import argparse

from build_tools.processes import Interrupted, Stop


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is the command's own."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except Stop as stop:
        print(f"build.py: {stop}", file=sys.stderr)
        return stop.exit_code
    except Interrupted as interrupted:
        return interrupted.exit_code
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    # Each command imports its own module, so that one broken tool does not stop the others.
    if options.command == "demo":
        from build_tools import demo

        return demo.run(options.out, quick=options.quick)
    if options.command == "test":
        from build_tools import checks

        return checks.run(with_qgis=not options.without_qgis, release=options.qgis)
    if options.command == "package":
        from build_tools import packaging

        return packaging.run()
    if options.command == "install":
        from build_tools import profiles

        return profiles.run(options.profile)
    if options.command == "translations":
        from build_tools import translations

        return translations.run(options.language)
    from build_tools import benchmarks

    return benchmarks.run(options.name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build.py", description="Set up, try, test, package and install Overseed."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="map a real Sentinel-2 scene and write a report")
    demo.add_argument("--quick", action="store_true", help="a short run with a poorer map")
    demo.add_argument("--out", default="demo", metavar="DIR", help="run folder (default: demo)")

    test = commands.add_parser("test", help="set up and run every check and test")
    where = test.add_mutually_exclusive_group()
    where.add_argument("--without-qgis", action="store_true", help="leave out what needs QGIS")
    where.add_argument(
        "--qgis",
        choices=["trixie", "sid"],
        help="run only the plugin's tests, in the QGIS of that Debian release (needs root)",
    )

    commands.add_parser("package", help="build the plugin's zip and the engine's wheel in dist/")

    install = commands.add_parser("install", help="install the plugin into a QGIS profile")
    install.add_argument(
        "--profile", default="default", metavar="NAME", help="QGIS user profile (default: default)"
    )

    translations = commands.add_parser(
        "translations", help="bring the plugin's .ts files up to date and list what is untranslated"
    )
    translations.add_argument("language", nargs="?", metavar="LANGUAGE", help="also add this one")

    bench = commands.add_parser("bench", help="run benchmarks and print a table")
    bench.add_argument("name", nargs="?", metavar="NAME", help="only this one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
