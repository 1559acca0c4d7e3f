# budget-monitor as a container: one process, no shell script around it, one folder that it writes to.
#
#   docker build -t budget-monitor .
#   docker run --rm -it budget-monitor demo
#   docker run -d --read-only -p 127.0.0.1:9477:9477 -v budget-monitor:/var/lib/budget-monitor \
#     -v ./rules.toml:/etc/budget-monitor/rules.toml:ro -v ./RESPAN_API_KEY:/run/secrets/RESPAN_API_KEY:ro budget-monitor
#
# An index of your own, or a proxy with its own certificate: docker build --secret id=pip,src=pip.conf .

FROM python:3.13-slim AS build
# One environment builds, the other is what is shipped: no pip, no build tool gets into it.
RUN python -m venv /build && python -m venv --without-pip /opt/budget-monitor
WORKDIR /source
COPY requirements/build.txt requirements/run.txt requirements/
# Wheels only: what would need a compiler fails here, and not on some machine later.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    PIP="/build/bin/python -m pip --no-cache-dir --disable-pip-version-check" \
    && INSTALL="install --require-hashes --only-binary :all: --no-compile" \
    && $PIP $INSTALL -r requirements/build.txt \
    && $PIP --python /opt/budget-monitor/bin/python $INSTALL -r requirements/run.txt
COPY LICENSE README.md pyproject.toml ./
COPY monitor monitor
# Compiled here, as a read-only container cannot do it later: the program, and what it uses of Python's own library, which
# the base image has uncompiled. It saves half a second of each start, and of each health check.
RUN PIP="/build/bin/python -m pip --no-cache-dir --disable-pip-version-check" \
    && $PIP wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheel . \
    && $PIP --python /opt/budget-monitor/bin/python install --no-index --no-deps --no-compile /wheel/*.whl \
    && export PYTHONPYCACHEPREFIX=/opt/budget-monitor/compiled \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/budget-monitor/lib \
    && /opt/budget-monitor/bin/python -c 'import monitor.cli, monitor.demo.command, monitor.notify.channels' \
    && mkdir -m 0700 /state

FROM python:3.13-slim
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="budget-monitor" \
      org.opencontainers.image.description="Watches what each customer spends through an LLM gateway against their budget, and tells the right people in time, once, and truthfully." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
COPY --from=build /opt/budget-monitor /opt/budget-monitor
COPY --from=build --chown=10001:10001 /state /var/lib/budget-monitor
# Temporary files go to the one folder that can be written; SQLite's have no name there and are gone with the process.
ENV PATH=/opt/budget-monitor/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/var/lib/budget-monitor \
    TMPDIR=/var/lib/budget-monitor \
    STATE_DIRECTORY=/var/lib/budget-monitor \
    MONITOR_RULES=/etc/budget-monitor/rules.toml \
    MONITOR_LISTEN=0.0.0.0:9477 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/opt/budget-monitor/compiled \
    PYTHONUNBUFFERED=1
VOLUME /var/lib/budget-monitor
EXPOSE 9477
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM
# A check costs a second of CPU time: once a minute is often enough for what only a restart mends.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=2 CMD ["budget-monitor", "healthcheck"]
# As a module, which can be stopped from its first moment on; see monitor/pid1.py.
ENTRYPOINT ["python", "-m", "monitor"]
CMD ["run"]
