"""The plugin's modules as text: what each imports, and which get along with Qt alone."""

import ast
from pathlib import Path

#: Modules of QGIS that are not Qt's.
OF_QGIS = ("qgis.core", "qgis.gui", "qgis.utils", "qgis.analysis", "qgis.server", "processing")


class Sources:
    """The modules of a package by their dotted names."""

    def __init__(self, folder: Path) -> None:
        self.package = folder.name
        self.paths = {}
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            self.paths[".".join(parts)] = path
        self.trees = {
            name: ast.parse(path.read_text(encoding="utf-8")) for name, path in self.paths.items()
        }

    def imports(self, module: str, inside_functions: bool = True):
        """Yield (module, names) of the imports as absolute names, without those for type checkers."""
        is_package = self.paths[module].name == "__init__.py"
        for node in _walk(self.trees[module], inside_functions):
            if isinstance(node, ast.Import):
                yield from ((alias.name, ()) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                home = [node.module] if node.module else []
                if node.level:
                    parts = module.split(".")
                    up = node.level - is_package
                    home = parts[: len(parts) - up] + home
                yield ".".join(home), tuple(alias.name for alias in node.names)

    def reached(self, module: str) -> set[str]:
        """Every module that this one needs: its imports, theirs, and the packages that hold them.

        A package that is only passed through counts with what it loads at once: the plugin's own
        begins QGIS's part in a function.
        """
        found, waiting = set(), [(module, True)]
        while waiting:
            name, wanted = waiting.pop()
            if (name, wanted) in found:
                continue
            found.add((name, wanted))
            if "." in name:
                waiting.append((name.rpartition(".")[0], False))
            if name in self.trees:
                for home, names in self.imports(name, inside_functions=wanted):
                    one_by_one = [f"{home}.{one}" for one in names]
                    inside = [one for one in one_by_one if one in self.trees]
                    waiting += [(one, True) for one in inside]
                    waiting.append((home, len(inside) < len(names) or not names))
        return {name for name, _ in found}

    def qt_only(self) -> list[str]:
        """The modules that reach no module of QGIS but qgis.PyQt."""
        return [
            name
            for name in self.paths
            if not any(
                one == other or one.startswith(other + ".")
                for one in self.reached(name)
                for other in OF_QGIS
            )
        ]


def _walk(tree, inside_functions):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not inside_functions:
            continue
        yield node
        yield from _walk(node, inside_functions)
