"""`up`: from a spec to a sandbox that was proven to have what it was promised.

Read `up` from top to bottom: each phase takes what the one before gave. Interrupted anywhere, the same call finishes.
"""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv import errors, locations
from devenv.boxes import build as box_build
from devenv.boxes import recipe as box_recipe
from devenv.boxes import trust
from devenv.hosts import docker, images
from devenv.identity import mine
from devenv.objectstore import minio
from devenv.sandbox import adopt, apply, credentials, lock, observe, plan, provision, record, verify
from devenv.sandbox import desired as desired_state
from devenv.sandbox.view import Sandbox, sandbox

if TYPE_CHECKING:
    from devenv.hosts.host import Host
    from devenv.sandbox.desired import Desired
    from devenv.sandbox.observe import Observed
    from devenv.sandbox.plan import Change
    from devenv.sandbox.progress import Phases
    from devenv.spec.model import Spec


@dataclass(frozen=True)
class Outcome:
    """What `up` has come to: the sandbox, and the changes that were made to get there."""

    sandbox: Sandbox
    changes: tuple[Change, ...]


def up(spec: Spec, target: str, host: Host, phases: Phases, *, timeout: float) -> Outcome:
    """Make the sandbox real, or bring it up to date.

    `timeout` is in seconds, for its becoming healthy.

    Raises:
        NotFound: the box or the workspace is not there.
        NoCapacity: the host cannot give what the spec asks; nothing is left behind.
        Unhealthy: it runs, but not well; it is left as it is, to be looked at.
        Differs: it runs, but reading back shows less than was promised.
    """
    who = mine(spec.name)
    _must_be_there(spec)
    with lock.held(who, "up"):
        had_lease = host.lease(who.id) is not None or adopt.adopt(host, who, spec)
        with phases.phase("lease"):
            lease = host.claim(who, desired_state.request(spec), desired_state.ports(spec))
            phases.note(f"CPUs {_numbers(lease.cpus)}" if lease.cpus else "the shared CPUs")
        try:
            return _under_lease(spec, target, host, phases, timeout)
        except BaseException:
            if not had_lease and not _anything_there(host, who.id):
                docker.remove_leftovers(f"devenv.id={who.id}", volumes=False)
                host.release(who.id)
            raise


def _must_be_there(spec: Spec) -> None:
    if spec.box is not None:
        box_recipe.load(spec.box, spec.folder)
    source = spec.folder / spec.workspace.source if spec.workspace else spec.folder
    if not source.is_dir():
        raise errors.NotFound(
            f"workspace.source: there is no folder {source}", hint="make it, or say `workspace: false`"
        )


def preview(spec: Spec, target: str, host: Host) -> tuple[Desired, tuple[Change, ...]]:
    """Return what `up` would want and change now, without claiming or writing anything."""
    who = mine(spec.name)
    wanted = desired_state.request(spec)
    lease = host.lease(who.id)
    if lease is None or lease.request != wanted:
        lease = host.what_if(wanted, desired_state.ports(spec), who=who)
    pool = tuple(cpu for cpu in host.pool(but=who.id) if cpu not in lease.cpus)
    wanted_state = desired_state.desired(spec, target, lease, pool or lease.cpus, host.engine)
    return wanted_state, _changes(host, wanted_state)


def _under_lease(spec: Spec, target: str, host: Host, phases: Phases, timeout: float) -> Outcome:
    who = mine(spec.name)
    lease = host.lease(who.id)
    assert lease is not None  # noqa: S101 -- claimed just now, under the lock
    if spec.build is not None:
        with phases.phase("build"):
            phases.note(images.build(spec.build, spec.folder, spec.name, proxy=trust.proxy(), on_line=phases.line))
    want = desired_state.desired(spec, target, lease, host.pool(), host.engine)
    changes = _changes(host, want)
    before = record.load(who.name)
    if not changes and _done_before(want, before, observe.observe(host, who.id)):
        return Outcome(sandbox(host, who), ())
    if any(change.kind in (plan.Kind.CREATE, plan.Kind.RECREATE) for change in changes):
        with phases.phase("image"):
            _ensure_images(spec, phases)
    apply.write_files(want)
    if credentials.prepare(spec, locations.sandbox_dir(who.name), desired_state.uid(spec)):
        changes = _with_new_keys(want, changes, observe.observe(host, who.id))
    _remember(want, before, phases)
    with phases.phase("start"):
        warming = _warm_boto3(want)
        apply.make_room(host, host.pool(), but=who.id)
        apply.apply(want, changes, observe.observe(host, who.id), phases.line)
        phases.note(_summary(changes))
    with phases.phase("healthy"):
        seen = apply.wait_healthy(host, who.id, want.services, seconds=timeout)
    warming.join()
    if want.bundled_minio:
        with phases.phase("buckets"):
            _buckets(want, timeout)
            phases.note(", ".join(spec.minio.buckets) if spec.minio else "")
    if spec.provision:
        with phases.phase("provision"):
            provision.run(want, seen, before, phases)
    with phases.phase("verify"):
        checks = verify.verify(host, want.who)
        _judge(checks, phases)
    _remember(want, before, phases, done=provision.key(want, seen))
    return Outcome(sandbox(host, who), changes)


def _changes(host: Host, want: Desired) -> tuple[Change, ...]:
    seen = observe.observe(host, want.who.id)
    changes = plan.plan(want.services, seen.containers)
    if any(change.kind == plan.Kind.RECREATE for change in changes):
        return plan.plan(want.services, seen.containers, record.services(want.who.name))
    return changes


def _with_new_keys(want: Desired, changes: tuple[Change, ...], seen: Observed) -> tuple[Change, ...]:
    # Containers that were made with files of ours that are gone still hold the old ones: they are made again.
    held = [name for name in (observe.MAIN, "minio") if name in seen.containers and name in want.services]
    known = {change.service for change in changes if change.kind == plan.Kind.RECREATE}
    fresh = [plan.Change(name, plan.Kind.RECREATE, "credentials") for name in held if name not in known]
    return (*changes, *fresh)


def _done_before(want: Desired, before: record.Record | None, seen: Observed) -> bool:
    # What is no container's configuration (a bucket, a provision command) is told by the last `up` that got to its end.
    return before is not None and before.completed == want.spec_hash and before.provisioned == provision.key(want, seen)


def _ensure_images(spec: Spec, phases: Phases) -> None:
    for name in filter(None, (spec.box, desired_state.MINIO_BOX if _our_minio(spec) else None)):
        reference = box_build.ensure(box_recipe.load(name, spec.folder), on_line=phases.line)
        phases.note(reference)


def _our_minio(spec: Spec) -> bool:
    return spec.minio is not None and spec.minio.external is None and spec.minio.image is None


def _buckets(want: Desired, timeout: float) -> None:
    store = want.spec.minio
    keys = credentials.minio_keys(locations.sandbox_dir(want.who.name))
    if store is None or keys is None:
        return
    port = want.lease.ports["minio"]
    minio.wait_ready(port, seconds=timeout)
    minio.ensure_buckets(minio.client(f"http://127.0.0.1:{port}", keys), store.buckets)


def _judge(checks: tuple[verify.Check, ...], phases: Phases) -> None:
    broken = [check for check in checks if not check.ok]
    for check in broken:
        if check.by_others:
            phases.warn(f"{check.detail}; `devenv doctor` says how to keep it off")
    ours = [check for check in broken if not check.by_others]
    if ours:
        lines = "\n".join(f"{check.name}: {check.detail}" for check in ours)
        raise errors.Differs(f"less was delivered than declared:\n{lines}", hint="`devenv verify` repeats the check")
    phases.note(f"{sum(check.ok for check in checks)} of {len(checks)} proven by reading back")


def _remember(want: Desired, before: record.Record | None, phases: Phases, *, done: str = "") -> None:
    spec = want.spec
    store = None
    if spec.minio is not None:
        store = spec.minio.external.endpoint if spec.minio.external else "bundled"
    fresh = record.Record(
        name=want.who.name,
        owner=want.who.owner,
        target=want.target,
        backend=want.backend,
        spec_hash=want.spec_hash,
        folder=str(spec.folder),
        created_at=before.created_at if before else _now(),
        buckets=list(spec.minio.buckets) if spec.minio else [],
        store=store,
        guests={port.name: port.guest for port in spec.ports},
        timings=dict(phases.timings),
        provisioned=done or (before.provisioned if before else ""),
        completed=want.spec_hash if done else "",
    )
    record.save(fresh)


def _warm_boto3(want: Desired) -> threading.Thread:
    # boto3 takes 0.2 s to import; Compose is at work meanwhile and this process only waits for it.
    def warm() -> None:
        if want.bundled_minio:
            minio.client("http://127.0.0.1:1", minio.Keys("x", "x"))

    thread = threading.Thread(target=warm, daemon=True)
    thread.start()
    return thread


def _anything_there(host: Host, sandbox_id: str) -> bool:
    try:
        return bool(host.containers(sandbox_id))
    except errors.DevenvError:
        # What cannot be seen is not given away.
        return True


def _summary(changes: tuple[Change, ...]) -> str:
    kinds = dict.fromkeys(change.kind for change in changes)
    return ", ".join(f"{kind} {_services(changes, kind)}" for kind in kinds)


def _services(changes: tuple[Change, ...], kind: plan.Kind) -> str:
    return " ".join(dict.fromkeys(change.service for change in changes if change.kind == kind))


def _numbers(cpus: tuple[int, ...]) -> str:
    return ",".join(map(str, cpus))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
