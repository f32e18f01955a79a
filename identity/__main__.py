"""State, keys and identities of CI, top to bottom."""

import sys
from pathlib import Path

import pulumi

# Pulumi starts a program in its own folder; this one shares the forms of `config/` with the stacks.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from identity.environment import Environment
from identity.github import Federation
from identity.home import KeyRing, Store
from identity.settings import load

settings = load()

ring = KeyRing("tandem", settings.home)
github = Federation("github", settings.home, settings.github)
own = Store("identity", ring)
stores = {name: Store(name, ring) for name in settings.environments}
environments = {
    name: Environment(name, place, store=stores[name], github=github) for name, place in settings.environments.items()
}

pulumi.export("workload_identity_provider", github.provider.name)
pulumi.export("own", {"backend": own.backend, "secrets_provider": own.secrets_provider})
pulumi.export(
    "environments",
    {
        name: {
            "project": environment.place.project,
            "backend": stores[name].backend,
            "secrets_provider": stores[name].secrets_provider,
            "plan_account": environment.plan.email,
            "apply_account": environment.apply.email,
        }
        for name, environment in environments.items()
    },
)
