"""How set-up's child processes reach the network: proxy, certificates and package index."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..engine.environment import engine_environment

_PROXY_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Network:
    """What QGIS knows of the network.

    ``proxy`` is an address with user and password, or ""; ``without_proxy`` are hosts reached
    directly; ``certificates`` are those, as PEM, that a person has added to QGIS;
    ``qgis_folders`` hold QGIS's own programs, whose libraries must not be found by others.
    """

    proxy: str = ""
    without_proxy: tuple[str, ...] = ()
    certificates: str = ""
    qgis_folders: tuple[str, ...] = ()


def proxy_address(scheme: str, host: str, port: int, user: str, password: str) -> str:
    """Return the address of a proxy as environment variables hold it; "" without a host."""
    if not host:
        return ""
    login = quote(user, safe="")
    if login and password:
        login += ":" + quote(password, safe="")
    return f"{scheme}://{login + '@' if login else ''}{host}{f':{port}' if port else ''}"


def qgis_network() -> Network:
    """Return what QGIS's own settings say; to be called in the main thread.

    Where QGIS takes the system's proxy, pip and uv find it themselves.
    """
    from qgis.core import QgsApplication, QgsNetworkAccessManager
    from qgis.PyQt.QtCore import QUrl
    from qgis.PyQt.QtNetwork import QNetworkProxy

    from ..settings import qgis_folders

    manager = QgsNetworkAccessManager.instance()
    kinds = QNetworkProxy.ProxyType
    proxy = manager.fallbackProxy()
    address = ""
    if proxy.type() in (kinds.HttpProxy, kinds.HttpCachingProxy, kinds.Socks5Proxy):
        scheme = "socks5h" if proxy.type() == kinds.Socks5Proxy else "http"
        address = proxy_address(
            scheme, proxy.hostName(), proxy.port(), proxy.user(), proxy.password()
        )
    excluded = {*manager.excludeList(), *manager.noProxyList()}
    hosts = sorted({QUrl(url).host() or url for url in excluded if url})
    authentication = QgsApplication.authManager()
    pem = ""
    if not authentication.isDisabled():
        added = [*authentication.extraFileCAs(), *authentication.databaseCAs()]
        pem = "\n".join(bytes(certificate.toPem()).decode() for certificate in added)
    return Network(address, tuple(hosts), pem, qgis_folders())


def tool_environment(
    network: Network,
    certificates: Path,
    environ: Mapping[str, str] = os.environ,
    windows: bool = os.name == "nt",
) -> dict[str, str]:
    """Return the environment for pip and uv, which is the engine's with a way to the network.

    ``certificates`` is a file to be written where QGIS has certificates of its own. The address of
    a proxy holds a password; so this goes to child processes and never into a log.
    """
    variables = engine_environment(environ, network.qgis_folders, windows)
    # Choices of a person's shell that would lead uv away from the environment that it is told.
    for name in ("UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_NO_MANAGED_PYTHON", "UV_TARGET"):
        variables.pop(name, None)
    if network.proxy:
        # QGIS's setting wins over variables of the system, as it does inside QGIS.
        for name in _PROXY_NAMES:
            variables.pop(name.lower(), None)
            variables[name] = network.proxy
        direct = [*network.without_proxy, "localhost", "127.0.0.1"]
        before = variables.pop("no_proxy", "") or variables.get("NO_PROXY", "")
        variables["NO_PROXY"] = ",".join([*([before] if before else []), *direct])
    if "PIP_CERT" in variables:
        variables.setdefault("SSL_CERT_FILE", variables["PIP_CERT"])
    if network.certificates:
        given = variables.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
        system = Path(given).read_text(encoding="utf-8") if given and Path(given).is_file() else ""
        certificates.write_text(f"{system}\n{network.certificates}\n", encoding="utf-8")
        variables["SSL_CERT_FILE"] = variables["PIP_CERT"] = str(certificates)
    if windows or _has_system_certificates():
        # uv brings certificates of its own, which lack those that a company or a school adds.
        # The second name is the one that older versions know.
        variables.setdefault("UV_SYSTEM_CERTS", "true")
        variables.setdefault("UV_NATIVE_TLS", "true")
    index = variables.get("PIP_INDEX_URL")
    if index and "UV_INDEX_URL" not in variables:
        # uv does not read pip's settings, so behind a company's mirror it would find nothing.
        variables.setdefault("UV_DEFAULT_INDEX", index)
    return variables


def _has_system_certificates() -> bool:
    places = ssl.get_default_verify_paths()
    folder = Path(places.capath or "missing")
    return places.cafile is not None or (folder.is_dir() and any(folder.iterdir()))
