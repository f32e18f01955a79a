"""A resource of Google Cloud, said to the engine as the wire has it: by its token, with inputs in camelCase.

The SDK's own classes would say the very same (the goldens of the stacks are what they said), but to load the one for an
instance loads all 288 modules of Compute: more than a second of every run, `up` without a change included. What a name
or a value may be is held against Google's own documents instead, by tests/google/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from config import names


class Resource(pulumi.CustomResource):
    """`token`: of the plugin, for example `compute/address:Address`. `tells`: outputs that are no inputs of it."""

    def __init__(
        self,
        token: str,
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
        *,
        tells: Sequence[str] = (),
    ) -> None:
        own = pulumi.ResourceOptions(version=names.GOOGLE_PLUGIN)
        said = {key: value for key, value in inputs.items() if value is not None}
        super().__init__(
            f"gcp:{token}", name, {**dict.fromkeys(tells), **said}, pulumi.ResourceOptions.merge(own, opts)
        )

    def told(self, name: str) -> pulumi.Output[Any]:
        """An output, or an input as it became. Raises KeyError for one that was not asked for."""
        output: pulumi.Output[Any] = self.__dict__[name]
        return output


def look_up(token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """What Google answers to a question, for example `compute/getZones:getZones`. Raises Exception with its words."""
    answer = pulumi.runtime.invoke(
        f"gcp:{token}", dict(arguments), pulumi.InvokeOptions(version=names.GOOGLE_PLUGIN)
    ).value
    found: Mapping[str, Any] = answer or {}
    return found
