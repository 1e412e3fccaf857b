"""A local @rules_java: Bazel 4.2 registers its Java toolchains in every build and asks for these."""

java_binary = native.java_binary
java_import = native.java_import
java_library = native.java_library
java_runtime = native.java_runtime
java_toolchain = native.java_toolchain
