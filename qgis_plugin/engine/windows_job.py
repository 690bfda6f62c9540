"""Job objects: how a program and its children are ended together on Windows.

Written against Microsoft's documentation of `CreateJobObjectW`, `SetInformationJobObject`,
`AssignProcessToJobObject` and `TerminateJobObject`; imported on Windows alone.
"""

import ctypes
from typing import Any

_KILL_ON_JOB_CLOSE = 0x00002000
_EXTENDED_LIMIT_INFORMATION = 9
_ENDED_BY_QGIS = 1


class _BasicLimits(ctypes.Structure):
    _fields_ = [
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    ]


class _IoCounters(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_uint64)
        for name in (
            "ReadOperationCount",
            "WriteOperationCount",
            "OtherOperationCount",
            "ReadTransferCount",
            "WriteTransferCount",
            "OtherTransferCount",
        )
    ]


class _ExtendedLimits(ctypes.Structure):
    _fields_ = [
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", _IoCounters),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


class WindowsJob:
    """A job whose processes end when it is ended, and also when its last handle is closed, which
    the system does when QGIS dies.
    """

    def __init__(self) -> None:
        """Make the job. Raises ``OSError`` when the system refuses."""
        self._system = ctypes.WinDLL("kernel32", use_last_error=True)
        self._declare()
        self._handle = self._system.CreateJobObjectW(None, None)
        self._require(self._handle)
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        self._require(
            self._system.SetInformationJobObject(
                self._handle,
                _EXTENDED_LIMIT_INFORMATION,
                ctypes.byref(limits),
                ctypes.sizeof(limits),
            )
        )

    def add(self, child: Any) -> None:
        """Put a ``subprocess.Popen`` into the job; all that it starts belongs to the job too."""
        if not self._system.AssignProcessToJobObject(self._handle, int(child._handle)):
            # A child that is already gone cannot be added, and need not be.
            if child.poll() is None:
                child.kill()
                raise ctypes.WinError(ctypes.get_last_error())

    def end(self) -> None:
        """End every process of the job; may be called again."""
        if self._handle:
            self._system.TerminateJobObject(self._handle, _ENDED_BY_QGIS)
            self._system.CloseHandle(self._handle)
            self._handle = None

    def _declare(self) -> None:
        # Handles are pointers; without these declarations ctypes would cut them to 32 bits.
        handle, flag, number = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32
        signatures = {
            "CreateJobObjectW": (handle, [ctypes.c_void_p, ctypes.c_wchar_p]),
            "SetInformationJobObject": (flag, [handle, ctypes.c_int, ctypes.c_void_p, number]),
            "AssignProcessToJobObject": (flag, [handle, handle]),
            "TerminateJobObject": (flag, [handle, ctypes.c_uint]),
            "CloseHandle": (flag, [handle]),
        }
        for name, (result, arguments) in signatures.items():
            function = getattr(self._system, name)
            function.restype, function.argtypes = result, arguments

    @staticmethod
    def _require(result: object) -> None:
        if not result:
            raise ctypes.WinError(ctypes.get_last_error())
