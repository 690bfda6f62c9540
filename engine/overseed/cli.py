"""The command line: generated from the settings, it parses, calls one stage and prints."""

from __future__ import annotations

import importlib
import json
import logging
import sys
import traceback
import types
import typing
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from overseed import __version__, chip_settings, config, map_settings
from overseed.devices import expected_device, team_place
from overseed.errors import Cancelled, InputError, OverseedError, resource_error_from
from overseed.events import ConsoleReporter, JsonReporter, Reporter, reserve_stdout

#: Command → (settings, stage module, function). A module is imported when its command runs.
COMMANDS: dict[str, tuple[type[config.Settings], str, str]] = {
    "inspect": (config.InspectSettings, "inspect", "inspect"),
    "prepare": (config.PrepareSettings, "prepare", "prepare"),
    "train-generator": (config.TrainGeneratorSettings, "train_generator", "train_generator"),
    "synthesize": (config.SynthesizeSettings, "synthesize", "synthesize"),
    "review": (config.ReviewSettings, "review", "review"),
    "train": (config.TrainSettings, "train", "train"),
    "compare": (config.CompareSettings, "compare", "compare"),
    "fidelity": (config.FidelitySettings, "fidelity", "fidelity"),
    "quantize": (map_settings.QuantizeSettings, "quantize", "quantize"),
    "classify": (map_settings.ClassifySettings, "classify", "classify"),
    "suggest-labels": (map_settings.SuggestLabelsSettings, "suggest_labels", "suggest_labels"),
    "sample-points": (map_settings.SamplePointsSettings, "sample_points", "sample_points"),
    "assess": (map_settings.AssessSettings, "assess", "assess"),
    "report": (config.ReportSettings, "report", "report"),
    "run": (config.RunSettings, "run", "run"),
    "simulate": (config.SimulateSettings, "simulate", "simulate"),
    "doctor": (config.DoctorSettings, "doctor", "doctor"),
    "chips prepare": (chip_settings.PrepareChipsSettings, "chips.prepare", "prepare"),
    "chips features": (chip_settings.ChipFeaturesSettings, "chips.features", "features"),
    "chips cluster": (chip_settings.ClusterChipsSettings, "chips.cluster", "cluster"),
    "chips train-gan": (chip_settings.TrainGanSettings, "chips.train_gan", "train_gan"),
    "chips sample": (chip_settings.SampleChipsSettings, "chips.sample", "sample"),
    "chips classify-chips": (chip_settings.ClassifyChipsSettings, "chips.classify", "classify"),
    "chips compare": (chip_settings.CompareChipsSettings, "chips.compare", "compare"),
    "chips map": (chip_settings.MapChipsSettings, "chips.heat_map", "heat_map"),
}
#: What groups of commands, the first words of their names, are for.
GROUPS = {"chips": "Small images with one label each: cluster, synthesize, classify, map."}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="overseed", message="%(prog)s %(version)s")
def cli() -> None:
    """Synthesize labelled samples of rare classes, train on them, map, and prove whether it helped."""


def main() -> None:
    """Entry point of the console script."""
    cli(prog_name="overseed")


def _command(name: str) -> click.Command:
    settings = COMMANDS[name][0]
    parameters = [_parameter(field, info) for field, info in settings.model_fields.items()]
    parameters += [
        click.Option(["-v", "--verbose"], is_flag=True, help="Say more, on standard error."),
        click.Option(
            ["--json", "as_json"], is_flag=True, help="Print the result as one JSON object."
        ),
        click.Option(["--events"], is_flag=True, help="Print progress and result as JSON lines."),
        click.Option(
            ["--control"],
            type=click.Choice(["stdin"]),
            help='Listen on standard input: {"cmd":"cancel"} or its end stops the command.',
        ),
    ]

    def callback(**values: Any) -> None:
        sys.exit(_execute(name, values))

    return click.Command(
        name.rpartition(" ")[2],
        params=parameters,
        callback=callback,
        help=settings.__doc__,
        short_help=settings.__doc__,
    )


def _parameter(field: str, info: Any) -> click.Parameter:
    kind, multiple = _click_type(info.annotation)
    required = info.is_required()
    if (info.json_schema_extra or {}).get("argument"):
        return click.Argument([field], type=kind, required=required, nargs=-1 if multiple else 1)
    if kind is click.BOOL:
        return click.Option([f"--{field.replace('_', '-')}"], is_flag=True, help=info.description)
    default = None if required or multiple else info.default
    return click.Option(
        [f"--{field.replace('_', '-')}", field],
        type=kind,
        multiple=multiple,
        required=required,
        default=default,
        show_default=default is not None,
        help=info.description,
    )


def _click_type(annotation: Any) -> tuple[click.ParamType, bool]:
    """Map a field's type to click's; the second value says whether the option repeats."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        return _click_type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _click_type(next(a for a in arguments if a is not type(None)))
    if origin is list:
        return _click_type(arguments[0])[0], True
    if origin is typing.Literal:
        return click.Choice(arguments), False
    simple: dict[Any, click.ParamType] = {
        int: click.INT,
        float: click.FLOAT,
        bool: click.BOOL,
        str: click.STRING,
    }
    return simple.get(annotation, click.Path(path_type=Path)), False


def _execute(name: str, values: dict[str, Any]) -> int:
    """Run one command and return its exit code (DESIGN section 6)."""
    verbose, as_json = values.pop("verbose"), values.pop("as_json")
    events, control = values.pop("events"), values.pop("control")
    # Of processes that torchrun started together the first one speaks for all.
    helps = team_place()[0] > 0
    events, as_json = events and not helps, as_json and not helps
    stdout = reserve_stdout() if events or as_json else sys.stdout
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, stream=sys.stderr, force=True
    )
    reporter: Reporter
    if events:
        reporter = JsonReporter(stdout)
        reporter.hello(__version__, expected_device(values["device"]), name)
    else:
        reporter = Reporter() if as_json or helps else ConsoleReporter()
    # Signals and the life line are listened to from here on, before any heavy import.
    from overseed.cancellation import listen

    listen(reporter, control == "stdin")
    try:
        outputs = _call(name, values, reporter)
    except (Cancelled, KeyboardInterrupt):
        reporter.close()
        print("Cancelled. The same command continues where it stopped.", file=sys.stderr)
        return Cancelled.exit_code
    except Exception as error:
        return _fail(error, values, reporter, verbose)
    if events:
        reporter.result(outputs)
    reporter.close()
    if as_json and not events:
        print(json.dumps({"command": name, "outputs": outputs}, ensure_ascii=False), file=stdout)
    elif not events and not helps:
        print(outputs.get("text") or _as_text(outputs), file=stdout)
    stdout.flush()
    return 0


def _call(name: str, values: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    settings_type, module, function = COMMANDS[name]
    if team_place()[1] > 1 and name != "train":
        raise InputError(
            "team.only-train",
            f"'overseed {name}' cannot be shared by processes of torchrun.",
            "Start it without torchrun; 'overseed train' is the command that can be shared.",
        )
    given = {
        key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
    }
    try:
        settings = settings_type.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        option = f"--{first['loc'][0]}: ".replace("_", "-") if first["loc"] else ""
        raise InputError(
            "settings.invalid",
            f"{option}{first['msg'].removeprefix('Value error, ')}.",
            f"See 'overseed {name} --help'.",
        ) from error
    stage = importlib.import_module(f"overseed.stages.{module}")
    return getattr(stage, function)(settings, reporter)


def _fail(error: Exception, values: dict[str, Any], reporter: Reporter, verbose: bool) -> int:
    """Report an error in one sentence, keep the trace in the run's log, return the exit code."""
    known = error if isinstance(error, OverseedError) else resource_error_from(error)
    trace = "".join(traceback.format_exception(error))
    log = None
    if known is None:
        known = OverseedError(
            "engine.bug",
            f"Overseed failed where it should not have: {type(error).__name__}: {error}",
            "Please report it with the log.",
        )
    if known.exit_code == 1:
        log = _write_log(values.get("run"), trace)
    if log is None and (verbose or known.exit_code == 1):
        print(trace, file=sys.stderr)
    reporter.error(known, log)
    reporter.close()
    if type(reporter) is Reporter:
        print(f"Error: {known.message} {known.hint}", file=sys.stderr)
    return known.exit_code


def _write_log(run: Path | None, trace: str) -> Path | None:
    if run is None or not run.is_dir():
        return None
    log = run.absolute() / "run.log"
    try:
        with log.open("a", encoding="utf-8") as stream:
            stream.write(trace + "\n")
    except OSError:
        return None
    return log


def _as_text(outputs: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: {value}"
        for name, value in outputs.items()
        if isinstance(value, str | int | float)
    )


_groups = {"": cli} | {name: click.Group(name, help=text) for name, text in GROUPS.items()}
for _name in COMMANDS:
    _groups[_name.rpartition(" ")[0]].add_command(_command(_name))
for _name in GROUPS:
    cli.add_command(_groups[_name])
