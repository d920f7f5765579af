"""Writes a reference page for each package of components: `python -m components.reference`.

A page has the docstring of each component, its arguments and outputs, and a diagram of the resource types that it makes. All of it
is read from the sources, so that a page cannot say what the code does not; a test holds the pages to the sources.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.declared import kinds

SOURCES = Path(__file__).parent
PAGES = SOURCES.parent / "docs" / "reference" / "components"
HEAD = "Written by `python -m components.reference` from the docstrings; a test holds it to them.\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One argument or output."""

    name: str
    kind: str
    text: str

    @property
    def row(self) -> str:
        """Its row of a table of two or three columns."""
        return f"| `{self.name}` | `{self.kind}` | {self.text} |"


def pages() -> dict[str, str]:
    """File name -> content, the index `README.md` among them."""
    found = {folder.name: folder for folder in sorted(SOURCES.iterdir()) if (folder / "args.py").is_file()}
    made = {f"{name}.md": _page(name, folder) for name, folder in found.items()}
    listed = "".join(f"- [{name}]({name}.md): {_docstring(folder / '__init__.py')}\n" for name, folder in found.items())
    return {"README.md": f"# Components\n\n{HEAD}\n{listed}", **made}


def _page(name: str, folder: Path) -> str:
    parts = [f"# {name}\n", HEAD, f"{_docstring(folder / '__init__.py')}\n"]
    for module in sorted(folder.glob("*.py")):
        parts += [_component(one, folder) for one in _classes(module) if _based_on(one, "ComponentResource")]
    arguments = [one for one in _classes(folder / "args.py") if _based_on(one, "TypedDict")]
    parts += [_table(one.name, _told(one), _entries(one)) for one in arguments]
    return "\n".join(parts)


def _component(found: ast.ClassDef, folder: Path) -> str:
    outputs = [entry for entry in _entries(found) if not entry.name.startswith("_")]
    return "\n".join(
        [
            f"## {found.name}\n",
            f"{_told(found)}\n",
            "```mermaid\ngraph LR",
            *(f'  component["{found.name}"] --> n{index}["{kind}"]' for index, kind in enumerate(_made(folder))),
            "```\n",
            *(
                ["Outputs:\n", "| output | type | meaning |", "|---|---|---|", *(one.row for one in outputs), ""]
                if outputs
                else []
            ),
        ]
    )


def _made(folder: Path) -> list[str]:
    return sorted({kind for path in folder.glob("*.py") for kind in kinds(path)})


def _table(name: str, text: str, entries: list[Entry]) -> str:
    return "\n".join(
        [
            f"### {name}\n",
            f"{text}\n",
            "| argument | type | meaning |",
            "|---|---|---|",
            *(one.row for one in entries),
            "",
        ]
    )


def _classes(path: Path) -> Iterator[ast.ClassDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            yield node


def _based_on(found: ast.ClassDef, base: str) -> bool:
    # A TypedDict may be based on another of the same module.
    bases = [ast.unparse(one).rpartition(".")[2] for one in found.bases]
    return base in bases or (base == "TypedDict" and any(one.endswith("Args") for one in bases))


def _entries(found: ast.ClassDef) -> list[Entry]:
    """Annotated names of a class, each with the docstring below it."""
    entries: list[Entry] = []
    for node, after in zip(found.body, [*found.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            told = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            kind = ast.unparse(node.annotation).replace("|", "\\|")
            entries.append(Entry(name=node.target.id, kind=kind, text=_line(str(told))))
    return entries


def _told(found: ast.ClassDef) -> str:
    return ast.get_docstring(found) or ""


def _docstring(path: Path) -> str:
    return _line(ast.get_docstring(ast.parse(path.read_text())) or "")


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def differing(made: Mapping[str, str], folder: Path = PAGES) -> list[str]:
    """Names of pages that are missing, stale, or of no component any more."""
    there = {path.name: path.read_text() for path in folder.glob("*.md")}
    return sorted(name for name in {*made, *there} if made.get(name) != there.get(name))


def main() -> int:
    """Writes the pages."""
    PAGES.mkdir(parents=True, exist_ok=True)
    made = pages()
    for path in PAGES.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, content in made.items():
        (PAGES / name).write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
