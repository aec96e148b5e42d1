# The service, or with another command any other of newswatch's; see docs/operations.md
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY db db
COPY crawler crawler
COPY monitor monitor
RUN python -m venv /opt/newswatch && /opt/newswatch/bin/pip install --no-cache-dir ".[fleet,objects,timestamps]"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --home-dir /home/newswatch --shell /usr/sbin/nologin newswatch \
    && install -d -o newswatch -g newswatch -m 0750 /home/newswatch /var/lib/newswatch /var/lib/newswatch/archive
COPY --from=build /opt/newswatch /opt/newswatch
COPY packaging/docker/newswatch.toml /usr/share/newswatch/newswatch.toml
COPY packaging/docker/entry.sh /usr/local/bin/newswatch-entry
ENV PATH=/opt/newswatch/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 NEWSWATCH_LOG=stdout
USER newswatch
WORKDIR /var/lib/newswatch
VOLUME ["/var/lib/newswatch"]
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8765/readyz', timeout=4)"]
ENTRYPOINT ["sh", "/usr/local/bin/newswatch-entry"]
CMD ["run"]
