#!/bin/sh
# Installs, tries, removes and purges the package on a bare Debian 12 that debootstrap makes in a
# temporary folder:
#
#     bazel run //tools/package:try_install [-- MIRROR]
#
# Needs root (chroot) and a Debian mirror; the machine's own packages are not touched.
set -eu

deb=$(realpath "${1-}")
mirror=${2-http://deb.debian.org/debian}

if [ "$(id -u)" -ne 0 ]; then
  echo "try_install: needs root, for chroot" >&2
  exit 1
fi

# The kernel's file systems are mounted in a mount namespace of our own, so they are gone with us.
if [ "${IN_NAMESPACE-}" != yes ]; then
  IN_NAMESPACE=yes exec unshare --mount --pid --fork --propagation private "$0" "$@"
fi

root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

step() { echo "=== $*"; }
inside() { DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" "$@"; }

# Every file there is, but for what packages' caches and dpkg itself note.
files() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/cache \
    -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/log \) -prune -o -print) | sort
}

step "a bare Debian 12"
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
  { tail -5 "$root.log" >&2; exit 1; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
[ -d /etc/apt/apt.conf.d ] && cp -n /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
cp "$deb" "$root/tmp/tcpcopy.deb"

step "what it needs from Debian"
inside apt-get update -q >/dev/null
# The libraries stay when the package goes; so they are there before, to compare.
depends=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/,/ /g')
# shellcheck disable=SC2086  # the list is meant to be split
inside apt-get install -y -q --no-install-recommends $depends >/dev/null
# A systemd that only notes what it is asked for.
mkdir -p "$root/run/systemd/system"
printf '#!/bin/sh\necho "$@" >>/tmp/systemctl.log\n' >"$root/usr/bin/systemctl"
chmod 755 "$root/usr/bin/systemctl"
before=$(files)

step "install"
inside apt-get install -y -q --no-install-recommends /tmp/tcpcopy.deb
inside tcpcopy --version
inside intercept --version
inside tcpcopy --config /usr/share/doc/tcpcopy/examples/shop.conf --dry-run || [ $? -eq 1 ]
inside dpkg --verify tcpcopy
[ -z "$(inside dpkg --audit)" ]
[ "$(cat "$root/tmp/systemctl.log")" = "--system daemon-reload" ]  # nothing is started or enabled

step "install it again, as an upgrade does"
inside apt-get install -y -q --reinstall --no-install-recommends /tmp/tcpcopy.deb >/dev/null
if grep stop "$root/tmp/systemctl.log"; then exit 1; fi

step "remove and purge"
inside apt-get remove -y -q tcpcopy
grep -qF 'stop tcpcopy@*.service intercept@*.service' "$root/tmp/systemctl.log"
[ ! -e "$root/usr/bin/tcpcopy" ]
inside dpkg --purge tcpcopy
[ -z "$(inside dpkg --audit)" ]
if [ "$(files)" != "$before" ]; then
  echo "try_install: these are left, or gone:" >&2
  files >"$root/tmp/after"
  echo "$before" | diff - "$root/tmp/after" >&2 || true
  exit 1
fi
step "nothing is left"
