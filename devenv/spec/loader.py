"""devenv.yaml -> Spec: read each layer, merge them, check what comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.errors import Fault, NotFound, SpecInvalid
from devenv.spec.check import check
from devenv.spec.kinds import did_you_mean, one_of, shown
from devenv.spec.merge import assign, merge, plain, without
from devenv.spec.reading import read_tree
from devenv.spec.yamlmap import Mark, Tree, fault_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.spec.model import Spec

MOST_PROFILES = 20
"""Each profile is checked on every load."""
_HINT = "`devenv init` writes one"


def load(path: Path, *, profile: str | None = None, sets: Sequence[str] = (), defaults: Path | None = None) -> Spec:
    """Return the spec of a file, with the user's `defaults` below it and `profile` and `sets` above it.

    Profiles that are not asked for are checked, too. `defaults` need not exist.

    Raises:
        SpecInvalid: something in it is wrong; carries every fault with its file, line and column.
        NotFound: there is no such file, or no such profile.
        UsageFault: one of `sets` is not PATH=VALUE.
    """
    tree, faults = read_tree(path, hint=_HINT)
    if defaults is not None and defaults.is_file():
        below, found = read_tree(defaults, hint="an empty file says nothing: delete it")
        faults += found
        tree = merge(below, tree)
    profiles = _profiles(tree, faults)
    base = without(tree, "profiles")
    if profile is not None and profile not in profiles:
        raise _no_profile(profile, profiles, path)
    chosen = base if profile is None else merge(base, profiles[profile])
    for setting in sets:
        chosen = assign(chosen, setting)
    spec, found = check(chosen, path)
    faults += found
    faults += _in_other_profiles(base, profiles, profile, path)
    if spec is None or faults:
        raise SpecInvalid(list(dict.fromkeys(faults)))
    return spec


def parse(data: dict[str, Any], *, source: Path = Path("devenv.yaml")) -> Spec:
    """Return the spec that plain data holds, checked as a file's would be: for programs and tests.

    Raises:
        SpecInvalid: something in it is wrong; every fault is on line 1.
    """
    spec, faults = check(from_data(data, Mark(str(source))), source)
    if spec is None:
        raise SpecInvalid(faults)
    return spec


def from_data(data: Any, mark: Mark) -> Tree:
    """Return plain data as a tree in which all stands at one place."""
    if isinstance(data, dict):
        return Tree({name: from_data(item, mark) for name, item in data.items()}, mark, dict.fromkeys(data, mark))
    if isinstance(data, list | tuple):
        return Tree([from_data(item, mark) for item in data], mark)
    return Tree(data, mark)


def name_of(path: Path) -> str:
    """Return the name in a spec, whatever else is wrong with it.

    Raises:
        SpecInvalid: it is not YAML, or has no name.
        NotFound: there is no such file.
    """
    tree, faults = read_tree(path, hint=_HINT)
    name = tree.value.get("name") if isinstance(tree.value, dict) else None
    if name is None or not isinstance(name.value, str):
        raise SpecInvalid([*faults, fault_at(tree.mark, ("name",), "is missing")])
    return name.value


def _profiles(tree: Tree, faults: list[Fault]) -> dict[str, Tree]:
    node = tree.value.get("profiles") if isinstance(tree.value, dict) else None
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        faults.append(fault_at(node.mark, ("profiles",), f"must be a map of names; got {shown(plain(node))}"))
        return {}
    if len(node.value) > MOST_PROFILES:
        faults.append(fault_at(node.mark, ("profiles",), f"has more than {MOST_PROFILES} profiles"))
        return {}
    found = {}
    for name, layer in node.value.items():
        if not isinstance(layer.value, dict):
            faults.append(
                fault_at(layer.mark, ("profiles", name), f"must be a map of fields; got {shown(plain(layer))}")
            )
            continue
        found[name] = layer
    return found


def _in_other_profiles(base: Tree, profiles: dict[str, Tree], chosen: str | None, path: Path) -> list[Fault]:
    """Return what only those profiles make wrong that were not asked for."""
    others = [name for name in profiles if name != chosen]
    if not others:
        return []
    known = set(check(base, path)[1])
    faults = []
    for name in others:
        for fault in check(merge(base, profiles[name]), path)[1]:
            if fault not in known:
                known.add(fault)
                faults.append(replace(fault, message=f"{fault.message} (with profile {name})"))
    return faults


def _no_profile(name: str, profiles: dict[str, Tree], path: Path) -> NotFound:
    hint = f"the spec has {one_of(sorted(profiles))}" if profiles else "the spec has no profiles"
    return NotFound(f"no profile {name} in {path}{did_you_mean(name, profiles)}", hint=hint)
