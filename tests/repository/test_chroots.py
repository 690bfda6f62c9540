"""Debian releases in a chroot, as far as it goes without making one."""

import os

import pytest

from build_tools import chroots
from build_tools.processes import Stop

DUMP = """Acquire::http "";
Acquire::http::Proxy "http://user:word@proxy.example:3128/";
Acquire::https::Proxy "";
Acquire::Retries "3";
Acquire::Check-Date "false";
Acquire::IndexTargets::deb::Packages::Optional "0";
Dir::Cache "var/cache/apt";
APT::Install-Recommends "true";
"""


def test_the_mirror_is_this_machines_own():
    listed = (
        "Debian|Debian-Security|http://mirror.example/security/\n"
        "Other|Debian|http://other.example/\n"
        "Debian|Debian|http://mirror.example/debian/\n"
    )
    assert chroots.debian_mirror(listed) == "http://mirror.example/debian/"
    assert chroots.debian_mirror("Ubuntu|Ubuntu|http://mirror.example/ubuntu/\n") is None
    assert chroots.debian_mirror("") is None


def test_proxies_and_retries_are_kept_and_nothing_else():
    assert chroots.kept_settings(DUMP).splitlines() == [
        'Acquire::http::Proxy "http://user:word@proxy.example:3128/";',
        'Acquire::Retries "3";',
        'Acquire::Check-Date "false";',
    ]


@pytest.fixture
def able(monkeypatch):
    """Pretend to be root on Debian with everything that is needed."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(chroots.shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(chroots, "output_of", lambda command: "")
    return monkeypatch


def test_missing_rights_and_programs_are_one_sentence_each(able):
    chroots._refuse_without_rights("sid")
    able.setattr(chroots, "output_of", lambda command: None)
    with pytest.raises(Stop, match=r"--qgis sid needs the right to mount"):
        chroots._refuse_without_rights("sid")
    able.setattr(chroots.shutil, "which", lambda program: {"apt-get": "apt-get"}.get(program))
    with pytest.raises(Stop, match=r"needs debootstrap: apt install debootstrap\.$"):
        chroots._refuse_without_rights("sid")
    able.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Stop, match=r"needs root on a Debian or Ubuntu machine\.$"):
        chroots._refuse_without_rights("sid")


def test_only_a_whole_release_with_the_same_packages_is_used_again(able, tmp_path):
    made = []

    class Release(chroots.Release):
        def _set_up(self, packages):
            made.append(packages)

        def _bring_sources(self):
            pass

    able.setattr(chroots, "CACHE", tmp_path)
    root = Release("sid", ["qgis", "xvfb"]).root
    root.mkdir(parents=True)
    (root / "usr").mkdir()
    Release("sid", ["qgis", "xvfb"])
    assert len(made) == 2
    (root / chroots.FINISHED).write_text("qgis\nxvfb")
    Release("sid", ["qgis", "xvfb"])
    assert len(made) == 2
    Release("sid", ["qgis", "xvfb", "xauth"])
    assert len(made) == 3
