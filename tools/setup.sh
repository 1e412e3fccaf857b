#!/bin/sh
# Installs what a bare Debian 12 lacks to build, test and try tcpcopy. Does nothing, and says
# nothing, when nothing is missing; the services that come with some packages are neither started
# now nor enabled for the next boot.
set -eu

# One package a line, each with its reason.
packages() {
  sed -n 's/^\([a-z0-9.+-]\{1,\}\) .*/\1/p' <<'LIST'
g++                  the compiler: GCC 12, C++20 with coroutines
bazel-bootstrap      the build tool, version 4.2.3
liburing-dev         io_uring: the event loop waits and sends through it
libpcap-dev          live capture and capture files
libfmt-dev           text output
libspdlog-dev        the log: levels, and lines for people or for programs
libboost-dev         intrusive containers
libboost-test-dev    unit tests
libnftables-dev      the guard against the kernel's own RSTs
libmnl-dev           netlink: routes, neighbours, the kernel's trace of a packet
libnetfilter-queue-dev  intercept on the target itself: replies are judged by us (NFQUEUE)
libssl-dev           HMAC, by which tcpcopy and intercept prove that they know the secret
iptables             NFQUEUE on kernels whose nftables has no queue statement
libcli11-dev         the command line
nlohmann-json3-dev   the summary for programs (--summary-json)
libexpected-dev      tl::expected, what functions return that can fail
robin-map-dev        the flow table
clang-14             fuzzing: libFuzzer comes with clang
libclang-rt-14-dev   fuzzing: the sanitizers' and libFuzzer's run time
clang-format-14      tools/format and the lint test that checks the format
python3              the lab, the lint tests and the demo are Python, standard library only
python3-yaml         the test of the manifests for Kubernetes
iproute2             the lab and the demo build network namespaces with ip
nftables             the lab looks at and sets firewall rules with nft
tshark               the lab's independent TCP reassembly, and dumpcap to record captures
systemd              systemd-analyze: whether the units are sound
curl                 an HTTP client of the lab and the demo
wrk                  an HTTP load generator of the lab, the demo and the benchmarks
valgrind             the benchmarks count instructions with callgrind
strace               the benchmarks count system calls
nginx                production server of the lab and the demo
lighttpd             test server of the demo: another program than production's
redis-server         a server whose clients pipeline
redis-tools          redis-cli, the client for it
vsftpd               a server that speaks first
dnsmasq-base         a DNS server, for UDP: only the program, no service
bind9-dnsutils       dig, the client for it
memcached            a server whose clients need not wait for answers
libmemcached-tools   clients for it
postgresql-15        a database in the lab; brings its clients psql, pg_dump and pgbench
postgresql-common    comes with it, and with its service
mariadb-server-core  a database in the lab: only the program, no service and no account
mariadb-client       its clients: mariadb, mariadb-dump, mariadb-slap
libdbd-mariadb-perl  a client whose statements are prepared by the server
man-db               the test of the manual pages shows them with man
mandoc               the test of the manual pages: a strict reader of them
fish                 the test of the completion for fish
zsh                  the test of the completion for zsh
dpkg-dev             the Debian package: dpkg-shlibdeps finds the libraries that it depends on
lintian              the test of the Debian package
debootstrap          a bare Debian 12 on which try_install installs the package
LIST
}

missing() {
  for package in $(packages); do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=none
    [ "$status" = installed ] || echo "$package"
  done
}

services="nginx lighttpd redis-server vsftpd memcached postgresql"
policy=/usr/sbin/policy-rc.d
saved=$policy.before-tcpcopy
no_cluster=/etc/postgresql-common/createcluster.d/tcpcopy-setup.conf

# Debian starts a service as soon as its package is installed, unless this file says no. What it
# forbids for our services is left to the file that was there before for all others.
forbid_service_starts() {
  trap allow_service_starts EXIT
  trap 'exit 1' HUP INT TERM
  if [ -e "$policy" ] && [ ! -e "$saved" ]; then mv "$policy" "$saved"; fi
  cat >"$policy" <<POLICY
#!/bin/sh
# Temporary, by tcpcopy's tools/setup.sh.
for argument; do
  case " $services " in *" \${argument%.service} "*) exit 101 ;; esac
done
if [ -x $saved ]; then exec $saved "\$@"; fi
POLICY
  chmod 755 "$policy"
}

# Installing PostgreSQL makes a database of this machine's own, unless this file says no.
forbid_cluster() {
  mkdir -p "${no_cluster%/*}"
  echo "create_main_cluster = off" >"$no_cluster"
}

allow_service_starts() {
  rm -f "$policy" "$no_cluster"
  if [ -e "$saved" ]; then mv "$saved" "$policy"; fi
}

disable_new_services() {
  for service in $services; do
    case $service in postgresql) package=postgresql-common ;; *) package=$service ;; esac
    case " $1 " in
      *" $package "*)
        if command -v systemctl >/dev/null; then
          systemctl disable --quiet "$service" 2>/dev/null || true
        fi
        if command -v update-rc.d >/dev/null; then
          update-rc.d "$service" disable >/dev/null 2>&1 || true
        fi
        ;;
    esac
  done
}

# As root: `install_packages 'a b c'`.
install_packages() {
  export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true
  log=$(mktemp)
  forbid_service_starts
  case " $1 " in *" postgresql-15 "*) forbid_cluster ;; esac
  # What is there stays: another database of yours is not removed for the sake of ours.
  install="apt-get install -y -q --no-install-recommends --no-remove"
  # shellcheck disable=SC2086  # the lists are meant to be split
  if ! { $install $1 || { apt-get update -q && $install $1; }; } \
       >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    echo "setup.sh: apt-get could not install: $1" >&2
    exit 1
  fi
  rm -f "$log"
  disable_new_services "$1"
}

if [ "${1-}" = --install ]; then  # the second half, run as root by the first
  install_packages "$2"
  exit 0
fi

wanted=$(missing | tr '\n' ' ')
wanted=${wanted% }
[ -n "$wanted" ] || exit 0

echo "setup.sh: installing $wanted" >&2
if [ "$(id -u)" -eq 0 ]; then
  install_packages "$wanted"
elif command -v sudo >/dev/null; then
  sudo sh "$0" --install "$wanted"
else
  echo "setup.sh: needs root to install these; run as root: $0" >&2
  exit 1
fi
