// Raw memory images: a file of a guest's memory, page after page (QEMU's pmemsave, a core without headers).
#pragma once

#include <filesystem>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace dwcp::model {

// The file's bytes, mapped read-only; they must not change while the slice lives. Errors: not_found, storage_failed,
// bad_value for an empty file.
Result<Slice> map_image(const std::filesystem::path& file);

}  // namespace dwcp::model
