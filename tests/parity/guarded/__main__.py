"""A thing and its guard, in nine lines: when both leave, the guard refuses and the thing must stay."""

import pulumi
import pulumi_command as command

there = pulumi.Config("tandem").get_bool("there") or False

if there:
    thing = command.local.Command("thing", create="true", delete="true")
    command.local.Command(
        "guard", delete="echo 'thing serves' >&2; exit 75", opts=pulumi.ResourceOptions(depends_on=[thing])
    )
