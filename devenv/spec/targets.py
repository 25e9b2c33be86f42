"""The places a spec can run on, one record for each backend. Frozen data, as in `devenv.spec.model`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from devenv.spec.scalars import Duration, Number, OneOf, Text
from devenv.spec.structs import ListOf, Tagged

NAME = Text(r"[a-z0-9][a-z0-9-]{0,40}", "1 to 41 lower-case letters, digits and dashes, a letter or digit first")
_LINK = Text(r"ssh://\S+", "an address such as ssh://user@host")


@dataclass(frozen=True, kw_only=True)
class ComposeTarget:
    """The Docker Engine of this machine, or of a host over SSH."""

    backend: Annotated[Literal["compose"], OneOf("compose"), "compose"] = "compose"
    host: Annotated[str | None, _LINK, "ssh://user@host; this machine when not given."] = None


@dataclass(frozen=True, kw_only=True)
class VagrantTarget:
    """A virtual machine on this machine."""

    backend: Annotated[Literal["vagrant"], OneOf("vagrant"), "vagrant"] = "vagrant"
    provider: Annotated[
        Literal["virtualbox", "libvirt"],
        OneOf("virtualbox", "libvirt"),
        "libvirt can pin its CPUs; virtualbox cannot.",
    ] = "virtualbox"


@dataclass(frozen=True, kw_only=True)
class Ec2Target:
    """An instance on AWS EC2."""

    backend: Annotated[Literal["ec2"], OneOf("ec2"), "ec2"] = "ec2"
    region: Annotated[
        str | None,
        Text(r"[a-z]{2}(-[a-z]+)+-[0-9]", "a region such as eu-central-1"),
        "Region; AWS's own configuration decides when not given.",
    ] = None
    max_price: Annotated[float | None, Number(0, 10_000), "The most it may cost, in US dollars per hour."] = None
    spot: Annotated[
        Literal["never", "prefer", "require"],
        OneOf("never", "prefer", "require"),
        "Cheaper, and may be taken away at two minutes' notice.",
    ] = "never"
    pool: Annotated[str | None, NAME, "Shared hosts of this name; an instance of its own when not given."] = None
    instance_types: Annotated[
        tuple[str, ...],
        ListOf(Text(r"[a-z0-9-]+\.[a-z0-9-]+", "an instance type such as m7i.xlarge")),
        "Types to choose from; all that fit when not given.",
    ] = ()


@dataclass(frozen=True, kw_only=True)
class SlurmTarget:
    """A node of a Slurm cluster."""

    login: Annotated[str, _LINK, "The login node, ssh://user@host."]
    backend: Annotated[Literal["slurm"], OneOf("slurm"), "slurm"] = "slurm"
    partition: Annotated[str | None, Text(r"[A-Za-z0-9_.-]+", "a partition's name"), "Partition of the cluster."] = None
    time: Annotated[float | None, Duration(60), "Time limit of the allocation."] = None


Target = ComposeTarget | VagrantTarget | Ec2Target | SlurmTarget
TARGET = Tagged(
    "backend",
    {"compose": ComposeTarget, "vagrant": VagrantTarget, "ec2": Ec2Target, "slurm": SlurmTarget},
)
