"""Programs that are optimized as one."""

def _lto_impl(settings, _attr):
    return {
        "//command_line_option:copt": settings["//command_line_option:copt"] + ["-flto"],
        "//command_line_option:linkopt": settings["//command_line_option:linkopt"] + ["-flto=auto"],
    }

_lto = transition(
    implementation = _lto_impl,
    inputs = ["//command_line_option:copt", "//command_line_option:linkopt"],
    outputs = ["//command_line_option:copt", "//command_line_option:linkopt"],
)

def _whole_program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = ctx.executable.binary, is_executable = True)
    return [DefaultInfo(executable = program)]

whole_program = rule(
    implementation = _whole_program_impl,
    executable = True,
    doc = "`binary`, optimized across its source files at link time (GCC's -flto).",
    attrs = {
        "binary": attr.label(mandatory = True, executable = True, cfg = _lto),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
