"""Every external repository of the project: Debian packages wrapped in place, nothing downloaded."""

def _system_library(name):
    native.new_local_repository(
        name = name,
        path = "/usr/include",
        build_file = "//third_party:%s.BUILD" % name,
    )

def repositories():
    for name in _LOCAL_REPOSITORIES:
        native.local_repository(name = name, path = "third_party/" + name)
    for name in _SYSTEM_LIBRARIES:
        _system_library(name)

# What Bazel itself would download otherwise.
_LOCAL_REPOSITORIES = [
    "remote_coverage_tools",
    "rules_cc",
    "rules_java",
]

_SYSTEM_LIBRARIES = [
    "boost",
    "cli11",
    "expected",
    "fmt",
    "libmnl",
    "libnetfilter_queue",
    "libnftables",
    "libpcap",
    "liburing",
    "nlohmann_json",
    "openssl",
    "robin_map",
    "spdlog",
]
