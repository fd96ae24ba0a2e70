"""Pages for people, and what those who watch the process ask."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from producer_gateway.api.services import ApiConfig
from producer_gateway.api.web_app import WebApp
from tests.api.world import World, assert_problem, running


@pytest.fixture
async def with_app(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose api serves a small web app."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<meta nonce="__NONCE__"><div id="root"></div>', encoding="utf-8")
    (tmp_path / "sw.js").write_text("self.x = 1", encoding="utf-8")
    (tmp_path / "assets" / "main-1a2b.js").write_text("let text = 'a';" * 200, encoding="utf-8")
    (tmp_path / "assets" / "main-1a2b.js.gz").write_bytes(gzip.compress(b"let text = 'a';" * 200))
    (tmp_path / "assets" / "main-1a2b.js.br").write_bytes(b"the same by Brotli")
    (tmp_path / "assets" / "icon.png").write_bytes(bytes(3000))
    (tmp_path / "app.webmanifest").write_text("{}", encoding="utf-8")
    async with running(ApiConfig(web_app=WebApp.read(tmp_path))) as world:
        yield world


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


async def test_the_reference_loads_nothing_from_elsewhere_and_runs_no_script(with_app: World) -> None:
    page = await with_app.client.get("/api/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    assert "style=" not in page.text
    for reference in re.findall(r'(?:href|src)="([^"]*)"', page.text):
        assert reference.startswith(("/", "#")), reference
        if reference.startswith("/") and reference != "/readyz":
            assert (await with_app.client.get(reference)).status_code == 200, reference


@pytest.mark.parametrize("path", ["/", "/login", "/chats/c_1", "/c/a-link", "/apiary", "/such/a/path"])
async def test_every_page_is_the_apps_document_under_a_nonce_of_its_own(path: str, with_app: World) -> None:
    first, second = await with_app.client.get(path), await with_app.client.get(path)
    nonces = [re.findall(r'nonce="([^"]+)"', page.text)[0] for page in (first, second)]

    assert nonces[0] != nonces[1]
    for page, nonce in zip((first, second), nonces, strict=True):
        policy = page.headers["content-security-policy"]
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-cache"
    assert ("x-robots-tag" in first.headers) == path.startswith("/c/")


async def test_what_is_not_there_is_no_page(with_app: World) -> None:
    for path in ("/api/nothing", "/api", "/assets/gone-1.js"):
        assert_problem(await with_app.client.get(path), 404, "not_found")
    assert (await with_app.client.get("/api/login")).status_code == 405
    assert (await with_app.client.post("/login")).status_code == 405
    assert (await with_app.client.get("/../app.webmanifest/../../pyproject.toml")).text.startswith("<meta")


async def test_files_are_compressed_and_kept_as_their_names_allow(with_app: World) -> None:
    script = await with_app.client.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["content-encoding"] == "gzip"
    assert script.text == "let text = 'a';" * 200
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")

    headers = {"Accept-Encoding": "gzip, deflate, br;q=0.9"}
    async with with_app.client.stream("GET", "/assets/main-1a2b.js", headers=headers) as shorter:
        assert shorter.headers["content-encoding"] == "br"
        assert b"".join([part async for part in shorter.aiter_raw()]) == b"the same by Brotli"
    for beside in ("/assets/main-1a2b.js.br", "/assets/main-1a2b.js.gz"):
        assert_problem(await with_app.client.get(beside), 404, "not_found")

    plain = await with_app.client.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == script.text

    for codings in ("gzip", "identity"):
        document = await with_app.client.get("/login", headers={"Accept-Encoding": codings})
        assert document.headers.get("content-encoding", "identity") == codings
        assert "Accept-Encoding" in document.headers["vary"]
        assert document.text.endswith('<div id="root"></div>')

    image = await with_app.client.get("/assets/icon.png", headers={"Accept-Encoding": "gzip"})
    assert (image.headers["content-type"], "content-encoding" in image.headers) == ("image/png", False)

    worker = await with_app.client.get("/sw.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in worker.headers["content-security-policy"]
    manifest = await with_app.client.get("/app.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"


async def test_an_app_that_was_not_built_says_what_to_do(world: World, tmp_path: Path) -> None:
    assert WebApp.read(tmp_path) == WebApp()
    problem = assert_problem(await world.client.get("/"), 404, "not_found")
    assert "make setup" in problem["detail"]


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
