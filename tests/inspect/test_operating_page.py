"""The operators' page says what there is."""

from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from schemas import metrics

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
METRICS = [metric for metric in vars(metrics).values() if isinstance(metric, Counter | Gauge | Histogram)]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.describe()[0].name)
def test_every_metric_is_listed_with_its_meaning(metric: Counter | Gauge | Histogram) -> None:
    (family,) = metric.describe()
    name = f"{family.name}_total" if family.type == "counter" else family.name

    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]

    assert family.documentation.rstrip(".") in row
