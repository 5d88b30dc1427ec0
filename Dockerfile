# A small image that runs `cardwarden` as a user without rights. It contains no package index's address.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/cardwarden && /opt/cardwarden/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY sidecar sidecar
COPY adapters adapters
COPY config config
RUN /opt/cardwarden/bin/pip install --no-cache-dir hatchling \
    && /opt/cardwarden/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/cardwarden/bin/pip uninstall -y -q hatchling

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/cardwarden --create-home cardwarden
COPY --from=build /opt/cardwarden /opt/cardwarden
ENV PATH=/opt/cardwarden/bin:$PATH STATE_DIRECTORY=/var/lib/cardwarden
USER cardwarden
WORKDIR /var/lib/cardwarden
VOLUME /var/lib/cardwarden
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
ENTRYPOINT ["cardwarden"]
CMD ["daemon"]
