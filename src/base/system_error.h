#pragma once
#include <string>

#include "fovea/error.h"

namespace fovea {

// The Error for an errno value met where a file was opened, read or written: `where: the system's words`.
Error system_error(const std::string& where, int error_number);

}  // namespace fovea
