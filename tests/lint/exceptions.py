"""Headers whose test does not bear their name, or that have none. Keep both lists short."""

from __future__ import annotations

# Tested together with what they serve: the test is named.
TESTED_IN: dict[str, str] = {
    "netstack/wire/tcp_segment.h": "tests/netstack/wire/tcp_view_test.cc",
    "src/app/captured_replies.h": "tests/lab/reply_paths_test.py",
    "src/app/client_intake.h": "tests/lab/bad_input_test.py",
    "src/app/intercept/intercept_run.h": "tests/lab/intercept_test.py",
    "src/app/intercept/queue_catcher.h": "tests/lab/intercept_test.py",
    "src/app/intercept/main.h": "tests/lab/intercept_test.py",
    "src/app/doctor/contact.h": "tests/lab/doctor_intercept_test.py",
    "src/app/doctor/contacts.h": "tests/lab/doctor_intercept_test.py",
    "src/app/doctor/doctor.h": "tests/lab/doctor_test.py",
    "src/app/main.h": "tests/lab/lifecycle_test.py",
    "src/app/replay_run.h": "tests/lab/lifecycle_test.py",
    "src/app/replay_worker.h": "tests/lab/workers_test.py",
    "src/app/workers.h": "tests/lab/workers_test.py",
    "src/io/host/rtnetlink.h": "tests/io/host/route_test.cc",
    "src/io/intercept/peer.h": "tests/io/intercept/reply_listener_test.cc",
    "src/io/uring/raw_ip_path.h": "tests/io/uring/uring_sink_test.cc",
    "src/diagnosis/outside_view.h": "tests/diagnosis/diagnose_probe_test.cc",
    "src/diagnosis/probe_case.h": "tests/diagnosis/diagnose_probe_test.cc",
    "src/diagnosis/way_back.h": "tests/diagnosis/diagnose_probe_test.cc",
    "src/diagnosis/way_there.h": "tests/diagnosis/diagnose_probe_test.cc",
    "src/replay/reply_carriers.h": "tests/replay/carried_replies_test.cc",
    "src/runtime/clock.h": "tests/runtime/event_loop_test.cc",
    "src/runtime/runnable.h": "tests/runtime/event_loop_test.cc",
}

_INTERFACE = "an interface: nothing to run"
_VALUES = "plain values: nothing to run"

WITHOUT_TEST: dict[str, str] = {
    "netstack/base/check.h": "aborts the process; its users' tests rely on it",
    "netstack/base/result.h": "a name for tl::expected",
    "netstack/base/time.h": "names for std::chrono types",
    "netstack/wire/ip_protocol.h": _VALUES,
    "netstack/wire/link_type.h": _VALUES,
    "netstack/wire/transport.h": _VALUES,
    "src/app/options/option_group.h": _VALUES,
    "src/app/reply_intake.h": _INTERFACE,
    "src/app/intercept/catcher.h": _INTERFACE,
    "src/app/log/line_target.h": _INTERFACE,
    "src/app/start_error.h": _VALUES,
    "src/app/version.h": _VALUES,
    "src/io/intercept/acceptor.h": _INTERFACE,
    "src/io/intercept/connector.h": _INTERFACE,
    "src/io/intercept/patience.h": _VALUES,
    "src/io/intercept/peer_handler.h": _INTERFACE,
    "src/io/intercept/refusals.h": _VALUES,
    "src/diagnosis/evidence.h": _VALUES,
    "src/diagnosis/finding.h": _VALUES,
    "src/io/intercept/reply_protocol.h": _VALUES,
    "src/io/nfqueue/queue_rule.h": _INTERFACE,
    "src/io/packet_source.h": _INTERFACE,
    "src/io/reply_path.h": _INTERFACE,
    "src/io/uring/send_path.h": _INTERFACE,
    "src/replay/address_allocator.h": _INTERFACE,
    "src/replay/left_out_flow.h": _VALUES,
    "src/replay/milestone.h": _VALUES,
    "src/replay/replay_engine.h": _INTERFACE,
    "src/replay/replay_policy.h": _VALUES,
    "src/replay/session_end.h": _VALUES,
    "src/runtime/driver.h": _INTERFACE,
}
