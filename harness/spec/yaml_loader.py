"""Read a YAML text as plain data and the line of every key, without building objects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.errors import Problem, SpecError
from harness.spec.diagnosis import KeyPath, path_text
from harness.spec.yaml_scalars import core_scalar

__all__ = ["Document", "load_yaml", "read_yaml"]

MAX_BYTES = 256 * 1024  # a sweep of a hundred variants takes a few kilobytes
MAX_NODES = 10_000  # after aliases are expanded; a hundred variants take a few hundred
MAX_DEPTH = 40  # a sweep file needs six

_OMITTED = object()  # stands for a value that was reported and is left out of the data


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a YAML text says: its top mapping, the line of each key path, and what is wrong."""

    data: dict[str, Any]
    lines: dict[KeyPath, int]
    problems: tuple[Problem, ...]


@dataclass(slots=True, kw_only=True)
class _Node:
    """A value with its line; ``size`` counts the nodes in it after aliases are expanded."""

    value: Any
    line: int
    key_lines: dict[str, int] = field(default_factory=dict)
    size: int = 1


class _UnreadableError(Exception):
    """Reading cannot go on."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def read_yaml(path: Path, *, absent: Callable[[Path], str], folder: str) -> bytes:
    """Return the bytes of a YAML file, one more than ``load_yaml`` takes at most.

    Args:
        path: The file.
        absent: Says that there is none.
        folder: What is said of a folder in its place.

    Raises:
        SpecError: There is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        message = absent(path)
    except IsADirectoryError:
        message = folder
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    raise SpecError([Problem(message=message, file=str(path))])


def load_yaml(raw: bytes, file: str) -> Document:
    """Read one YAML document whose top is a mapping.

    Args:
        raw: The bytes of the file.
        file: Its name, for the messages.

    Returns:
        The data. Repeated keys, tags and impossible numbers are among ``problems``; of a repeated
        key the first value counts, an impossible number is left out.

    Raises:
        SpecError: there is nothing to go on with: no UTF-8, too large, no YAML, several
            documents, aliases that multiply or contain themselves, or no mapping at the top.
    """
    try:
        composer = _Composer(_decode(raw), file)
        top = composer.document()
    except _UnreadableError as error:
        raise SpecError([Problem(message=error.message, file=file, line=error.line)]) from None
    lines: dict[KeyPath, int] = {}
    data = _plain(top, (), lines)
    return Document(data=data, lines=lines, problems=tuple(composer.problems))


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise _UnreadableError(f"found more than {MAX_BYTES} bytes; no such file needs that", None)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _UnreadableError("not UTF-8 text; save the file as UTF-8", line) from None


class _Composer:
    """Builds nodes from YAML events; gathers problems, stops at what cannot be read."""

    def __init__(self, text: str, file: str) -> None:
        self._events = _events(text)
        self._file = file
        self._anchors: dict[str, _Node | None] = {}  # None while the node is being built
        self.problems: list[Problem] = []

    def document(self) -> _Node:
        """Return the top mapping of the only document in the stream."""
        top: _Node | None = None
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if top is not None:
                raise _UnreadableError("a second document; allowed: one (no ---)", _line(event))
            top = self._node(next(self._events), ())
        if top is None:
            raise _UnreadableError("the file is empty; allowed: a mapping (key: value)", 1)
        if not isinstance(top.value, dict):
            raise _UnreadableError("allowed at the top: a mapping (key: value)", top.line)
        return top

    def _node(self, event: Any, path: KeyPath) -> _Node:
        line = _line(event)
        if len(path) > MAX_DEPTH:
            raise _UnreadableError(f"nested more than {MAX_DEPTH} deep", line)
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event, line)
        self._refuse_tag(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(value=self._scalar(event, path), line=line)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(line, path)
        else:
            node = self._mapping(line, path)
        if node.size > MAX_NODES:
            raise _UnreadableError(f"more than {MAX_NODES} values once aliases are expanded", line)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, event: Any, line: int) -> _Node:
        if event.anchor not in self._anchors:
            raise _UnreadableError(f"*{event.anchor}: there is no &{event.anchor} above it", line)
        node = self._anchors[event.anchor]
        if node is None:
            raise _UnreadableError(f"*{event.anchor} contains itself", line)
        return node

    def _sequence(self, line: int, path: KeyPath) -> _Node:
        node = _Node(value=[], line=line)
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            item = self._node(event, (*path, len(node.value)))
            node.size += item.size
            if item.value is not _OMITTED:
                node.value.append(item)
        return node

    def _mapping(self, line: int, path: KeyPath) -> _Node:
        node = _Node(value={}, line=line)
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, path)
            value = self._node(next(self._events), (*path, key))
            node.size += value.size
            if key in node.key_lines:
                first = node.key_lines[key]
                self._problem(_line(event), f"given twice; first on line {first}", (*path, key))
                continue
            node.key_lines[key] = _line(event)
            if value.value is not _OMITTED:
                node.value[key] = value
        return node

    def _key(self, event: Any, path: KeyPath) -> str:
        """Return a key as it is written: labels such as ``1e3`` or ``yes`` stay text."""
        if not isinstance(event, yaml.ScalarEvent):
            raise _UnreadableError(
                "found a key that is no text; allowed: key: value", _line(event)
            )
        self._refuse_tag(event, path)
        if event.value == "<<" and event.style is None:
            raise _UnreadableError(
                "merge keys (<<) are not YAML 1.2; repeat the keys", _line(event)
            )
        if not event.value.strip():
            raise _UnreadableError("a key is empty", _line(event))
        return str(event.value)

    def _scalar(self, event: Any, path: KeyPath) -> Any:
        if event.style is not None:  # quoted or block text
            return event.value
        try:
            return core_scalar(event.value)
        except ValueError as error:
            self._problem(_line(event), str(error), path)
            return _OMITTED

    def _refuse_tag(self, event: Any, path: KeyPath) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._problem(_line(event), f"found the tag {tag}; tags are not allowed", path)

    def _problem(self, line: int, message: str, path: KeyPath) -> None:
        key = path_text(path)
        self.problems.append(Problem(message=message, file=self._file, line=line, key=key))


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=yaml.BaseLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _UnreadableError("a control character is not allowed", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_or_none = mark.line + 1 if mark else None
        raise _UnreadableError(_syntax_message(error), line_or_none) from None


def _syntax_message(error: yaml.MarkedYAMLError) -> str:
    if "'\\t'" in str(error.problem):
        return "found a tab; YAML indents with spaces only"
    return "not valid YAML: " + " ".join(part for part in (error.context, error.problem) if part)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _plain(node: _Node, path: KeyPath, lines: dict[KeyPath, int]) -> Any:
    """Return the value of a node without lines; fill in the line of every path in it."""
    lines.setdefault(path, node.line)
    if isinstance(node.value, list):
        return [_plain(item, (*path, at), lines) for at, item in enumerate(node.value)]
    if isinstance(node.value, dict):
        for key, line in node.key_lines.items():
            lines[*path, key] = line
        return {key: _plain(value, (*path, key), lines) for key, value in node.value.items()}
    return node.value
