"""The plan of the house, held by machine: who may import whom, what a room may touch, how files are named, how long they get.

The README says where things live in words; this file says it so that a wrong import fails before a reader has to notice it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
SERVICE = HOUSE / "service"
SOURCES = sorted(SERVICE.rglob("*.py"))

# From the roof down. A module imports from its own room and from lower floors only; rooms on one floor do not know each other.
FLOORS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"app"},
    {"demo"},
    {"web"},
    {"api"},
    {"uploads", "exchange", "events"},
    {"answers"},
    {"records"},
    {"indicators", "database"},
    {"models", "texts", "settings", "turns", "connections", "row_security"},
    {"errors"},
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# What `indicators` is made of: the rules are values in, values out, so that a vector, a preview and a figure cannot disagree.
PURE = {"models", "indicators", "errors"}
IMPURE_LIBRARY = {
    "asyncio", "concurrent", "contextvars", "glob", "http", "io", "locale", "logging", "multiprocessing", "os", "pathlib",
    "random", "secrets", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading",
    "time", "urllib", "uuid",
}  # fmt: skip

# Names that say nothing: whatever is put there could have been put anywhere.
EMPTY_NAMES = {
    "util", "utils", "helper", "helpers", "common", "core", "misc", "service", "services", "repository", "repositories",
    "schema", "schemas", "crud", "manager", "managers", "constants", "dependencies", "base",
}  # fmt: skip

LONGEST = 300

CLOCK_CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}


def _name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def _room(path: Path) -> str:
    """The first folder below service/, or the module itself where it stands at the top."""
    return path.relative_to(SERVICE).parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that the file imports, anywhere in it, with the line. `from a import b` gives `a.b`: b may be a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            inside = list(path.relative_to(HOUSE).parent.parts)
            start = ".".join(inside[: len(inside) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (start, node.module or "") if part)
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def _rooms_imported(path: Path) -> Iterator[tuple[int, str]]:
    for line, module in _imports(path):
        parts = module.split(".")
        if parts[0] == "service" and len(parts) > 1 and _is_room(parts[1]):
            yield line, parts[1]


def _is_room(name: str) -> bool:
    return (SERVICE / name).is_dir() or (SERVICE / f"{name}.py").is_file()


def test_every_room_has_a_floor() -> None:
    rooms = {_room(path) for path in SOURCES if path.name != "__init__.py" or path.parent != SERVICE}
    assert rooms <= set(FLOOR_OF), "a new room needs its place in FLOORS and in the README"


def test_imports_run_downwards_only() -> None:
    wrong = [
        f"{_name(path)}:{line} {_room(path)} imports {room}"
        for path in SOURCES
        if path.parent != SERVICE or path.name != "__init__.py"
        for line, room in _rooms_imported(path)
        if room != _room(path) and FLOOR_OF[room] <= FLOOR_OF[_room(path)]
    ]
    assert not wrong, "\n".join(wrong)


def test_indicators_touch_nothing_but_values() -> None:
    wrong = []
    for path in (SERVICE / "indicators").rglob("*.py"):
        for line, module in _imports(path):
            top, *rest = module.split(".")
            if top == "service":
                allowed = bool(rest) and rest[0] in PURE
            else:
                allowed = top in ("pydantic", "numpy") or (top in sys.stdlib_module_names and top not in IMPURE_LIBRARY)
            if not allowed:
                wrong.append(f"{_name(path)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_migrations_do_not_depend_on_the_models_they_made() -> None:
    """A migration is a fact of the past: if it imported a type of ours, changing the type would change what it once did."""
    versions = sorted((HOUSE / "migrations" / "versions").glob("*.py"))
    wrong = [
        f"{_name(path)}:{line} imports {module}"
        for path in versions
        for line, module in _imports(path)
        if module.split(".")[0] in {"service", "sqlmodel"}
    ]
    assert versions, "a service without its first migration"
    assert not wrong, "\n".join(wrong)


def test_one_module_reads_the_environment() -> None:
    readers = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Attribute(attr="environ" | "environb" | "getenv" | "getenvb"):  # os.environ
                    readers.add(_name(path))
                case ast.ImportFrom(module="os", names=names) if {alias.name for alias in names} & {"environ", "getenv"}:
                    readers.add(_name(path))
                case ast.ImportFrom(module="pydantic_settings") | ast.keyword(arg="envvar"):  # typer reads it too
                    readers.add(_name(path))
    assert readers == {"service/settings.py"}


def test_rules_and_records_are_given_the_time() -> None:
    """`now` is an argument below the api: a figure asked again for the same instant has to come out the same."""
    wrong = []
    for path in SOURCES:
        if _room(path) not in {"models", "indicators", "records", "answers", "texts", "errors"}:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                owner_name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
                if (owner_name, node.func.attr) in CLOCK_CALLS:
                    wrong.append(f"{_name(path)}:{node.lineno} reads the clock")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["service", "migrations", "tests"])
def test_names_say_what_is_inside(folder: str) -> None:
    named = [*sorted((HOUSE / folder).rglob("*.py")), *(path for path in (HOUSE / folder).rglob("*") if path.is_dir())]
    empty = [_name(path) for path in named if path.name.removesuffix(".py").removeprefix("test_") in EMPTY_NAMES]
    assert not empty, "\n".join(empty)


def test_a_file_holds_one_subject() -> None:
    lengths = {_name(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    long = [f"{name}: {lines} lines" for name, lines in lengths.items() if lines > LONGEST]
    assert not long, f"past {LONGEST} lines a file holds two subjects:\n" + "\n".join(long)


def test_nothing_is_swept_under_the_carpet() -> None:
    """No broad `except`, no work left for later: both look finished until the day they are not."""
    wrong = []
    for path in SOURCES:
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and _catches_everything(node):
                wrong.append(f"{_name(path)}:{node.lineno} catches everything")
        wrong += [
            f"{_name(path)}:{number} is left for later"
            for number, line in enumerate(text.splitlines(), 1)
            if any(word in line for word in ("TODO", "FIXME", "NotImplementedError"))
        ]
    assert not wrong, "\n".join(wrong)


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    """Letting go of a lock and raising again swallows nothing."""
    broad = handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"})
    last = handler.body[-1]
    return broad and not (isinstance(last, ast.Raise) and last.exc is None)
