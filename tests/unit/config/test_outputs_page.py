"""The page about outputs knows every name of the contract."""

from __future__ import annotations

from config import outputs, targets
from config.names import OUTPUTS_VERSION, ROOT

PAGE = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")


def test_the_page_names_everything_that_the_contract_has() -> None:
    models = (outputs.Outputs, outputs.AppNow, outputs.Deployed)
    unnamed = [name for model in models for name in model.model_fields if f"`{name}`" not in PAGE and name != "kind"]

    assert unnamed == []


def test_the_page_says_the_version_and_the_paths_of_the_gateway() -> None:
    assert f"Version {OUTPUTS_VERSION};" in PAGE
    assert targets.LISTING in PAGE
    assert f"{targets.PATH}green-1a2b3c4d" in PAGE
