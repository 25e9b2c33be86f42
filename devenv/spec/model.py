"""The words of a spec: frozen data, its defaults, and what each field is for. No behaviour.

A field is `Annotated[type, kind, "what it is for"]`: the kind reads and checks it (`devenv.spec.kinds`), the text is
its description in the JSON Schema. Sizes are bytes (int), durations seconds (float). Rules between fields are in
`devenv.spec.rules`, rules for `services` in `devenv.spec.services`.

This module must not know YAML, files or positions. Annotations are objects here, not text: they are read at run time.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from devenv.errors import NotFound
from devenv.spec import short
from devenv.spec.kinds import did_you_mean, one_of
from devenv.spec.scalars import VARIABLE, Argv, Duration, Flag, Number, OneOf, Raw, Size, Text, Value, Whole
from devenv.spec.structs import ListOf, MapOf, Record, Switch
from devenv.spec.targets import NAME, TARGET, ComposeTarget, Ec2Target, SlurmTarget, Target, VagrantTarget
from devenv.spec.units import GIB, KIB, MIB

__all__ = [
    "Build",
    "ComposeSections",
    "ComposeTarget",
    "Ec2Target",
    "External",
    "Gpus",
    "Health",
    "Idle",
    "Logs",
    "Minio",
    "Network",
    "Port",
    "Resources",
    "Secret",
    "ServiceResources",
    "SlurmTarget",
    "Spec",
    "Target",
    "VagrantTarget",
    "Workspace",
]

VERSION = 1

_BUCKET = Text(
    r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "3 to 63 lower-case letters, digits, dots and dashes, as S3 wants it",
)
_SERVICE = Text(r"[a-zA-Z0-9._-]+", "letters, digits, dots, dashes and underscores", longest=63)
_ENTRY = Text(r"[a-zA-Z0-9._-]+", "letters, digits, dots, dashes and underscores")
_INSIDE = Text(r"/(?!/).+", "an absolute path inside the sandbox")
_ADDRESS = Text(r"https?://\S+", "an http:// or https:// address")


def _section(word: str) -> MapOf:
    return MapOf(_ENTRY, Raw(f"#/$defs/compose_{word}", empty=True))


@dataclass(frozen=True, kw_only=True)
class Build:
    """An image built by Docker from a Dockerfile."""

    context: Annotated[str, Text(), "Folder of the build context, relative to devenv.yaml."] = "."
    dockerfile: Annotated[str, Text(), "The Dockerfile, relative to the context."] = "Dockerfile"


@dataclass(frozen=True, kw_only=True)
class Gpus:
    """Whole GPUs, leased by UUID."""

    count: Annotated[int, Whole(0, 64), "How many."] = 1
    vendor: Annotated[str | None, OneOf("nvidia", "amd"), "Whose; any when not given."] = None
    model: Annotated[str | None, Text(), "Model name, or a part of it: A10G, H100."] = None
    memory: Annotated[int | None, Size(), "The least memory that each must have."] = None


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What the sandbox holds on its host."""

    cpus: Annotated[
        int,
        Whole(1, 4096, "a lease is whole CPUs: "),
        "Logical CPUs. Dedicated ones are rounded up to whole physical cores.",
    ] = 1
    memory: Annotated[int, Size(6 * MIB), "Memory, a hard limit without swap."] = 2 * GIB
    disk: Annotated[int | None, Size(), "Disk, where the target can limit it."] = None
    shm_size: Annotated[int | None, Size(), "Size of /dev/shm, which PyTorch's loaders use."] = None
    gpus: Annotated[
        Gpus | None,
        Record(Gpus, short=short.gpus, short_schema={"type": "integer", "minimum": 0}, form="a number or a map"),
        "GPUs: a number, or {count, vendor, model, memory}.",
    ] = None
    dedicated: Annotated[
        bool,
        Flag(),
        "Cores that no other sandbox gets. false shares the host's unleased cores.",
    ] = True
    core_type: Annotated[
        str | None,
        OneOf("P", "E", "any"),
        "Performance or efficiency cores where a machine has both; `any` may mix them.",
    ] = None

    def __post_init__(self) -> None:
        if self.gpus is not None and self.gpus.count == 0:  # how a profile takes the GPUs away
            object.__setattr__(self, "gpus", None)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The folder that is both here and in the sandbox."""

    source: Annotated[str, Text(), "Folder on this machine, relative to devenv.yaml."] = "."
    target: Annotated[str, _INSIDE, "Where it is in the sandbox; also the working directory."] = "/workspace"
    exclude: Annotated[
        tuple[str, ...],
        ListOf(Text()),
        "What is not copied to a remote host, as rsync patterns.",
    ] = ()


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port of the sandbox, published on its host. `host` None is a free one, leased."""

    guest: Annotated[int, Whole(1, 65535), "The port inside the sandbox."]
    name: Annotated[str, NAME, "Its name in `devenv port`; the guest's number when not given."] = ""
    host: Annotated[int | None, short.HostPort(), "The port outside: a number, or `auto` for a free one."] = None
    bind: Annotated[
        str,
        Text(r"[0-9a-fA-F.:]+", "an IP address"),
        "The host's address that it listens on. Anything but 127.0.0.1 opens it to others.",
    ] = "127.0.0.1"

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", str(self.guest))


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret's name; its value comes from the caller's environment, or from a file."""

    name: Annotated[str, VARIABLE, "The variable that holds it, here and in the sandbox."]
    file: Annotated[str | None, Text(), "A file to take it from, relative to devenv.yaml."] = None


@dataclass(frozen=True, kw_only=True)
class ServiceResources:
    """What a side service may use of the shared cores."""

    cpus: Annotated[float | None, Number(0, 4096), "CPUs, fractions allowed: a quota on the shared cores."] = None
    memory: Annotated[int | None, Size(6 * MIB), "Memory, a hard limit without swap."] = None


@dataclass(frozen=True, kw_only=True)
class ComposeSections:
    """Compose's other top-level sections, for `services`, in Compose's own words."""

    volumes: Annotated[dict[str, Any], _section("volume"), "Named volumes."] = field(default_factory=dict)
    networks: Annotated[dict[str, Any], _section("network"), "Networks."] = field(default_factory=dict)
    secrets: Annotated[dict[str, Any], _section("secret"), "Compose secrets."] = field(default_factory=dict)
    configs: Annotated[dict[str, Any], _section("config"), "Compose configs."] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class External:
    """An object store that is there already."""

    endpoint: Annotated[str | None, _ADDRESS, "Its address; AWS S3 itself when not given."] = None
    region: Annotated[str, Text(), "Its region."] = "us-east-1"
    credentials_file: Annotated[
        str | None,
        Text(),
        "A file in the form of ~/.aws/credentials, relative to devenv.yaml.",
    ] = None


@dataclass(frozen=True, kw_only=True)
class Minio:
    """The object store beside the sandbox, `http://minio:9000` inside."""

    buckets: Annotated[tuple[str, ...], ListOf(_BUCKET, key=str, what="bucket"), "Buckets to make."] = ()
    resources: Annotated[
        ServiceResources,
        Record(ServiceResources),
        "What it may use of the shared cores.",
    ] = ServiceResources(cpus=1.0, memory=GIB)
    image: Annotated[str | None, Text(r"\S+", "an image reference"), "An image instead of the box `minio`."] = None
    external: Annotated[External | None, Record(External), "A store one has already, instead of MinIO."] = None


@dataclass(frozen=True, kw_only=True)
class Health:
    """When the sandbox is ready. Exactly one of http, tcp and command."""

    http: Annotated[
        str | None,
        short.HttpCheck(),
        "PORT/PATH in the sandbox that answers with success: 8000/healthz.",
    ] = None
    tcp: Annotated[int | None, Whole(1, 65535), "A port in the sandbox that takes connections."] = None
    command: Annotated[
        tuple[str, ...] | None,
        Argv(by_sh=True),
        "A command that ends with 0: a list of words, or a line for sh.",
    ] = None
    interval: Annotated[float, Duration(1), "Time between two checks."] = 10.0
    timeout: Annotated[float, Duration(1), "Time a check may take."] = 5.0
    retries: Annotated[int, Whole(1, 1000), "Failures in a row that make it unhealthy."] = 6
    start_period: Annotated[float, Duration(0), "Time to start in which failures do not count."] = 30.0


@dataclass(frozen=True, kw_only=True)
class Network:
    """What the sandbox may reach."""

    egress: Annotated[Literal["open", "none"], OneOf("open", "none"), "`none` is without a way out."] = "open"


@dataclass(frozen=True, kw_only=True)
class Idle:
    """When the sandbox is stopped by itself."""

    stop_after: Annotated[float | None, Duration(60), "Time without activity until it is stopped."] = None
    max_lifetime: Annotated[float | None, Duration(60), "Time from start until it is stopped in any case."] = None


@dataclass(frozen=True, kw_only=True)
class Logs:
    """How much of each container's log is kept."""

    max_size: Annotated[int, Size(4 * KIB), "Size at which a log file is rotated."] = 10 * MIB
    max_files: Annotated[int, Whole(1, 1000), "Files that are kept."] = 3


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A development sandbox: what it is made from, what it holds, and where it may run."""

    version: Annotated[int, short.Version(VERSION), "Version of this format: 1."]
    name: Annotated[str, NAME, "Name of the sandbox."]
    box: Annotated[str | None, NAME, "A box: a folder of ./boxes, or one that comes with devenv."] = None
    image: Annotated[str | None, Text(r"\S+", "an image reference"), "Any OCI image, instead of a box."] = None
    build: Annotated[
        Build | None,
        Record(Build, short=short.build, short_schema={"type": "string"}, form="a folder or a map"),
        "A Dockerfile to build, instead of a box: its folder, or {context, dockerfile}.",
    ] = None
    command: Annotated[
        tuple[str, ...] | None,
        Argv(),
        "What runs in the sandbox, instead of the image's own command: a list of words, or one line split into words.",
    ] = None
    user: Annotated[
        str,
        short.User(),
        "Who runs it: `caller` (so that files keep their owner), `image` (as the image says), or uid[:gid].",
    ] = "caller"
    resources: Annotated[Resources, Record(Resources), "What the sandbox holds on its host."] = Resources()
    workspace: Annotated[
        Workspace | None,
        Switch(
            Record(Workspace, short=short.workspace, short_schema={"type": "string"}, form="a folder, a map, or false")
        ),
        "The folder that is both here and in the sandbox; false: none.",
    ] = Workspace()
    ports: Annotated[
        tuple[Port, ...],
        ListOf(
            Record(Port, short=short.port, short_schema=short.PORT_NUMBER, form="a port number or a map"),
            key=short.name,
            what="port",
        ),
        "Ports to publish, on 127.0.0.1 unless said otherwise: a number, or {guest, name, host, bind}.",
    ] = ()
    env: Annotated[dict[str, str], MapOf(VARIABLE, Value()), "Environment variables."] = field(default_factory=dict)
    secrets: Annotated[
        tuple[Secret, ...],
        ListOf(
            Record(Secret, short=short.secret, short_schema={"type": "string"}, form="a name or a map"),
            key=short.name,
            what="secret",
        ),
        "Names of secrets. Values come from the environment or a file, and are never written down.",
    ] = ()
    provision: Annotated[
        tuple[str, ...],
        ListOf(Text(longest=65_536)),
        "Shell lines that run once in each new sandbox, after its start.",
    ] = ()
    services: Annotated[
        dict[str, dict[str, Any]],
        MapOf(_SERVICE, Raw("#/$defs/service")),
        "Side services in Docker Compose's own words, and `resources: {cpus, memory}`.",
    ] = field(default_factory=dict)
    compose: Annotated[
        ComposeSections,
        Record(ComposeSections),
        "Compose's other top-level sections for `services`: volumes, networks, secrets, configs.",
    ] = field(default_factory=ComposeSections)
    minio: Annotated[
        Minio | None, Switch(Record(Minio, form="a map, or false")), "The object store beside the sandbox; false: none."
    ] = Minio()
    health: Annotated[Health | None, Record(Health), "When the sandbox is ready."] = None
    network: Annotated[Network, Record(Network), "What the sandbox may reach."] = Network()
    idle: Annotated[Idle | None, Record(Idle), "When it is stopped by itself."] = None
    logs: Annotated[Logs, Record(Logs), "How much of each container's log is kept."] = Logs()
    targets: Annotated[
        dict[str, Target],
        MapOf(NAME, TARGET),
        "Places to run it, by name. Without any there is `laptop`, of backend compose.",
    ] = field(default_factory=lambda: {"laptop": ComposeTarget()})
    default_target: Annotated[str | None, NAME, "The target when none is named; else the first."] = None
    # Not written by people: `services` gives up its `resources`, and the loader knows the file.
    service_resources: dict[str, ServiceResources] = field(default_factory=dict)
    source: Path = field(default=Path("devenv.yaml"), compare=False)

    @property
    def folder(self) -> Path:
        """The folder that relative paths of the spec start from."""
        return self.source.parent

    def target(self, name: str | None = None) -> tuple[str, Target]:
        """Return the target of that name, or the default one, with its name.

        Raises:
            NotFound: the spec has no such target; says which it has.
        """
        chosen = name or self.default_target or next(iter(self.targets))
        if chosen not in self.targets:
            hint = f"the spec has {one_of(sorted(self.targets))}"
            raise NotFound(f"no target {chosen} in {self.source}{did_you_mean(chosen, self.targets)}", hint=hint)
        return chosen, self.targets[chosen]
