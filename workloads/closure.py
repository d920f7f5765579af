"""Which files decide what a stage does: those that its module imports, and theirs, found without running any."""

import ast
import hashlib
from pathlib import Path

from components.violations import SpecError, Violation
from workloads.canonical import canonical_digest

PACKAGE = "workloads"


def code_digest(root: Path, module: str) -> str:
    """The digest of a module's closure below `root`, the folder that holds the package. Changes with any byte of it."""
    files = closure(root, module)
    return canonical_digest({path: hashlib.sha256((root / path).read_bytes()).hexdigest() for path in files})


def closure(root: Path, module: str) -> tuple[str, ...]:
    """Paths below `root` of the module and of every module of the package that it imports, in order.

    The packages that hold them are among them, as Python runs those too. An import inside a function counts.
    Raises SpecError for a module that is not there, or does not parse.
    """
    found: dict[str, Path] = {}
    left = [(module, module)]
    while left:
        name, importer = left.pop()
        if name in found:
            continue
        path = _path(root, name)
        if path is None:
            raise SpecError(
                "Closure", (Violation(importer, name, f"what it imports is a module of {PACKAGE}", "add it"),)
            )
        found[name] = path
        parent = name.rpartition(".")[0]
        if parent:
            left.append((parent, name))
        left += [(imported, name) for imported in _imported(root, name, path)]
    return tuple(sorted(path.relative_to(root).as_posix() for path in found.values()))


def _path(root: Path, module: str) -> Path | None:
    plain = root.joinpath(*module.split("."))
    for path in (plain.with_suffix(".py"), plain / "__init__.py"):
        if path.is_file():
            return path
    return None


def _imported(root: Path, module: str, path: Path) -> list[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        violation = Violation(module, path.name, f"it is Python ({error})", "correct it")
        raise SpecError("Closure", (violation,)) from None
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(package, node)
            names.append(source)
            # `from package import name` imports a module where there is one of that name, else a name that it defines.
            names += [f"{source}.{alias.name}" for alias in node.names if _path(root, f"{source}.{alias.name}")]
    return [name for name in names if name == PACKAGE or name.startswith(f"{PACKAGE}.")]


def _absolute(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    kept = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])
