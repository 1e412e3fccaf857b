"""Rules for the project's tests."""

def unit_test(name, deps, srcs = None, **kwargs):
    """A Boost.Test program made of `name`.cc; several run at once, so each is small."""
    native.cc_test(
        name = name,
        srcs = srcs or [name + ".cc"],
        deps = deps + ["//tests:boost_main"],
        size = kwargs.pop("size", "small"),
        **kwargs
    )
