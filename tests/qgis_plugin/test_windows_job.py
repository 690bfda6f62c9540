"""The job object, as far as it can be tried without Windows: sizes and calls as documented."""

import ctypes
import struct

import pytest

from overseed_qgis.engine import windows_job


class Function:
    """A function of kernel32 that notes its calls."""

    def __init__(self, name, calls, result):
        self._name, self._calls, self._result = name, calls, result

    def __call__(self, *arguments):
        self._calls.append((self._name, arguments))
        return self._result


class Kernel:
    """Stands for kernel32; `refuses` names the function that fails."""

    def __init__(self, refuses=""):
        self.calls = []
        for name in (
            "CreateJobObjectW",
            "SetInformationJobObject",
            "AssignProcessToJobObject",
            "TerminateJobObject",
            "CloseHandle",
        ):
            result = 0 if name == refuses else 0x1_0000_0007
            setattr(self, name, Function(name, self.calls, result))


class Child:
    """Stands for a process; `code` is its exit code."""

    _handle = 42
    killed = False

    def __init__(self, code=None):
        self._code = code

    def poll(self):
        return self._code

    def kill(self):
        self.killed = True


@pytest.fixture
def kernel(monkeypatch):
    def make(refuses=""):
        kernel = Kernel(refuses)
        monkeypatch.setattr(ctypes, "WinDLL", lambda *_, **__: kernel, raising=False)
        monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
        monkeypatch.setattr(
            ctypes, "WinError", lambda code: OSError(code, "Access is denied"), raising=False
        )
        return kernel

    return make


@pytest.mark.skipif(struct.calcsize("P") != 8, reason="the figures are those of 64 bits")
def test_structures_have_the_sizes_of_the_headers():
    assert ctypes.sizeof(windows_job._BasicLimits) == 64
    assert ctypes.sizeof(windows_job._IoCounters) == 48
    assert ctypes.sizeof(windows_job._ExtendedLimits) == 144
    assert windows_job._BasicLimits.LimitFlags.offset == 16


def test_job_kills_its_processes_when_it_is_closed(kernel):
    system = kernel()
    job = windows_job.WindowsJob()
    name, (handle, kind, limits, size) = system.calls[1]
    assert (name, handle, kind, size) == ("SetInformationJobObject", 0x1_0000_0007, 9, 144)
    assert limits._obj.BasicLimitInformation.LimitFlags == 0x2000
    assert system.CreateJobObjectW.restype is ctypes.c_void_p
    job.add(Child())
    assert system.calls[2] == ("AssignProcessToJobObject", (0x1_0000_0007, 42))
    job.end()
    job.end()
    assert [name for name, _ in system.calls[3:]] == ["TerminateJobObject", "CloseHandle"]


def test_refusals_of_the_system_are_errors(kernel):
    kernel(refuses="CreateJobObjectW")
    with pytest.raises(OSError, match="denied"):
        windows_job.WindowsJob()
    kernel(refuses="AssignProcessToJobObject")
    job, child = windows_job.WindowsJob(), Child()
    with pytest.raises(OSError, match="denied"):
        job.add(child)
    assert child.killed
    job.add(Child(code=1))
