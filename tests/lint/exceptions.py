"""Headers without a test of their own, each with the reason. Keep it short."""

from __future__ import annotations

_INTERFACE = "an interface: nothing to run"
_VALUES = "plain values: nothing to run"

WITHOUT_TEST: dict[str, str] = {
    "netstack/base/check.h": "aborts the process; its users' tests rely on it",
    "netstack/base/result.h": "a name for tl::expected",
    "netstack/base/time.h": "names for std::chrono types",
    "netstack/wire/link_type.h": _VALUES,
    "netstack/wire/parse_error.h": "names of errors; packet_view_test meets each of them",
    "src/io/packet_sink.h": _INTERFACE,
    "src/io/packet_source.h": _INTERFACE,
    "src/runtime/clock.h": "virtual time is used by every test of the event loop",
    "src/runtime/driver.h": _INTERFACE,
    "src/runtime/runnable.h": "event_loop_test runs it",
}
