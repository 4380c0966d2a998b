"""Files in: the only reader of what people write."""

from capexmodel.config.documents import shipped
from capexmodel.config.dump import dump
from capexmodel.config.editor import scenario_schema
from capexmodel.config.load import lint, load

__all__ = ["dump", "lint", "load", "scenario_schema", "shipped"]
