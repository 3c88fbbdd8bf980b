"""Foreign keys point down the floors, like imports."""

import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).parents[2]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0][
    "layers"
]
FLOOR = {
    name.strip().strip("()"): -height for height, layer in enumerate(LAYERS) for name in layer.split("|")
}


def test_every_app_has_a_floor() -> None:
    folders = {
        path.name for path in (ROOT / "apps").iterdir() if path.is_dir() and path.name != "__pycache__"
    }

    assert folders <= set(FLOOR)


def test_foreign_keys_point_down() -> None:
    up = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_config.name.startswith("apps.")
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model._meta.app_label in FLOOR
        and FLOOR[field.related_model._meta.app_label] > FLOOR[model._meta.app_label]
    ]

    assert up == []


def test_models_with_a_tenant_use_the_scoped_manager() -> None:
    from apps.tenants.scoping import TenantManager

    open_doors = [
        model._meta.label
        for model in apps.get_models()
        if any(field.name == "tenant" and field.is_relation for field in model._meta.get_fields())
        and not isinstance(model._meta.default_manager, TenantManager)
    ]

    assert open_doors == []
