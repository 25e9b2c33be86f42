"""Layers of a spec, laid over each other: user defaults < spec < profile < `--set`. Pure.

The rule, and there is only this one:

- maps merge key by key, to any depth;
- anything else replaces what is below it: a list is replaced as a whole, never appended to;
- `null` deletes the key of the layer below. Where there is nothing below, it stays and is a null: `volumes: {data: }`
  in Compose's words says something.

Every value keeps the place where it was written, so that a fault in a profile names the profile's line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.errors import UsageFault
from devenv.spec.paths import dotted, parse_path
from devenv.spec.yamlmap import Mark, Tree, decode, parse

if TYPE_CHECKING:
    from devenv.spec.kinds import Path


def merge(below: Tree, above: Tree) -> Tree:
    """Return `above` laid over `below`."""
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    value, keys = dict(below.value), dict(below.keys)
    for name, item in above.value.items():
        if name in value and item.value is None:
            del value[name], keys[name]
            continue
        value[name] = merge(value[name], item) if name in value else item
        keys[name] = above.keys[name]
    return Tree(value, above.mark, keys)


def assign(tree: Tree, setting: str) -> Tree:
    """Return `tree` with one `PATH=VALUE` laid over it; VALUE is YAML, and an index must be one that is there.

    Raises:
        UsageFault: it is not PATH=VALUE, or PATH leads through something that is not there.
        SpecInvalid: VALUE is not YAML.
    """
    written, equals, text = _split(setting)
    if not equals:
        raise UsageFault(f"--set {setting}: must be PATH=VALUE", hint="for instance --set resources.cpus=2")
    try:
        path = parse_path(written)
    except ValueError as error:
        raise UsageFault(f"--set {setting}: the path {error}", hint="for instance --set 'ports[0].host=8080'") from None
    label = f"--set {written}"
    if text.strip():
        value, faults = parse(decode(text.encode("utf-8", "surrogateescape"), label), label)
        if faults:
            raise UsageFault(f"{label}: {faults[0].message}")
    else:
        value = Tree("", Mark(label))
    return _put(tree, path, 0, value)


def plain(tree: Tree) -> Any:
    """Return the values of a tree without their places."""
    if isinstance(tree.value, dict):
        return {name: plain(item) for name, item in tree.value.items()}
    if isinstance(tree.value, list):
        return [plain(item) for item in tree.value]
    return tree.value


def without(tree: Tree, *names: str) -> Tree:
    """Return a map without some of its keys."""
    if not isinstance(tree.value, dict):
        return tree
    value = {name: item for name, item in tree.value.items() if name not in names}
    return Tree(value, tree.mark, {name: tree.keys[name] for name in value})


def find(tree: Tree, path: Path) -> tuple[Tree, int, Mark | None]:
    """Follow `path` as far as it leads: the last tree met, how many steps that is, and the last key's place."""
    key: Mark | None = None
    for taken, step in enumerate(path):
        if isinstance(tree.value, dict) and isinstance(step, str) and step in tree.value:
            key = tree.keys[step]
            tree = tree.value[step]
        elif isinstance(tree.value, list) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            key = tree.mark
        else:
            return tree, taken, key
    return tree, len(path), key


def _split(setting: str) -> tuple[str, str, str]:
    # The `=` that ends the path is the first one outside of quotes: env."A=B"=1.
    quote = ""
    for at, letter in enumerate(setting):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "=":
            return setting[:at].strip(), "=", setting[at + 1 :]
    return setting, "", ""


def _put(tree: Tree, path: Path, at: int, value: Tree) -> Tree:
    """Return `tree` with `value` laid over what is at `path[at:]`. Maps are made on the way, list items are not."""
    rest = path[at:]
    if not any(isinstance(step, int) for step in rest):
        return merge(tree, _nest(rest, value))
    step = path[at]
    if isinstance(step, str):
        beneath = tree.value.get(step) if isinstance(tree.value, dict) else None
        if beneath is None:
            raise UsageFault(f"--set {dotted(path)}: there is no {dotted(path[: at + 1])}")
        assert isinstance(tree.value, dict)  # noqa: S101 -- beneath was found in it
        return Tree({**tree.value, step: _put(beneath, path, at + 1, value)}, tree.mark, tree.keys)
    if not isinstance(tree.value, list) or step >= len(tree.value):
        has = f"has {len(tree.value)} items" if isinstance(tree.value, list) else "is not a list"
        raise UsageFault(f"--set {dotted(path)}: {dotted(path[:at])} {has}, so there is no [{step}]")
    items = list(tree.value)
    if at + 1 == len(path) and value.value is None:
        del items[step]
    else:
        items[step] = _put(items[step], path, at + 1, value)
    return Tree(items, tree.mark)


def _nest(path: Path, value: Tree) -> Tree:
    for step in reversed(path):
        value = Tree({str(step): value}, value.mark, {str(step): value.mark})
    return value
