# Every wheel's hash is checked in the first stage; the image gets only those that the bot needs to run.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN pip wheel --no-cache-dir --require-hashes --wheel-dir /wheels -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY handlers handlers
COPY policies policies
COPY sandbox sandbox
RUN pip install --no-cache-dir --no-index --find-links /wheels hatchling \
 && pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv /opt/countersign \
 && /opt/countersign/bin/pip install --no-cache-dir --no-index --find-links /wheels countersign

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home countersign && install -d -o countersign /data
COPY --from=build /opt/countersign /opt/countersign
USER 10001
ENV PATH=/opt/countersign/bin:$PATH PYTHONDONTWRITEBYTECODE=1 \
    COUNTERSIGN_DATA=/data COUNTERSIGN_LISTEN=0.0.0.0:3000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --start-period=10s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz', timeout=3)"]
ENTRYPOINT ["countersign"]
CMD ["serve"]
