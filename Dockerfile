# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/countersign \
 && /opt/countersign/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY bot bot
COPY handlers handlers
COPY policies policies
COPY sandbox sandbox
RUN /opt/countersign/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home countersign && mkdir /data && chown countersign /data
COPY --from=build /opt/countersign /opt/countersign
USER countersign
ENV PATH=/opt/countersign/bin:$PATH COUNTERSIGN_DATA=/data COUNTERSIGN_LISTEN=0.0.0.0:3000
VOLUME /data
EXPOSE 3000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz')"]
ENTRYPOINT ["countersign"]
CMD ["serve"]
