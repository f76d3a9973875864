# Flags that every target of ours shares, and the lists of leaf files.
add_library(fovea_flags INTERFACE)
# -Wno-restrict: g++ 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105651).
target_compile_options(fovea_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                             $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> -ffp-contract=off $<$<BOOL:${FOVEA_WERROR}>:-Werror>)
if(FOVEA_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "FOVEA_FUZZ: expected clang, got ${CMAKE_CXX_COMPILER_ID}; use the preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(FOVEA_SANITIZE)
  add_compile_options(-fsanitize=${FOVEA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FOVEA_SANITIZE})
  add_compile_definitions(FOVEA_SANITIZED)
else()
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
  add_compile_options(-fstack-protector-strong)
endif()

# fovea_leaves(FOLDER NAME): every .cpp of src/FOLDER but those after EXCEPT is a leaf, registered by its file stem:
# writes NAME_leaves.inc with one X(stem) a file.
function(fovea_leaves folder name)
  cmake_parse_arguments(ARG "" "" "EXCEPT" ${ARGN})
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  set(lines "")
  foreach(file IN LISTS files)
    cmake_path(GET file STEM stem)
    if(NOT stem IN_LIST ARG_EXCEPT)
      string(APPEND lines "X(${stem})\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${name}_leaves.inc CONTENT "${lines}" @ONLY)
endfunction()
