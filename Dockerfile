# A small image that runs `cardwarden` as a user without rights. Every package comes with its hash, the build backend
# too, and no package index's address is named.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/cardwarden \
    && /opt/cardwarden/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY sidecar sidecar
COPY adapters adapters
COPY config config
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/cardwarden/bin/pip install --no-cache-dir --no-index --no-deps /wheels/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/cardwarden --create-home cardwarden
COPY --from=build /opt/cardwarden /opt/cardwarden
ENV PATH=/opt/cardwarden/bin:$PATH STATE_DIRECTORY=/var/lib/cardwarden CARDWARDEN_LOG__FORMAT=json
USER cardwarden
WORKDIR /var/lib/cardwarden
VOLUME /var/lib/cardwarden
STOPSIGNAL SIGTERM
# Alive; whether its work is done is /readyz. Neither asks for a token. The port is the variable's, not the file's.
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client, os; there = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('CARDWARDEN_LISTEN__PORT') or 8765), timeout=4); there.request('GET', '/healthz'); raise SystemExit(there.getresponse().status != 200)"]
ENTRYPOINT ["cardwarden"]
CMD ["daemon"]
