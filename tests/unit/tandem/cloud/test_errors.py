"""What refusals of Google Cloud look like to people. The texts are real ones, as people told them in public."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tandem.cloud.errors import explain
from tandem.engines.pulumi_events import for_people


@dataclass(frozen=True)
class Told:
    """A refusal: where it was told, its text, and what our words must hold."""

    source: str
    text: str
    words: tuple[str, ...]


APIS = "https://console.developers.google.com/apis/api"
RETRY = "then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems"
TOLD = {
    "API off": Told(
        "terraform-google-modules/cloud-foundation-training#17",
        "Error creating Network: googleapi: Error 403: Access Not Configured. Compute Engine API has not been used in "
        f"project 1025699268247 before or it is disabled. Enable it by visiting {APIS}/compute.googleapis.com/overview"
        f"?project=1025699268247 {RETRY} and retry., accessNotConfigured",
        ("compute.googleapis.com is off in project 1025699268247", "gcloud services enable compute.googleapis.com"),
    ),
    "API off, newer words": Told(
        "GoogleCloudPlatform/terraform-dynamic-python-webapp#67",
        "Error: Error creating Network: googleapi: Error 403: Compute Engine API has not been used in project "
        f"163272504585 before or it is disabled. Enable it by visiting {APIS}/compute.googleapis.com/overview"
        f"?project=163272504585 {RETRY} and retry.",
        ("gcloud services enable compute.googleapis.com --project=163272504585",),
    ),
    "API off, by its reason": Told(
        "google.rpc.ErrorInfo",
        "googleapi: Error 403: Identity and Access Management (IAM) API is off.\nDetails:\n[{\n"
        '"@type": "type.googleapis.com/google.rpc.ErrorInfo",\n"domain": "googleapis.com",\n"metadata": {\n"consumer": '
        '"projects/acme-prod",\n"service": "iam.googleapis.com"\n},\n"reason": "SERVICE_DISABLED"\n}]',
        ("gcloud services enable iam.googleapis.com --project=acme-prod",),
    ),
    "project that is not there": Told(
        "terraform-google-modules/terraform-google-project-factory#296",
        "Error listing firewall rules in proj: googleapi: Error 403: Project "
        "620995150025 is not found and cannot be used "
        f"for API calls. If it is recently created, enable Compute Engine API by visiting "
        f"{APIS}/compute.googleapis.com/"
        f"overview?project=620995150025 {RETRY} and retry., accessNotConfigured",
        ("there is no project 620995150025", "host.project", "gcloud projects list"),
    ),
    "project not found": Told(
        "github.com/google/binpacker, README",
        "failed to list machine type: googleapi: Error 404: The resource 'projects/acme-prd' was not found",
        ("there is no project acme-prd", "gcloud projects list"),
    ),
    "quota of an address": Told(
        "mesosphere-backup/terraform-dcos#61",
        "* google_compute_address.master: Quota 'STATIC_ADDRESSES' exceeded.  Limit: 1.0 in region us-east1.",
        ("the quota STATIC_ADDRESSES in us-east1 is used up; its limit is 1.0", "a higher quota"),
    ),
    "quota of a series": Told(
        "hashicorp/terraform-provider-google#20573",
        "Error: Error waiting for instance to create: Quota 'CPUS_PER_VM_FAMILY' exceeded.  Limit: 176.0 in region "
        "us-central1.\n          metric name = compute.googleapis.com/cpus_per_vm_family",
        ("the quota CPUS_PER_VM_FAMILY in us-central1", "a smaller machine"),
    ),
    "quota of the world": Told(
        "GoogleCloudPlatform/ai-on-gke#849",
        "Quota 'CPUS_ALL_REGIONS' exceeded.  Limit: 12.0 globally.",
        ("the quota CPUS_ALL_REGIONS is used up; its limit is 12.0",),
    ),
    "bucket name taken": Told(
        "percona/mongo_terraform_ansible#24",
        "Error: googleapi: Error 409: The requested bucket name is not available. The "
        "bucket namespace is shared by all "
        "users of the system. Please select a different name and try again., conflict",
        ("belongs to somebody else", "storage.*.bucket"),
    ),
    "bucket name taken, shorter": Told(
        "moja-global/FLINT.Cloud#38",
        "Error: googleapi: Error 409: Sorry, that name is not available. Please try a different one., conflict",
        ("belongs to somebody else",),
    ),
    "bucket that is ours": Told(
        "terraform-google-modules/terraform-google-cloud-storage#238",
        "Error: googleapi: Error 409: Your previous request to create the named bucket "
        "succeeded and you already own it., "
        "conflict",
        ("is yours already", "pulumi import"),
    ),
    "something of that name": Told(
        "Compute Engine, alreadyExists",
        "Error creating Network: googleapi: Error 409: The resource 'projects/acme-prod/global/networks/tandem-prod' "
        "already exists, alreadyExists",
        ("projects/acme-prod/global/networks/tandem-prod exists already", "pulumi import"),
    ),
    "right that is missing": Told(
        "gruntwork-io/terraform-google-gke#53",
        "Error: Error creating Network: googleapi: Error 403: Required 'compute.networks.create' permission for "
        "'projects/my-proj/global/networks/cluster-dev1-network-yl0n-network', forbidden",
        ("lacks the right compute.networks.create on projects/my-proj/", "gcloud auth list", "host.project"),
    ),
    "right over accounts": Told(
        "jetstack/terraform-google-gke-cluster#51",
        "google_service_account.default: Error creating service account: googleapi: Error 403: Permission "
        "iam.serviceAccounts.create is required to perform this operation on project projects/acme., forbidden",
        ("lacks the right iam.serviceAccounts.create on project projects/acme.",),
    ),
    "right over buckets": Told(
        "Cloud Storage, forbidden",
        "googleapi: Error 403: deploy@acme.iam.gserviceaccount.com does not have storage.buckets.create access to the "
        "Google Cloud project. Permission 'storage.buckets.create' denied on resource "
        "(or it may not exist)., forbidden",
        ("lacks the right storage.buckets.create",),
    ),
    "right over secrets": Told(
        "Secret Manager, PERMISSION_DENIED",
        "Error creating Secret: googleapi: Error 403: Permission 'secretmanager.secrets.create' denied for resource "
        "'projects/acme-prod' (or it may not exist)., forbidden",
        ("lacks the right secretmanager.secrets.create on projects/acme-prod.",),
    ),
    "right without a name": Told(
        "Resource Manager, PERMISSION_DENIED",
        "Error when reading or editing Project: googleapi: Error 403: The caller does not have permission, forbidden",
        ("lacks a right that Google does not name", "docs/identity.md"),
    ),
    "token that ran out": Told(
        "lingua-greeter, README",
        "googleapi: Error 401: Request had invalid authentication credentials. Expected "
        "OAuth 2 access token, login cookie "
        "or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/"
        "devconsole-project.\nMore details:\nReason: authError, Message: Invalid Credentials\n",
        ("login to Google Cloud has run out", "gcloud auth application-default login"),
    ),
    "login that must be renewed": Told(
        "adyela, terraform notes",
        'Error: oauth2: cannot fetch token: 400 Bad Request\nResponse: {\n  "error": "invalid_grant",\n'
        '  "error_description": "reauth related error (invalid_rapt)"\n}',
        ("login to Google Cloud has run out",),
    ),
    "nobody logged in": Told(
        "golang.org/x/oauth2/google",
        "google: could not find default credentials. See "
        "https://cloud.google.com/docs/authentication/external/set-up-adc",
        ("nobody is logged in", "gcloud auth application-default login"),
    ),
    "zone without the machine type": Told(
        "gruntwork-io/terratest#1132",
        "googleapi: Error 400: Invalid value for field 'resource.machineType': 'zones/europe-west8-a/machineTypes/"
        "f1-micro'. Machine type with name 'f1-micro' does not exist in zone 'europe-west8-a'., invalid",
        (
            "zone europe-west8-a has no machine type f1-micro",
            "gcloud compute machine-types list --zones=europe-west8-a",
        ),
    ),
    "zone that is not there": Told(
        "packer notes",
        "Error: Error creating instance: googleapi: Error 404: The resource 'projects/cloud-dev-project-414700/zones/"
        "us-east1-a' was not found, notFound",
        ("there is no zone us-east1-a", "gcloud compute zones list --project=cloud-dev-project-414700"),
    ),
    "zone without a free machine": Told(
        "sourcegraph/deploy-sourcegraph",
        "[ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS]: Instance 'x' creation failed: The "
        "zone 'projects/sourcegraph-server/"
        "zones/us-central1-a' does not have enough resources available to fulfill the "
        "request.  '(resource type:compute)'.",
        ("zone us-central1-a has no such machine free at the moment",),
    ),
    "project without a bill": Told(
        "Cloud Storage, accountDisabled",
        "googleapi: Error 403: The billing account for the owning project is disabled in state absent, accountDisabled",
        ("no billing account",),
    ),
    "stop that nobody allowed": Told(
        "terraform-provider-google, resource_compute_instance.go",
        "1 error occurred:\n\t* updating urn:pulumi:prod::shop::gcp:compute/instance:Instance::host-machine: 1 error "
        "occurred:\n\t* Changing the machine_type, min_cpu_platform, service_account, enable_display, "
        "shielded_instance_config, scheduling.node_affinities, scheduling.max_run_duration or network_interface.[#d]."
        "(network/subnetwork/subnetwork_project) or advanced_machine_features on a "
        "started instance requires stopping it. "
        "To acknowledge this, please set allow_stopping_for_update = true in your "
        "config. You can also stop it by setting "
        'desired_status = "TERMINATED", but the instance will not be restarted after the update.',
        ("needs the machine to be off for a minute or two", "tandem up --allow-downtime", "docs/growing.md"),
    ),
    "replacement of what is protected": Told(
        "pulumi, step_generator.go",
        "unable to replace resource "
        '"urn:pulumi:prod::shop::tandem:Host$gcp:compute/address:Address::host-address"\nas it is '
        "currently marked for protection. To unprotect the resource, remove the "
        "`protect` flag from the resource in your "
        "Pulumi program and run `pulumi up`",
        ("host-address would be replaced and is protected", "tandem preview"),
    ),
    "deletion of what is protected": Told(
        "pulumi, step.go",
        'resource "urn:pulumi:prod::shop::tandem:Host$gcp:compute/disk:Disk::host-data" '
        "cannot be deleted\nbecause it is "
        "protected. To unprotect the resource, either remove the `protect` flag from the "
        "resource in your Pulumi program "
        "and run `pulumi up`, or use the command:\n`pulumi state unprotect 'urn:…'`",
        ("host-data would be deleted and is protected", "docs/growing.md#taking-something-away"),
    ),
    "deletion protection": Told(
        "terraform-provider-google, resource_compute_instance.go",
        "Cannot delete instance tandem-prod: instance Deletion Protection is enabled. "
        "Set deletion_protection to false for "
        'this resource and run "terraform apply" before attempting to delete it.',
        ("the machine tandem-prod refuses to be deleted",),
    ),
    "bucket with files": Told(
        "terraform-provider-google, resource_storage_bucket.go",
        "Error trying to delete bucket acme-prod-media without `force_destroy` set to true",
        ("bucket acme-prod-media has files in it", "gs://acme-prod-media/**"),
    ),
}


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD.keys())
def test_a_refusal_is_told_in_our_words_with_the_next_command(told: Told) -> None:
    said = for_people(told.text)

    assert said == explain(told.text)
    assert "Next: " in said
    for word in told.words:
        assert word in said
    assert not [
        word for word in ("googleapi:", "terraform", "allow_stopping_for_update", "`protect` flag") if word in said
    ]


def test_googles_own_words_stand_behind_ours_on_one_short_line() -> None:
    ours, googles = for_people(TOLD["quota of a series"].text).splitlines()
    long = for_people(TOLD["API off"].text).splitlines()[-1]

    assert ours.startswith("the quota CPUS_PER_VM_FAMILY")
    assert "Quota 'CPUS_PER_VM_FAMILY' exceeded. Limit: 176.0 in region us-central1." in googles
    assert long.startswith("Google: Access Not Configured. Compute Engine API has not been used in project")
    assert long.endswith("…")


@pytest.mark.parametrize(
    "text",
    [
        "error pinging Docker server: nobody there",
        "unable to pull image: unauthorized: 401 Unauthorized",
        "Error waiting for container: container failed to be in healthy state",
        "web: green-1a2b3c4d does not go live: it left the network",
        "secret DSN: not in the environment (source `env`); export DSN=… where tandem runs and try again\n"
        "secret KEY: projects/a/secrets/KEY/versions/3 cannot be read (source `gcp`): googleapi: Error 403: Permission "
        "'secretmanager.versions.access' denied for resource 'x'; next: gcloud secrets add-iam-policy-binding KEY",
    ],
)
def test_what_is_not_googles_stays_as_it_is(text: str) -> None:
    assert explain(text) is None
    assert for_people(text) == text


def test_the_words_of_a_command_stay_the_commands_own() -> None:
    text = (
        'exit status 1: running "ssh …":\nERROR: googleapi: Error 401: Request had invalid authentication credentials\n'
    )

    assert for_people(text) == "ERROR: googleapi: Error 401: Request had invalid authentication credentials"
