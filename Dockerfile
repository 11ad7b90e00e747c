# Two stages: the first one has the sources, the second only what runs. Every package comes with its hash.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/capa24 \
 && /opt/capa24/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN /opt/capa24/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10024 --home-dir /var/lib/capa24 --create-home --shell /usr/sbin/nologin capa24
COPY --from=build /opt/capa24 /opt/capa24
ENV PATH=/opt/capa24/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CAPA24_DATABASE=sqlite:////var/lib/capa24/capa24.db
WORKDIR /var/lib/capa24
USER capa24
VOLUME /var/lib/capa24
EXPOSE 8024
# "unhealthy" also means that something waits for a person (see docs/howto/operate.ru.md); a restart rarely helps.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
  "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('CAPA24_PORT', '8024')}/health\", timeout=4)"]
ENTRYPOINT ["capa24"]
CMD ["serve"]
