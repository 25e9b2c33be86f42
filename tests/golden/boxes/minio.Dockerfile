ARG BASE
FROM ${BASE}
ENV LANG=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1
COPY build/ /tmp/devenv-build/

RUN . /tmp/devenv-build/env \
 && apt-get -qq $APT_OPTIONS update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq $APT_OPTIONS install -y --no-install-recommends ca-certificates curl libnss-extrausers \
 && sed -i 's/^passwd:.*/passwd: files extrausers/' /etc/nsswitch.conf \
 && rm -rf /etc/ssh/ssh_host_* /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/apt /var/log/dpkg.log

RUN (! getent passwd 1000 >/dev/null || userdel -r $(id -nu 1000)) \
 && useradd --uid 1000 --user-group --create-home --home-dir /home/dev --shell /bin/bash dev \
 && mkdir -p /workspace /home/dev /data /var/lib/extrausers \
 && chmod a+rw /home/dev/.[a-z]* \
 && chmod 1777 /workspace /home/dev /data \
 && touch /var/lib/extrausers/passwd \
 && chmod 666 /var/lib/extrausers/passwd

COPY ["content/devenv-entry", "/usr/local/bin/devenv-entry"]
COPY ["content/files/0", "/usr/local/bin/devenv-minio"]
COPY ["content/programs/0", "/usr/local/bin/minio"]
RUN rm -rf /tmp/devenv-build

ENV USER="dev" HOME="/home/dev" MINIO_UPDATE="off"
WORKDIR /workspace
USER dev
ENTRYPOINT ["devenv-entry", "devenv-minio"]
CMD ["server", "/data", "--console-address", ":9001"]
