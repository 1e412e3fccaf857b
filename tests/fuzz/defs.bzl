"""Rules for fuzz targets."""

def fuzz_target(name, deps):
    """A libFuzzer entry in `name`.cc, built two ways.

    `name` is the fuzzer, for `bazel build --config=fuzz` only. `name`_corpus_test runs the entry
    once over each file of corpus/`name` in every build, so that what was found once stays found.
    """
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        deps = deps,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
    )
    corpus = "corpus/" + name
    native.cc_test(
        name = name + "_corpus_test",
        srcs = [
            name + ".cc",
            "run_corpus.cc",
        ],
        args = [native.package_name() + "/" + corpus],
        data = native.glob([corpus + "/**"]),
        deps = deps,
        size = "small",
    )
