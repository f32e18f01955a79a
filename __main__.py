"""One machine and everything on it, top to bottom."""

import pulumi

from components import hosts, registries, secrets
from components.app import App
from components.gateway.component import Gateway
from components.jobs.scheduler import Jobs
from components.storage.component import Storages
from components.targets import scrape_targets
from config import names
from config.load import load

stack = load()

vault = secrets.opened(stack)
logins = registries.logins(stack, vault)
host = hosts.connect("host", stack.host, ports=[stack.gateway.port], profile=stack.profile, logins=logins)
secrets.keep("secrets", stack, vault=vault, host=host)
storage = Storages(stack.storage, apps=stack.apps, host=host, vault=vault)

gateway = Gateway("gateway", stack.gateway, apps=stack.apps, image=stack.images.gateway, host=host)
jobs = Jobs("jobs", apps=stack.apps, image=stack.images.gateway, host=host)
apps = {
    name: App(
        name, app, rollout=stack.rollout(name), host=host, gateway=gateway, jobs=jobs, vault=vault, storage=storage
    )
    for name, app in stack.apps.items()
}

# The contract of docs/outputs.md: names stay, new ones may come.
pulumi.export("version", names.OUTPUTS_VERSION)
pulumi.export("engine", names.engine())
pulumi.export("address", host.address)
pulumi.export("live", {name: app.live for name, app in apps.items()})
pulumi.export("releases", {name: app.releases for name, app in apps.items()})
pulumi.export("draining", {name: app.draining for name, app in apps.items()})
pulumi.export("beside", {name: app.beside for name, app in apps.items()})
pulumi.export("receipts", {name: app.receipt for name, app in apps.items()})
pulumi.export("endpoints", {name: gateway.url(app) for name, app in stack.apps.items()})
pulumi.export("scrape_targets", scrape_targets(apps.values(), gateway))
pulumi.export("alerts", [])
