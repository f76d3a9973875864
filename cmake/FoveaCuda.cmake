# The second pass over the one-file ops: each portable body again, as CUDA. Compiled to keep every body valid there; nothing
# links it yet. nvcc is called by itself: CMake 3.25 does not know that nvcc 13 takes C++20.
find_program(NVCC nvcc HINTS /usr/local/cuda/bin REQUIRED)
file(GLOB ops CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/ops/*.cpp)
list(FILTER ops EXCLUDE REGEX "(_simd|_onednn|_winograd|_vnni|/op|/registry)\\.cpp$")
set(objects "")
foreach(op IN LISTS ops)
  cmake_path(GET op STEM stem)
  set(pass ${CMAKE_BINARY_DIR}/generated/cuda/${stem}.cu)
  set(object ${CMAKE_BINARY_DIR}/cuda/${stem}.o)
  file(CONFIGURE OUTPUT ${pass} CONTENT "#include \"ops/${stem}.cpp\"\n" @ONLY)
  add_custom_command(OUTPUT ${object} DEPENDS ${pass} ${op}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/cuda
    COMMAND ${NVCC} -std=c++20 -O3 -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=[sm_90,compute_90]
            --extended-lambda --Werror cross-execution-space-call -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_SOURCE_DIR}/src
            -MD -MF ${object}.d -c ${pass} -o ${object}
    DEPFILE ${object}.d VERBATIM)
  list(APPEND objects ${object})
endforeach()
add_custom_target(fovea_kernels_cuda DEPENDS ${objects})
