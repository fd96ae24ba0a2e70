# One image for every process of Parley; the command says which: `docker run parley edge --node edge-1`.

FROM node:24-bookworm-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
COPY web/sdk/package.json sdk/
COPY web/app/package.json app/
RUN npm ci
COPY web ./
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
WORKDIR /parley
RUN python -m venv /parley/.venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml ./
COPY schemas schemas
COPY domain domain
COPY bus bus
COPY store store
COPY producer_gateway producer_gateway
COPY consumers consumers
COPY parley parley
COPY parley_client parley_client
COPY loadtests loadtests
RUN .venv/bin/pip install --no-cache-dir --no-index --no-build-isolation --no-deps -e .

FROM python:3.11-slim-bookworm
RUN useradd --system --home-dir /parley parley && install --directory --owner=parley --mode=0700 /var/lib/parley
COPY --from=packages /parley /parley
COPY --from=web /web/dist /parley/web/dist
USER parley
WORKDIR /parley
ENV PATH=/parley/.venv/bin:$PATH PYTHONUNBUFFERED=1 PARLEY_HOST=0.0.0.0 PARLEY_VAR=/var/lib/parley
VOLUME /var/lib/parley
STOPSIGNAL SIGTERM
ENTRYPOINT ["parley"]
CMD ["--help"]
