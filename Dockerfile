# gridbot in a container: `docker compose up` runs it with PostgreSQL; alone it keeps SQLite in /data.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY handlers handlers
COPY models models
COPY scheduler scheduler
COPY locales locales
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --constraint constraints.txt ".[charts]"

FROM python:3.11-slim
# The font draws Chinese where pictures are made; no compiler, no package of the build is here.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data gridbot \
 && install --directory --owner gridbot --mode 0700 /data
COPY --from=build /venv /venv
# Inside the container every address is ours; what is published is decided outside.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GRIDBOT_DATA_DIR=/data \
    GRIDBOT_WEB_HOST=0.0.0.0 \
    GRIDBOT_WEB_PORT=8080 \
    GRIDBOT_WEBHOOK_HOST=0.0.0.0 \
    GRIDBOT_WEBHOOK_PORT=8081
USER gridbot
WORKDIR /data
VOLUME /data
EXPOSE 8080 8081
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['GRIDBOT_WEB_PORT']), timeout=5); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["gridbot"]
CMD ["run"]
