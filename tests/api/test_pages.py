"""Pages for people, and what those who watch the process ask."""

import re

from tests.api.world import World, assert_problem


async def test_alive_and_ready(world: World) -> None:
    assert (await world.client.get("/healthz")).status_code == 200
    assert (await world.client.get("/readyz")).status_code == 200
    world.is_ready = False
    assert (await world.client.get("/healthz")).status_code == 200
    assert_problem(await world.client.get("/readyz"), 503, "unavailable")


async def test_metrics_count_requests_by_the_pattern_of_their_route(world: World) -> None:
    alice = await world.register("alice")
    await world.get(f"/api/users/{alice.id}", alice)

    await world.client.head("/readyz")
    metrics = (await world.client.get("/metrics")).text

    assert 'parley_api_requests_total{method="HEAD",route="/readyz",status="200"}' in metrics
    assert 'parley_api_requests_total{method="GET",route="/api/users/{id}",status="200"}' in metrics
    assert alice.id not in metrics


async def test_pages_load_nothing_from_elsewhere_and_run_no_script(world: World) -> None:
    for path in ("/", "/api/docs", "/c/a-link"):
        page = await world.client.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<script" not in page.text
        assert "style=" not in page.text
        for reference in re.findall(r'(?:href|src)="([^"]*)"', page.text):
            assert reference.startswith(("/", "#")), reference
            if reference.startswith("/") and reference != "/readyz":
                assert (await world.client.get(reference)).status_code == 200, reference


async def test_the_reference_shows_every_route_and_body(world: World) -> None:
    document = (await world.client.get("/api/openapi.json")).json()
    page = (await world.client.get("/api/docs")).text

    for path, operations in document["paths"].items():
        for method in operations:
            assert f"<code>{method.upper()} {path}</code>" in page
    for schema in document["components"]["schemas"]:
        assert f'id="{schema}"' in page
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))
