#pragma once
#include <string>
#include <string_view>

namespace fovea {

// "scale" of "_Z5scaleIfEvPT_" or "void ns::scale<float>(float*)": without return type, namespaces, template arguments
// and parameters.
std::string plain_kernel_name(const char* symbol);

// How a profile names a kernel that ran for `subject`: the subject's name, and behind it the kernel's own unless that
// says the same. An empty subject: the kernel's own.
std::string profiled_kernel_name(std::string_view subject, const char* symbol);

}  // namespace fovea
