# The README's first command, and nothing the README does not do: what works there works here.
FROM python:3.11-slim AS build
RUN python -m venv /opt/jalon
WORKDIR /source
COPY . .
RUN /opt/jalon/bin/pip install --no-cache-dir .

FROM python:3.11-slim
# A fixed number, so that whoever mounts a volume knows to whom it must belong.
RUN useradd --system --uid 10001 --home-dir /data --create-home jalon
COPY --from=build /opt/jalon /opt/jalon
ENV PATH=/opt/jalon/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    JALON_DATABASE_URL=sqlite:////data/jalon.db
USER jalon
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Ready, not merely alive: 200 once the database is migrated and can be reached.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
# The exec form: SIGTERM reaches jalon itself, which finishes what is under way.
CMD ["jalon", "serve", "--host", "0.0.0.0"]
