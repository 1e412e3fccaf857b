"""Every lint fails on a bad sample and passes a good one: a check that cannot fail checks nothing."""

from __future__ import annotations

import tempfile
import unittest
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.lint import coroutines, cpp_shape, forbidden, formatting, include_law, mirrored_tests
from tests.lint import sizes
from tests.lint.source_tree import Finding, SourceFile, load, strip_cpp

Check = Callable[[Iterable[SourceFile]], Iterator[Finding]]


def lines_found(check: Check, path: str, text: str) -> list[int]:
    return [finding.line for finding in check([SourceFile(path, text)])]


class SourceTreeTest(unittest.TestCase):
    def test_blanks_comments_and_literals(self) -> None:
        code = strip_cpp('a /* throw\n */ b; // try\nc = "throw \\" {"; d = \'{\'; e = 1\'000;')
        self.assertNotIn("throw", code)
        self.assertNotIn("try", code)
        self.assertNotIn("{", code)
        self.assertEqual(code.count("\n"), 2)
        self.assertIn("1'000", code)

    def test_blanks_raw_strings(self) -> None:
        self.assertEqual(strip_cpp('x = R"(a " { )b)";').split(), ["x", "=", ";"])

    def test_keeps_included_names(self) -> None:
        self.assertIn('"a/b.h"', strip_cpp('#include "a/b.h"'))

    def test_reads_a_tree_without_hidden_folders_and_links(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            top = Path(name)
            for path in ("src/a.h", ".git/b.h", "bazel-out/c.h"):
                (top / path).parent.mkdir()
                (top / path).write_text("")
            (top / "src/link.h").symlink_to("a.h")
            self.assertEqual([file.path for file in load(top)], ["src/a.h"])


class IncludeLawTest(unittest.TestCase):
    def found(self, path: str, include: str) -> bool:
        return bool(lines_found(include_law.check, path, f"#pragma once\n#include {include}\n"))

    def test_table(self) -> None:
        good = [
            ("netstack/wire/a.h", '"netstack/base/b.h"'),
            ("netstack/wire/a.h", "<span>"),
            ("netstack/base/check.cc", "<cstdio>"),
            ("src/io/pcap/a.h", '"src/io/b.h"'),
            ("src/io/pcap/a.h", "<pcap/pcap.h>"),
            ("src/replay/a.h", '"src/io/b.h"'),
            ("src/app/a.cc", '"src/io/uring/b.h"'),
            ("tests/sim/a_test.cc", '"netstack/tcp/b.h"'),
        ]
        bad = [
            ("netstack/base/a.h", '"netstack/wire/b.h"'),
            ("netstack/wire/a.h", '"src/runtime/b.h"'),
            ("netstack/wire/a.h", "<unistd.h>"),
            ("netstack/wire/a.cc", "<cstdio>"),
            ("netstack/tcp/a.h", '"netstack/trace/b.h"'),
            ("src/runtime/a.h", '"netstack/wire/b.h"'),
            ("src/replay/a.h", '"src/io/uring/b.h"'),
            ("src/replay/a.h", "<pcap/pcap.h>"),
            ("src/io/a.h", '"src/replay/b.h"'),
            ("src/app/a.h", '"tests/x/b.h"'),
            ("src/app/a.h", '"b.h"'),
            ("src/app/a.h", '"../app/b.h"'),
            ("elsewhere/a.h", "<span>"),
            ("tests/sim/target_server.h", '"netstack/tcp/b.h"'),
        ]
        for path, include in good:
            self.assertFalse(self.found(path, include), (path, include))
        for path, include in bad:
            self.assertTrue(self.found(path, include), (path, include))

    def test_ignores_comments(self) -> None:
        self.assertEqual(
            lines_found(include_law.check, "netstack/base/a.h", '// #include "src/app/b.h"\n'), [])


class SizesTest(unittest.TestCase):
    def test_files(self) -> None:
        self.assertEqual(lines_found(sizes.check, "a.h", "\n" * 250), [])
        self.assertEqual(lines_found(sizes.check, "a.h", "\n" * 251), [251])
        self.assertEqual(lines_found(sizes.check, "a.cc", "\n" * 400), [])
        self.assertEqual(lines_found(sizes.check, "a.cc", "\n" * 401), [401])

    def test_functions(self) -> None:
        head = "namespace x {\n\nvoid A::Run(int a) const {\n"
        self.assertEqual(lines_found(sizes.check, "a.cc", head + ";\n" * 68 + "}\n}\n"), [])
        self.assertEqual(lines_found(sizes.check, "a.cc", head + ";\n" * 69 + "}\n}\n"), [3])
        self.assertEqual(lines_found(sizes.check, "a.py", "def f():\n" + "  1\n" * 69), [])
        self.assertEqual(lines_found(sizes.check, "a.py", "def f():\n" + "  1\n" * 70), [1])


class CppShapeTest(unittest.TestCase):
    def names(self, code: str) -> list[str]:
        return [function.name for function in cpp_shape.functions(code)]

    def test_finds_functions(self) -> None:
        self.assertEqual(self.names("class A : B<int> { A() : b_(1) { f(); } int g() const { } };"),
                         ["A", "g"])
        self.assertEqual(self.names("int f(int a = 1) {\n  if (a) { g([&] { h(); }); }\n}\n"), ["f"])
        self.assertEqual(self.names("A& A::operator=(const A& a) { f(a); }"), ["operator="])
        self.assertEqual(self.names("template <class T> int f(T t = {}) { g(t); }"), ["f"])
        self.assertEqual(self.names("BOOST_AUTO_TEST_CASE(x) { }"), ["BOOST_AUTO_TEST_CASE"])

    def test_finds_nothing_else(self) -> None:
        self.assertEqual(self.names("enum A { a, b }; struct B { int c = f({1}); };"), [])
        self.assertEqual(self.names("const T table[] = { {f(1), 2}, {f(2), 3} };"), [])
        self.assertEqual(self.names("constexpr std::array<T, Count(3)> table = { 1, 2 };"), [])


class ForbiddenTest(unittest.TestCase):
    def found(self, path: str, line: str) -> bool:
        return bool(lines_found(forbidden.check, path, f"#pragma once\n{line}\n"))

    def test_pragma_once(self) -> None:
        self.assertEqual(lines_found(forbidden.check, "src/app/a.h", "int x;\n"), [1])
        self.assertEqual(lines_found(forbidden.check, "src/app/a.cc", "int x;\n"), [])

    def test_table(self) -> None:
        good = [
            ("src/app/a.cc", "try { f(); } catch (const E& e) {}"),
            ("src/io/a.cc", "bind(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a);"),
            ("src/io/a.cc", "p = reinterpret_cast<std::uint8_t*>(q);"),
            ("src/io/a.cc", "// no throw here"),
            ("src/runtime/clock.cc", "clock_gettime(CLOCK_MONOTONIC, &t);"),
            ("src/replay/a.cc", "deadline_.time(0);"),
            ("src/io/when_free.h", "#pragma once\nstd::this_thread::sleep_for(x);"),
            ("tests/lab/a.cc", "std::this_thread::sleep_for(x);"),
            ("tests/lab/wait.py", "time.sleep(0.01)"),
        ]
        bad = [
            ("netstack/wire/a.cc", "throw 1;"),
            ("src/replay/a.cc", "try { f(); } catch (...) {}"),
            ("netstack/wire/a.cc", "p = reinterpret_cast<const std::uint8_t*>(q);"),
            ("src/io/a.cc", "p = reinterpret_cast<const tcphdr*>(q);"),
            ("src/replay/a.cc", "auto t = std::chrono::steady_clock::now();"),
            ("src/replay/a.cc", "auto t = std::time(nullptr);"),
            ("src/io/a.cc", "std::this_thread::sleep_for(x);"),
            ("tests/replay/a_test.cc", "std::this_thread::sleep_for(x);"),
            ("tests/replay/a_test.cc", "auto t = std::chrono::system_clock::now();"),
            ("tests/lab/a.py", "time.sleep(1)"),
        ]
        for path, line in good:
            self.assertFalse(self.found(path, line), (path, line))
        for path, line in bad:
            self.assertTrue(self.found(path, line), (path, line))


class CoroutinesTest(unittest.TestCase):
    def found(self, statement: str) -> bool:
        text = f"Task Run() {{\n  {statement}\n}}\n"
        return bool(lines_found(coroutines.check, "src/replay/a.cc", text))

    def test_table(self) -> None:
        good = [
            "co_await f(x);",
            "const Milestones opened = co_await WaitFor(kEstablished | kClosed, deadline_);",
            "const Milestones turn = co_await WaitFor(kTurn, pacing_.NextSendTime());",
            "auto v = co_await f(x);",
            "co_await awaiter_;",
            "g([&] { h(); }); co_return;",
            "while (x[i]) { co_await f(); }",
        ]
        bad = [
            "if (co_await f(x)) return;",
            "g(co_await f(x));",
            "if (a) co_await f(x);",
            "v = a + co_await f(x);",
            "co_await f([&] { return 1; });",
            "co_await Sleep{1, 2};",
            "const auto v = co_await f(co_await g());",
            "for (auto x : co_await f()) { }",
            "auto task = [this] { co_await f(x); };",
            "auto task = [&](int a) -> Task { co_return; };",
        ]
        for statement in good:
            self.assertFalse(self.found(statement), statement)
        for statement in bad:
            self.assertTrue(self.found(statement), statement)


class FormattingTest(unittest.TestCase):
    def test_finds_one_place_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            top = Path(name)
            (top / ".clang-format").write_text("BasedOnStyle: Google\n")
            for path, text in {"a.cc": "int x;\nint  y;\nint  z;\n", "b.cc": "int x;\n"}.items():
                (top / path).write_text(text)
            found = [(f.path, f.line) for f in formatting.check(load(top), top)]
            self.assertEqual(found, [("a.cc", 2)])


class MirroredTestsTest(unittest.TestCase):
    def found(self, paths: list[str], tested_in: dict[str, str] | None = None,
              without_test: dict[str, str] | None = None) -> list[str]:
        files = [SourceFile(path, "") for path in paths]
        return [finding.path
                for finding in mirrored_tests.check(files, tested_in or {}, without_test or {})]

    def test_table(self) -> None:
        header, test = "netstack/wire/x.h", "tests/netstack/wire/x_test.cc"
        self.assertEqual(self.found([header, test]), [])
        self.assertEqual(self.found(["src/io/x.h", "tests/io/x_test.cc"]), [])
        self.assertEqual(self.found([header]), [header])
        self.assertEqual(self.found([header], without_test={header: "a reason"}), [])
        self.assertEqual(self.found([header, test], without_test={header: "a reason"}), [header])
        self.assertEqual(self.found([], without_test={header: "a reason"}), [header])
        self.assertEqual(self.found([header, "tests/y.py"], tested_in={header: "tests/y.py"}), [])
        self.assertEqual(self.found([header], tested_in={header: "tests/y.py"}), [header])
        self.assertEqual(self.found(["tests/lab/y.h"]), [])


if __name__ == "__main__":
    unittest.main()
