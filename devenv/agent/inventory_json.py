"""Read the public JSON form of an inventory, from strangers: every fault is named by its JSON path.

Fields that this version does not know are ignored, so that a newer host can describe itself to an older client.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

from .model import BadInventory, Cpu, Gpu, Held, Inventory

# The kernel's own limit (NR_CPUS of the largest configurations); beyond it the file is not a machine.
_MOST_CPUS = 8192
# What is quoted of a wrong value: with its path it still fits a line.
_MOST_SHOWN = 60


def parse(data: Any) -> Inventory:
    """Return the inventory that the JSON document `data` describes.

    Raises:
        BadInventory: at the first fault; the text begins with its JSON path.
    """
    top = _object(data, "$")
    cpus = tuple(_cpu(item, path) for item, path in _items(top, "cpus", "$"))
    if len(cpus) > _MOST_CPUS:
        raise BadInventory(f"$.cpus: {len(cpus)} CPUs; a Linux machine has at most {_MOST_CPUS}")
    known = _unique([cpu.id for cpu in cpus], "$.cpus", ".id")
    gpus = tuple(_gpu(item, path) for item, path in _items(top, "gpus", "$", optional=True))
    uuids = _unique([gpu.uuid for gpu in gpus], "$.gpus", ".uuid")
    reserved = _ids(top, "reserved", "$", known)
    leases = tuple(_held(item, path, known, uuids) for item, path in _items(top, "leases", "$", optional=True))
    return Inventory(cpus, reserved, _whole(top, "memory", "$") or 0, gpus, leases)


def _cpu(item: Any, path: str) -> Cpu:
    fields = _object(item, path)
    number = _whole(fields, "id", path)
    if number is None:
        raise BadInventory(f"{path}.id: missing; every CPU needs its number")
    return Cpu(
        id=number,
        core=_whole(fields, "core", path),
        socket=_whole(fields, "socket", path),
        numa=_whole(fields, "numa", path),
        llc=_whole(fields, "llc", path),
        type=_text(fields, "type", path),
    )


def _gpu(item: Any, path: str) -> Gpu:
    fields = _object(item, path)
    uuid = _text(fields, "uuid", path)
    if not uuid:
        raise BadInventory(f"{path}.uuid: missing; GPUs are handed out by UUID")
    return Gpu(
        uuid=uuid,
        model=_text(fields, "model", path),
        memory=_whole(fields, "memory", path),
        numa=_whole(fields, "numa", path),
        vendor=_text(fields, "vendor", path),
    )


def _held(item: Any, path: str, cpus: Set[Any], uuids: Set[Any]) -> Held:
    fields = _object(item, path)
    name = _text(fields, "sandbox", path)
    if not name:
        raise BadInventory(f"{path}.sandbox: missing; a lease needs the name of its sandbox")
    gpus: List[str] = []
    for index, uuid in enumerate(_list(fields, "gpus", path)):
        if not isinstance(uuid, str) or uuid not in uuids:
            raise BadInventory(f"{path}.gpus[{index}]: {_show(uuid)} is not a uuid of $.gpus")
        gpus.append(uuid)
    foreign = fields.get("foreign")
    if not isinstance(foreign, (bool, type(None))):
        raise BadInventory(f"{path}.foreign: must be true or false; got {_show(foreign)}")
    return Held(name, _ids(fields, "cpus", path, cpus), tuple(gpus), _whole(fields, "memory", path) or 0, bool(foreign))


def _ids(fields: Dict[str, Any], name: str, path: str, known: Set[Any]) -> Tuple[int, ...]:
    ids = []
    for index, number in enumerate(_list(fields, name, path)):
        if isinstance(number, bool) or not isinstance(number, int) or number not in known:
            raise BadInventory(f"{path}.{name}[{index}]: {_show(number)} is not an id of $.cpus")
        ids.append(number)
    return tuple(sorted(set(ids)))


def _items(fields: Dict[str, Any], name: str, path: str, *, optional: bool = False) -> List[Tuple[Any, str]]:
    if not optional and fields.get(name) is None:
        raise BadInventory(f"{path}.{name}: missing")
    return [(item, f"{path}.{name}[{index}]") for index, item in enumerate(_list(fields, name, path))]


def _list(fields: Dict[str, Any], name: str, path: str) -> List[Any]:
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadInventory(f"{path}.{name}: must be a list; got {_show(value)}")
    return value


def _object(value: Any, path: str) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInventory(f"{path}: must be an object; got {_show(value)}")
    return value


def _whole(fields: Dict[str, Any], name: str, path: str) -> Optional[int]:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInventory(f"{path}.{name}: must be a whole number or null; got {_show(value)}")
    if value < 0:
        raise BadInventory(f"{path}.{name}: must not be negative; got {value}")
    return value


def _text(fields: Dict[str, Any], name: str, path: str) -> Optional[str]:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInventory(f"{path}.{name}: must be text or null; got {_show(value)}")
    return value


def _unique(values: List[Any], path: str, suffix: str) -> Set[Any]:
    first: Dict[Any, int] = {}
    for index, value in enumerate(values):
        if value in first:
            raise BadInventory(
                f"{path}[{index}]{suffix}: {_show(value)} stands already at {path}[{first[value]}]{suffix}"
            )
        first[value] = index
    return set(first)


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."
