# CivicLine in a container; compose.yaml runs it on PostgreSQL, docs/operating.md tells how.

FROM python:3.12-slim-bookworm AS build
RUN python -m venv /opt/civicline
WORKDIR /source
COPY pyproject.toml constraints.txt README.md ./
COPY app app
COPY bot bot
COPY faq faq
COPY complaints complaints
COPY admin_api admin_api
COPY data data
RUN /opt/civicline/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.12-slim-bookworm
# A number of its own: files of volumes and secrets on the host can be given to it.
RUN groupadd --gid 10001 civicline \
    && useradd --uid 10001 --gid civicline --no-create-home --home-dir /var/lib/civicline \
        --shell /usr/sbin/nologin civicline \
    && install -d -o civicline -g civicline -m 0700 /var/lib/civicline /var/lib/civicline/tmp
COPY --from=build /opt/civicline /opt/civicline
# Uploads, and the archive a backup is checked in, are spooled to TMPDIR: on the disk, not in memory.
ENV PATH=/opt/civicline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/var/lib/civicline/tmp \
    DATA_DIR=/var/lib/civicline \
    DATABASE_URL=sqlite:////var/lib/civicline/civicline.db \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001:10001
WORKDIR /var/lib/civicline
RUN ["python", "-m", "app", "warm"]
VOLUME ["/var/lib/civicline"]
EXPOSE 8000
# Not by urllib: it would ask an office's proxy for its own address.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=8); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
CMD ["python", "-m", "app", "serve"]
