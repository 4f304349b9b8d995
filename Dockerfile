# Pinned by tag. For a build that can be repeated to the byte, pin the digest too: python:3.13-slim-bookworm@sha256:…
ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY pyproject.toml requirements.lock LICENSE README.md ./
# uv by the version and hashes of the lock, then everything else by the lock; tools of development stay out.
RUN awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.lock > /tmp/uv.txt \
 && pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r /tmp/uv.txt \
 && python -m venv --without-pip /opt/wattgraph \
 && uv pip install --no-cache --compile-bytecode --python /opt/wattgraph/bin/python \
      --require-hashes -r pyproject.toml --all-extras --constraints requirements.lock
COPY graph graph
COPY api api
COPY cli cli
COPY seeds seeds
RUN uv build --no-cache --wheel --require-hashes --build-constraints requirements.lock --out-dir /dist \
 && uv pip install --no-cache --compile-bytecode --python /opt/wattgraph/bin/python --no-deps /dist/*.whl

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10000 wattgraph \
 && useradd --uid 10000 --gid 10000 --no-create-home --home-dir /data --shell /usr/sbin/nologin wattgraph \
 && install -d -o 10000 -g 10000 /data
COPY --from=build /opt/wattgraph /opt/wattgraph
# The image may run read-only: what is written goes to /data, which the embedded store alone needs.
ENV PATH=/opt/wattgraph/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WATTGRAPH_HOST=0.0.0.0 \
    WATTGRAPH_PORT=8000 \
    WATTGRAPH_DATA=/data
WORKDIR /app
USER 10000:10000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=5 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['WATTGRAPH_PORT'] + '/healthz', timeout=4)"]
CMD ["wattgraph", "serve"]
