"""The words of questions to the `docker` CLI. A host behind SSH is asked several of them in one round trip."""

from __future__ import annotations

from collections.abc import Mapping

from config import names

_ROW = "\t".join(
    [
        "{{.ID}}",
        "{{.Names}}",
        "{{.State}}",
        *(
            f'{{{{.Label "{label}"}}}}'
            for label in (names.LABEL_ROLE, names.LABEL_APP, names.LABEL_COLOUR, names.LABEL_RELEASE, names.LABEL_IMAGE)
        ),
        *(f'{{{{.Label "{label}"}}}}' for label in (names.LABEL_ENGINE, names.LABEL_PORT)),
    ]
)

INFO = ("info", "--format", "{{json .}}")


def containers(labels: Mapping[str, str]) -> tuple[str, ...]:
    """Every container with these labels, a row of `docker.Container` each."""
    return ("ps", "--all", "--no-trunc", *filters(labels), "--format", _ROW)


def image(reference: str) -> tuple[str, ...]:
    """What is known of an image."""
    return ("image", "inspect", reference)


def publishers(port: int) -> tuple[str, ...]:
    """Names of the running containers that publish a port of the host."""
    return ("ps", "--filter", f"publish={port}", "--format", "{{.Names}}")


def inhabitants(network: str) -> tuple[str, ...]:
    """Names of the running containers in a network."""
    return ("ps", "--filter", f"network={network}", "--format", "{{.Names}}")


def mounts(container: str) -> tuple[str, ...]:
    """What a container mounts."""
    return ("container", "inspect", container, "--format", "{{json .Mounts}}")


def variables(container: str) -> tuple[str, ...]:
    """Names of its environment, a row each, and whether there is a value. Never a value: many of them are secret."""
    state = '{{if and (eq (len $words) 2) (eq (index $words 1) "")}}empty{{else}}set{{end}}'
    row = r'{{$words := split . "="}}{{index $words 0}}{{"\t"}}' + state + "{{println}}"
    return ("container", "inspect", container, "--format", "{{range .Config.Env}}" + row + "{{end}}")


def filters(labels: Mapping[str, str]) -> list[str]:
    """Words that leave only what has these labels."""
    return [part for label, value in labels.items() for part in ("--filter", f"label={label}={value}")]
