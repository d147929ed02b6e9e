#!/bin/bash
# The first process of a lab. It runs in its own PID, network, mount, UTS and IPC namespaces
# (see lab.py, which starts it), turns a read-only Debian system into a machine of its own,
# starts a Docker Engine there, says «ready», and then waits for its standard input to close.
# When it ends, for any reason, the kernel ends everything that was started in the lab.
#
# usage: init.sh ROOTFS MOUNTPOINT REGISTRY_STORE ro|rw PACKAGES CGROUP|'' IMAGE_STORE [UPSTREAM]
set -euo pipefail
rootfs=$1 mountpoint=$2 store=$3 access=$4 packages=$5 cgroup=$6 image_store=$7 upstream=${8-}

# Standard input is the lab's lifeline: nothing is ever written to it, and it ends when we are
# to end. Wait a moment, and leave if that has happened.
pause() {
  read -r -t 0.02 _ || [ $? -gt 128 ] || exit 1
}

# /proc still is the host's here: this is our PID as the outside sees it.
read -r pid _ </proc/self/stat
echo "pid $pid"

# Everything that the lab writes goes to memory; the Debian system below stays as it is,
# so that any number of labs can stand on it at once.
mount -t tmpfs -o mode=755 lab "$mountpoint"
mkdir "$mountpoint/upper" "$mountpoint/work" "$mountpoint/root"
mount -t overlay -o "lowerdir=$rootfs,upperdir=$mountpoint/upper,workdir=$mountpoint/work" \
  lab "$mountpoint/root"
cd "$mountpoint/root"
mkdir -p srv/packages srv/registry var/lib/docker
mount --bind "$packages" srv/packages
mount --bind --options "$access" "$store" srv/registry
mount --rbind /sys sys
mount --rbind /dev dev
mount -t proc proc proc
mount -t tmpfs -o mode=755 run run
cp "$(dirname "$0")/packages.conf" run
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs docker var/lib/docker
pivot_root . mnt
umount --lazy /mnt

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
hostname lab
# dockerd's own resolver, in slirp4netns (which lab.py attaches from outside).
rm -f /etc/resolv.conf
echo 'nameserver 10.0.2.3' >/etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 lab\n' >/etc/hosts
ip link set lo up

# What builds download is remembered, behind an address that all containers reach. Labs that
# were killed leave half a file behind.
ip address add 192.0.2.1/32 dev lo
mkdir -p /srv/packages/partial
find /srv/packages/partial -type f -mmin +60 -delete
nginx -c /run/packages.conf

# The way out must be there first: a registry that caches another one looks for it once.
until ip route | grep --quiet default; do pause; done
echo online

# The only source of images for the engine. The port lies below the range from which
# Docker picks ports, and is not one that an example would publish.
cat >/run/registry.yml <<YML
version: 0.1
log: {level: error, accesslog: {disabled: false}}
storage:
  filesystem: {rootdirectory: /srv/registry}
http: {addr: 127.0.0.1:5999}
YML
[ -z "$upstream" ] || echo "proxy: {remoteurl: '$upstream'}" >>/run/registry.yml
docker-registry serve /run/registry.yml >/var/log/registry.log 2>&1 </dev/null &
registry=$!
echo $registry >/run/registry.pid

if [ -z "$cgroup" ]; then
  # Without cgroups of our own, containers start in none: runc is not told of any.
  runc=$(command -v runc)
  cat >/usr/local/sbin/runc <<SH
#!/bin/bash
runc=$runc
SH
  cat >>/usr/local/sbin/runc <<'SH'
for word in "$@"; do
  case $before in --bundle | -b) bundle=$word ;; esac
  before=$word
done
case " $* " in
  *" create "* | *" run "*) sed -i 's/"cgroupsPath":"[^"]*",//' "${bundle-.}/config.json" ;;
esac
exec "$runc" "$@"
SH
  chmod +x /usr/local/sbin/runc
fi

if [ "$image_store" = containerd ]; then
  mkdir -p /etc/docker
  echo '{"features": {"containerd-snapshotter": true}}' >/etc/docker/daemon.json
fi
# One reader keeps it less busy than its own threads would keep each other, in labs side by side.
GOMAXPROCS=1 dockerd ${cgroup:+--cgroup-parent "$cgroup"} --registry-mirror http://127.0.0.1:5999 \
  >/var/log/dockerd.log 2>&1 </dev/null &
engine=$!

answers() { docker version && curl --silent --fail http://127.0.0.1:5999/v2/; }
until answers >/dev/null 2>&1; do
  for process in $registry $engine; do
    kill -0 "$process" 2>/dev/null && continue
    tail -n 20 /var/log/registry.log /var/log/dockerd.log
    exit 1
  done
  pause
done
echo ready

# Nothing is ever written there: the read ends when the last process that holds the other
# end is gone, killed or not.
read -r _ || true
