#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "netstack/base/check.h"
#include "src/app/options/config_file.h"

namespace tcpcopy {
namespace {

/// A file of options may hold anything. What is taken from it has a name and a line of its own.
void Read(std::string_view text) {
  const auto lines = std::ranges::count(text, '\n') + 1;
  const auto file = ConfigFile::Parse(text);
  if (!file) {
    TCPCOPY_CHECK(file.error().line >= 1 && file.error().line <= lines);
    TCPCOPY_CHECK(!file.error().what.empty());
    return;
  }
  int last = 0;
  for (const ConfigSetting& setting : file->settings()) {
    TCPCOPY_CHECK(!setting.name.empty());
    TCPCOPY_CHECK(setting.line > last && setting.line <= lines);
    TCPCOPY_CHECK(setting.value.find('\n') == std::string::npos);
    // The value is a piece of the file.
    TCPCOPY_CHECK(text.find(setting.value) != std::string_view::npos);
    last = setting.line;
  }
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  tcpcopy::Read({static_cast<const char*>(static_cast<const void*>(data)), size});
  return 0;
}
