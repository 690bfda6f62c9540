"""The plan, interpreters, uv, the network's settings, what the plugin brings along."""

import hashlib
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from qgis.core import QgsNetworkAccessManager
from qgis.PyQt.QtNetwork import QNetworkProxy

from overseed_qgis.setup import pythons, uv
from overseed_qgis.setup.materials import find_materials, plugin_version
from overseed_qgis.setup.network import Network, proxy_address, qgis_network, tool_environment
from overseed_qgis.setup.plan import BUILDS, Plan, build_for, gigabytes
from overseed_qgis.setup.pythons import Python, find_pythons, managed_python

ROOT = Path(__file__).parents[3]


@pytest.fixture
def plugin(tmp_path):
    """Return a folder like the plugin's from its zip, with one extra."""
    folder = tmp_path / "overseed_qgis"
    (folder / "engine/requirements").mkdir(parents=True)
    (folder / "metadata.txt").write_text("[general]\nversion=0.1.0\n")
    for name in ("uv.txt", "engine.txt", "engine-diffusion.txt"):
        (folder / "engine/requirements" / name).write_text(name)
    (folder / "engine/overseed-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
    return folder


def test_the_zip_brings_the_engine_and_its_lists(plugin):
    found = find_materials(plugin)
    assert (found.version, found.problem, found.is_wheel) == ("0.1.0", "", True)
    assert found.extras == ("diffusion",)
    assert found.list_of("diffusion").read_text() == "engine-diffusion.txt"


def test_without_a_wheel_a_sentence_says_so(plugin):
    (plugin / "engine/overseed-0.1.0-py3-none-any.whl").rename(plugin / "engine/other.whl")
    assert "from its zip" in find_materials(plugin).problem


def test_a_checkout_is_installed_from_its_sources():
    found = find_materials(ROOT / "qgis_plugin")
    assert (found.engine, found.lists, found.is_wheel) == (ROOT, ROOT / "requirements", False)
    assert found.problem == ""
    assert found.version == plugin_version(ROOT / "qgis_plugin") != "0"


def test_an_extra_is_offered_only_with_its_list(plugin):
    (plugin / "engine/requirements/engine-diffusion.txt").unlink()
    assert find_materials(plugin).extras == ()


def test_another_list_engine_or_python_is_another_environment(plugin, tmp_path):
    def key(**changes):
        fields = {
            "materials": find_materials(plugin),
            "root": tmp_path,
            "python": Python("/p", "3.12"),
        }
        return Plan(**{**fields, **changes}).key()

    first = key()
    assert key(root=tmp_path / "elsewhere") == first
    assert key(extras=("diffusion",)) != first
    assert key(python=managed_python()) != first
    (plugin / "engine/overseed-0.1.0-py3-none-any.whl").write_bytes(b"other")
    assert key() != first


def test_sizes_are_those_of_the_platform(plugin, tmp_path):
    assert build_for("linux", "x86_64").gpu == "NVIDIA"
    assert build_for("win32", "AMD64").name == "CPU"
    assert build_for("darwin", "arm64").gpu == "Apple"
    assert build_for("darwin", "x86_64") is None
    assert all(build.disk > build.download > 2e8 for build in BUILDS.values())
    plan = Plan(find_materials(plugin), tmp_path, managed_python())
    assert plan.disk > Plan(plan.materials, tmp_path, Python("/p", "3.12")).disk
    assert Plan(plan.materials, tmp_path, Python("/p", "3.12"), (), tmp_path).download == 0
    assert (
        "no Python can be downloaded"
        in Plan(plan.materials, tmp_path, managed_python(), (), tmp_path).problem()
        or plan.build is None
    )
    assert (gigabytes(3_478_126_592), gigabytes(80_400_000)) == ("3.5 GB", "80 MB")


@pytest.mark.parametrize(
    ("version", "fits"),
    [("3.10.9", False), ("3.11.2", True), ("3.14.0", True), ("3.15.0", False), ("2.7", False)],
)
def test_versions_that_suit(version, fits):
    assert pythons.suits(version) is fits


def test_interpreters_are_asked_and_each_is_named_once(tmp_path):
    link = tmp_path / "python3.99"
    link.symlink_to(sys.executable)
    silent = tmp_path / "python3.98"
    silent.write_text("#!/bin/sh\nexit 1\n")
    silent.chmod(0o755)
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\necho 3.10.1 8\n")
    narrow = tmp_path / "python3.11"
    narrow.write_text("#!/bin/sh\necho 3.11.1 4\n")
    good = tmp_path / "python3.12"
    good.write_text("#!/bin/sh\necho 3.12.1 8\n")
    for path in (old, narrow, good):
        path.chmod(0o755)
    found = find_pythons(map(str, (silent, old, narrow, good, good, tmp_path / "none")))
    assert found == [Python(str(good), "3.12.1")]
    mine = find_pythons([sys.executable, str(link)])
    assert len(mine) == (1 if pythons.suits(sysconfig.get_python_version()) else 0)


def uv_wheel(folder, tag, script="#!/bin/sh\necho uv 0.13.8\n"):
    path = folder / f"uv-0.13.8-py3-none-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("uv-0.13.8.data/scripts/uv", script)
        archive.writestr("uv-0.13.8.data/scripts/../../../evil", "x")
    return path


def test_uv_comes_out_of_a_wheel_whose_hash_is_known(tmp_path):
    machine = sysconfig.get_platform().partition("-")[2].replace(".", "_")
    wheel = uv_wheel(tmp_path, f"manylinux_2_17_{machine}")
    listed = tmp_path / "uv.txt"
    listed.write_text("uv==0.13.8 --hash=sha256:" + "0" * 64)
    assert uv.uv_from_wheels(tmp_path, listed, tmp_path / "uv") == ""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    listed.write_text(f"uv==0.13.8 --hash=sha256:{digest}")
    program = uv.uv_from_wheels(tmp_path, listed, tmp_path / "uv")
    assert subprocess.run([program], capture_output=True, text=True).stdout == "uv 0.13.8\n"
    assert uv.private_uv(tmp_path / "uv") == program
    assert [path.name for path in (tmp_path / "uv").rglob("*") if path.is_file()] == ["uv"]
    wheel.rename(tmp_path / "uv-0.13.8-py3-none-win_amd64.whl")
    assert uv.uv_from_wheels(tmp_path, listed, tmp_path / "other") == ""


def test_uv_on_the_path_must_be_new_enough(tmp_path):
    program = tmp_path / "uv"
    for version, expected in (("0.4.30", ""), ("0.5.0", str(program)), ("", "")):
        program.write_text(f"#!/bin/sh\necho uv {version}\n")
        program.chmod(0o755)
        assert uv.uv_on_path({"PATH": str(tmp_path)}) == expected


def test_pip_puts_uv_into_the_private_folder_alone(tmp_path):
    python = uv.pip_python([sys.executable])
    if not python:
        pytest.skip("there is no pip here")
    machine = sysconfig.get_platform().partition("-")[2].replace(".", "_")
    wheel = tmp_path / f"uv-0.13.8-py3-none-linux_{machine}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        program = zipfile.ZipInfo("uv-0.13.8.data/scripts/uv")
        program.external_attr = 0o100755 << 16
        archive.writestr(program, "#!/bin/sh\n")
        archive.writestr("uv-0.13.8.dist-info/METADATA", "Name: uv\nVersion: 0.13.8\n")
        archive.writestr(
            "uv-0.13.8.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: py3-none-linux_{machine}\n"
        )
        archive.writestr("uv-0.13.8.dist-info/RECORD", "")
    listed = tmp_path / "uv.txt"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    listed.write_text(f"uv==0.13.8 --hash=sha256:{digest}\n")
    command = uv.pip_command(listed, tmp_path / "target", python)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = subprocess.run(
        command, env={**uv.pip_environment(python), **offline}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert uv.private_uv(tmp_path / "target")


def test_addresses_of_proxies_survive_odd_passwords():
    assert proxy_address("http", "p.example", 3128, "", "") == "http://p.example:3128"
    assert proxy_address("http", "", 3128, "anna", "") == ""
    address = proxy_address("socks5h", "p", 0, "anna@home", "a:b/c")
    assert address == "socks5h://anna%40home:a%3Ab%2Fc@p"


def test_tools_get_proxy_and_certificates_and_nothing_of_qgis(tmp_path):
    environ = {
        "PATH": "/usr/bin",
        "PYTHONHOME": "/qgis",
        "https_proxy": "http://old",
        "NO_PROXY": "intranet",
        "PIP_INDEX_URL": "https://mirror.example/simple",
    }
    network = Network("http://p:1", ("direct.example",), "-----PEM-----")
    made = tool_environment(network, tmp_path / "certificates.pem", environ)
    assert "PYTHONHOME" not in made
    assert "https_proxy" not in made
    assert made["HTTPS_PROXY"] == made["HTTP_PROXY"] == "http://p:1"
    assert made["NO_PROXY"] == "intranet,direct.example,localhost,127.0.0.1"
    assert made["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert made["SSL_CERT_FILE"] == made["PIP_CERT"] == str(tmp_path / "certificates.pem")
    assert "-----PEM-----" in (tmp_path / "certificates.pem").read_text()
    plain = tool_environment(Network(), tmp_path / "none.pem", {"https_proxy": "http://mine"})
    assert plain["https_proxy"] == "http://mine"
    assert not (tmp_path / "none.pem").exists()


def test_the_proxy_of_qgis_is_taken(qgis_app):
    manager = QgsNetworkAccessManager.instance()
    before, excluded, direct = manager.fallbackProxy(), manager.excludeList(), manager.noProxyList()
    proxy = QNetworkProxy(QNetworkProxy.ProxyType.HttpProxy, "proxy.example", 3128, "anna", "a b")
    try:
        manager.setFallbackProxyAndExcludes(proxy, ["http://direct.example/x"], ["intranet"])
        found = qgis_network()
        assert found.proxy == "http://anna:a%20b@proxy.example:3128"
        assert set(found.without_proxy) == {"direct.example", "intranet"}
        manager.setFallbackProxyAndExcludes(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy), [], [])
        assert qgis_network().proxy == ""
    finally:
        manager.setFallbackProxyAndExcludes(before, excluded, direct)
